import { CodedError, type Logger, messageOf } from '@amphi/base';
import { aacCodecString, avcCodecString, createInitSegment } from '@amphi/mp4';
import { type StreamDescription, VIDEO_TIMESCALE } from '@amphi/protocol';
import {
  type AacFrame,
  type EncodedPicture,
  type Program,
  type Sink,
  SinkStatus,
  type ThumbnailSheet,
} from '../sink.ts';
import { AudioPackager } from './audio-packager.ts';
import { flushTogether } from './last-parts.ts';
import { IngestUploader } from './uploader.ts';
import { type SegmentGrid, VideoPackager } from './video-packager.ts';

/** Media time of tick 0: above zero, so that no sample lies before it. */
const MEDIA_START_SECONDS = 10;
const AUDIO_RENDITION = 'audio';
/** Of streams in which nobody can go back further than this no pictures are sent. */
const MIN_SECONDS_FOR_THUMBNAILS = 60;
/** What may come before the origin has answered: about ten seconds of two rungs. Beyond it the origin is lost. */
const MAX_WAITING = 1_000;

/** A program as LL-HLS: cuts it into parts and sends them to the origin. Running when each rendition has its first part there. */
export class HlsSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly #playlistType: StreamDescription['playlistType'];
  readonly #windowSegments: number;
  readonly #isSigned: boolean;
  readonly #uploader: IngestUploader;
  readonly #videos: VideoPackager[] = [];
  #audio: AudioPackager | undefined;
  /** Until the origin has said with which segment to go on. */
  #waiting: (() => void)[] = [];
  /** Undefined when none are wanted. */
  #dateOf: ((tick: number) => number) | undefined;
  #opening: Promise<void> = Promise.resolve();
  /** Renditions of which nothing has arrived yet. */
  #missing = new Set<string>();

  constructor(options: {
    /** Also of the stream at the origin. */
    readonly id: string;
    readonly ingestUrl: string;
    readonly ingestToken: string;
    readonly playlistType: StreamDescription['playlistType'];
    readonly windowSegments: number;
    /** It is played by signed addresses only. */
    readonly isSigned?: true;
    readonly logger: Logger;
  }) {
    this.id = options.id;
    this.#playlistType = options.playlistType;
    this.#windowSegments = options.windowSegments;
    this.#isSigned = options.isSigned ?? false;
    this.#uploader = new IngestUploader({
      ingestUrl: options.ingestUrl,
      token: options.ingestToken,
      streamId: options.id,
      logger: options.logger,
      onFailure: (error) => this.status.fail(error.code, error.message),
      onSent: (renditionId) => this.#arrived(renditionId),
    });
  }

  open(program: Program): void {
    this.#opening = this.#attach(program).catch((error: unknown) => this.#fail(error));
  }

  picture(rung: number, picture: EncodedPicture): void {
    this.#whenOpen(() => this.#videos[rung]?.push(picture));
  }

  audio(frame: AacFrame): void {
    this.#whenOpen(() => this.#audio?.push(frame));
  }

  thumbnails({ ticks, ...sheet }: ThumbnailSheet): void {
    this.#whenOpen(() => {
      const dateOf = this.#dateOf;
      if (dateOf) this.#uploader.sendThumbnails({ ...sheet, datesMs: ticks.map(dateOf) });
    });
  }

  async end(): Promise<void> {
    await this.#opening;
    try {
      if (this.#audio) flushTogether(this.#videos, this.#audio);
      await this.#uploader.end();
      this.status.become('ended');
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.#waiting = [];
    this.#uploader.close();
  }

  async #attach(program: Program): Promise<void> {
    const { videos, audio, frameRate, framesPerPart, partsPerSegment, firstTick, startedAtMs } = program;
    const renditionIds = [...videos.map(({ rung }) => rung.id), AUDIO_RENDITION];
    this.#missing = new Set(renditionIds);
    const { nextMsn } = await this.#uploader.attach(this.#describe(program));
    for (const { rung, avcConfig } of videos) {
      const { width, height, bitrateBps } = rung;
      this.#uploader.sendInit(
        rung.id,
        createInitSegment({ kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, width, height, avcConfig, bitrateBps }),
      );
    }
    const { audioSpecificConfig, sampleRate, channels, bitrateBps } = audio;
    this.#uploader.sendInit(
      AUDIO_RENDITION,
      createInitSegment({
        kind: 'audio',
        id: 1,
        timescale: sampleRate,
        sampleRate,
        channelCount: channels,
        audioSpecificConfig,
        bitrateBps,
      }),
    );
    const grid: SegmentGrid = {
      frameRate,
      framesPerPart,
      partsPerSegment,
      firstTick,
      firstMsn: nextMsn,
      mediaStartSeconds: MEDIA_START_SECONDS,
      startedAtMs,
    };
    const keptSeconds = (this.#windowSegments * partsPerSegment * framesPerPart) / frameRate;
    if (this.#playlistType === 'event' || keptSeconds >= MIN_SECONDS_FOR_THUMBNAILS) {
      this.#dateOf = (tick) => startedAtMs + (tick * 1000) / frameRate;
    }
    const emit = this.#uploader.sendPart.bind(this.#uploader);
    for (const { rung } of videos) this.#videos.push(new VideoPackager({ renditionId: rung.id, grid, emit }));
    this.#audio = new AudioPackager({ renditionId: AUDIO_RENDITION, grid, sampleRate, emit });
    for (const push of this.#waiting.splice(0)) push();
  }

  #describe({ videos, audio, frameRate, framesPerPart, partsPerSegment }: Program): StreamDescription {
    const partSeconds = framesPerPart / frameRate;
    return {
      targetDurationSeconds: Math.ceil(partSeconds * partsPerSegment),
      playlistType: this.#playlistType,
      windowSegments: this.#windowSegments,
      ...(this.#isSigned ? { isSigned: true } : {}),
      renditions: [
        ...videos.map(({ rung, avcConfig }) => ({
          kind: 'video' as const,
          id: rung.id,
          codecs: avcCodecString(avcConfig),
          // A segment may exceed the mean; the buffer model allows one second's worth.
          bandwidthBps: Math.round(rung.bitrateBps * 1.3),
          partTargetSeconds: partSeconds,
          width: rung.width,
          height: rung.height,
          frameRate,
        })),
        {
          kind: 'audio' as const,
          id: AUDIO_RENDITION,
          codecs: aacCodecString(audio.audioSpecificConfig),
          bandwidthBps: Math.round(audio.bitrateBps * 1.2),
          partTargetSeconds: AudioPackager.partTargetSeconds(partSeconds, audio.sampleRate),
          channels: audio.channels,
        },
      ],
    };
  }

  #whenOpen(push: () => void): void {
    if (this.status.isOver) return;
    if (this.#audio) push();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(push);
    else this.status.fail('ingest_behind', `the origin has not answered while ${MAX_WAITING} pictures and sounds came`);
  }

  #arrived(renditionId: string): void {
    this.#missing.delete(renditionId);
    if (this.#missing.size === 0) this.status.become('running');
  }

  #fail(error: unknown): void {
    this.status.fail(error instanceof CodedError ? error.code : 'packaging_failed', messageOf(error));
  }
}
