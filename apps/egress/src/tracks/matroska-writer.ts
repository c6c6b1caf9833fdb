import type { Millis } from '@amphi/base';
import { element, float, openElement, padding, text, unsigned } from './ebml.ts';
import { DURATION_BYTES, ID, KEYFRAME_FLAG, SEEK_HEAD_BYTES, TRACK_NUMBER, TRACK_NUMBER_BYTE } from './matroska.ts';

/** What a file holds. */
export type FileTrack =
  | { readonly codec: 'opus' }
  | { readonly codec: 'vp8' | 'vp9'; readonly width: number; readonly height: number }
  | { readonly codec: 'h264'; readonly width: number; readonly height: number; readonly avcConfig: Uint8Array };

export interface Block {
  /** Since the beginning of the file. */
  readonly at: Millis;
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly isKeyframe: boolean;
}

const CODEC_IDS = { opus: 'A_OPUS', vp8: 'V_VP8', vp9: 'V_VP9', h264: 'V_MPEG4/ISO/AVC' } as const;
/** A kill costs so much at most. Times of blocks count from that of their cluster, in 16 bits with a sign. */
const MAX_CLUSTER_MS: Millis = 1_000;
/** `DateUTC` counts from 2001 on, in nanoseconds. */
const MATROSKA_EPOCH: Millis = Date.UTC(2001, 0, 1);
/** What a decoder of Opus has to hear before it is right: 80 ms (RFC 7845, 4.6), in nanoseconds. */
const OPUS_PRE_ROLL = 80_000_000;

/**
 * One track as WebM, or, with H.264, as Matroska (RFC 9559): written from front to back, played up to the last whole cluster
 * wherever it was cut off. A cluster begins with each keyframe, and after a second. What is known only at the end has
 * room at the beginning, for `finaliseTrack`.
 */
export class MatroskaWriter {
  readonly #write: (data: Uint8Array) => void;
  #cluster: Block[] = [];

  /**
   * @param options.startedAtMs when what the file begins with was captured, Unix epoch
   * @param options.write gets the file piece by piece
   */
  constructor(options: {
    readonly track: FileTrack;
    readonly startedAtMs: number;
    /** Whose it is. */
    readonly title: string;
    readonly write: (data: Uint8Array) => void;
  }) {
    const { track, startedAtMs, title } = options;
    this.#write = options.write;
    const date = Buffer.alloc(8);
    date.writeBigInt64BE(BigInt(Math.round(startedAtMs) - MATROSKA_EPOCH) * 1_000_000n);
    this.#write(
      Buffer.concat([
        element(
          ID.ebml,
          unsigned(ID.ebmlVersion, 1),
          unsigned(ID.ebmlReadVersion, 1),
          unsigned(ID.ebmlMaxIdLength, 4),
          unsigned(ID.ebmlMaxSizeLength, 8),
          text(ID.docType, track.codec === 'h264' ? 'matroska' : 'webm'),
          unsigned(ID.docTypeVersion, 4),
          unsigned(ID.docTypeReadVersion, 2),
        ),
        openElement(ID.segment),
        padding(SEEK_HEAD_BYTES),
        element(
          ID.info,
          unsigned(ID.timestampScale, 1_000_000),
          padding(DURATION_BYTES),
          element(ID.dateUtc, date),
          text(ID.title, title),
          text(ID.muxingApp, 'amphi'),
          text(ID.writingApp, 'amphi'),
        ),
        element(ID.tracks, trackEntry(track)),
      ]),
    );
  }

  /** @param block not before the one before it */
  push(block: Block): void {
    const first = this.#cluster[0]?.at ?? block.at;
    // Of sound every block is one.
    const beginsAnew = block.isKeyframe && this.#cluster.at(-1)?.isKeyframe === false;
    if (beginsAnew || block.at - first >= MAX_CLUSTER_MS) this.#cut();
    this.#cluster.push(block);
  }

  /** Nothing comes any more: writes what waits. */
  end(): void {
    this.#cut();
  }

  #cut(): void {
    const blocks = this.#cluster;
    const [first] = blocks;
    if (!first) return;
    this.#cluster = [];
    const start = Math.round(first.at);
    this.#write(
      element(
        ID.cluster,
        unsigned(ID.timestamp, start),
        ...blocks.map(({ at, data, isKeyframe }) => {
          const head = Buffer.from([TRACK_NUMBER_BYTE, 0, 0, isKeyframe ? KEYFRAME_FLAG : 0]);
          head.writeInt16BE(Math.round(at) - start, 1);
          return element(ID.simpleBlock, head, data);
        }),
      ),
    );
  }
}

function trackEntry(track: FileTrack): Uint8Array {
  return element(
    ID.trackEntry,
    unsigned(ID.trackNumber, TRACK_NUMBER),
    unsigned(ID.trackUid, TRACK_NUMBER),
    unsigned(ID.trackType, track.codec === 'opus' ? 2 : 1),
    unsigned(ID.flagLacing, 0),
    text(ID.language, 'und'),
    text(ID.codecId, CODEC_IDS[track.codec]),
    ...(track.codec === 'opus'
      ? [
          element(ID.codecPrivate, OPUS_HEAD),
          unsigned(ID.seekPreRoll, OPUS_PRE_ROLL),
          element(ID.audio, float(ID.samplingFrequency, 48_000), unsigned(ID.channels, OPUS_CHANNELS)),
        ]
      : [
          ...(track.codec === 'h264' ? [element(ID.codecPrivate, track.avcConfig)] : []),
          element(ID.video, unsigned(ID.pixelWidth, track.width), unsigned(ID.pixelHeight, track.height)),
        ]),
  );
}

/** Each packet says by itself whether it has one or two (RFC 6716, 3.1). */
const OPUS_CHANNELS = 2;

/**
 * Identification header (RFC 7845, 5.1). Nothing is skipped at the beginning: it is the middle of somebody's stream.
 */
const OPUS_HEAD = (() => {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = OPUS_CHANNELS;
  head.writeUInt32LE(48_000, 12);
  return head;
})();
