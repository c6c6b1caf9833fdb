import { assert } from '@amphi/base';
import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_OPUS,
  AV_PROFILE_H264_BASELINE,
  AV_PROFILE_H264_CONSTRAINED,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  type AVProfile,
  Dictionary,
  FormatContext,
  Packet,
} from './codec-library.ts';
import { check } from './media-error.ts';

const CONSTRAINED_BASELINE = (AV_PROFILE_H264_BASELINE | AV_PROFILE_H264_CONSTRAINED) as AVProfile;
/** Milliseconds for ICE and DTLS each, over loopback or a LAN. */
const HANDSHAKE_MS = 10_000;

/** What is sent; at least one of them. */
export interface WhipTracks {
  /** H.264 of the constrained baseline profile. */
  readonly video?: {
    readonly width: number;
    readonly height: number;
    /** `level_idc`. */
    readonly level: number;
    /** Sequence and picture parameter sets with start codes. */
    readonly parameterSets: Uint8Array;
  };
  /** Opus, stereo, 48 kHz. */
  readonly audio: boolean;
}

/**
 * Sends H.264 and Opus by the library's own WHIP (RFC 9725). Every call waits for its own end, the constructor for that of
 * the handshakes: run it in a process that has nothing else to do and can be killed.
 */
export class WhipSender implements Disposable {
  readonly #context = new FormatContext();
  readonly #packet = new Packet();
  readonly #video: number | undefined;
  readonly #audio: number | undefined;
  #isOpen = false;

  /** @throws CodedError `codec_refused` when it is not let in, or its media do not get there */
  constructor(url: string, token: string, { video, audio }: WhipTracks) {
    assert(video !== undefined || audio, 'something is sent');
    this.#packet.alloc();
    check(this.#context.allocOutputContext2(null, 'whip', url), 'have WHIP');
    let tracks = 0;
    // Audio first, as browsers offer it.
    if (audio) {
      const { codecpar } = this.#context.newStream(null);
      codecpar.codecType = AVMEDIA_TYPE_AUDIO;
      codecpar.codecId = AV_CODEC_ID_OPUS;
      codecpar.sampleRate = 48_000;
      codecpar.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
      this.#audio = tracks++;
    }
    if (video) {
      const { codecpar } = this.#context.newStream(null);
      codecpar.codecType = AVMEDIA_TYPE_VIDEO;
      codecpar.codecId = AV_CODEC_ID_H264;
      codecpar.width = video.width;
      codecpar.height = video.height;
      codecpar.extradata = Buffer.from(video.parameterSets);
      // The muxer's own reading of the sets forgets that it is constrained, and browsers' servers agree on nothing else.
      codecpar.profile = CONSTRAINED_BASELINE;
      codecpar.level = video.level;
      this.#video = tracks++;
    }
    const options = Dictionary.fromObject({ authorization: token, handshake_timeout: `${HANDSHAKE_MS}` });
    try {
      check(this.#context.writeHeaderSync(options), 'send in by WHIP');
      this.#isOpen = true;
    } finally {
      options.free();
      if (!this.#isOpen) this.close();
    }
  }

  /**
   * @param data an access unit with start codes, parameter sets before keyframes
   * @param ms since the first one; rising
   * @throws CodedError `codec_refused` when the connection is gone
   */
  sendVideo(data: Uint8Array, ms: number, isKeyframe: boolean): void {
    assert(this.#video !== undefined, 'video was announced');
    this.#packet.isKeyframe = isKeyframe;
    this.#send(this.#video, data, ms, 1_000);
  }

  /** @param position of its first sample since the beginning, at 48 kHz; rising @throws CodedError `codec_refused` */
  sendAudio(data: Uint8Array, position: number): void {
    assert(this.#audio !== undefined, 'audio was announced');
    this.#send(this.#audio, data, position, 48_000);
  }

  /** Says that it ends (`DELETE`). */
  close(): void {
    if (this.#isOpen) this.#context.writeTrailerSync();
    this.#isOpen = false;
    this.#packet.free();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Each at once: the muxer's own interleaving would hold one track back while the other is silent. */
  #send(track: number, data: Uint8Array, time: number, perSecond: number): void {
    const { timeBase } = this.#context.streams[track]!;
    const at = BigInt(Math.round((time * timeBase.den) / (perSecond * timeBase.num)));
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#packet.streamIndex = track;
    this.#packet.pts = at;
    this.#packet.dts = at;
    const written = this.#context.writeFrameSync(this.#packet);
    this.#packet.unref();
    check(written, 'send');
  }
}
