import { CodedError, type Logger, messageOf } from '@amphi/base';
import { aacCodecString, codecString, createInitSegment, OPUS_CODEC_STRING, type Track } from '@amphi/mp4';
import { type StreamDescription, VIDEO_TIMESCALE } from '@amphi/protocol';
import {
  type AacFrame,
  type AudioCodec,
  type EncodedPicture,
  OPUS_DELAY_SAMPLES,
  OPUS_FRAME_SAMPLES,
  type OpusFrame,
  type Program,
  type Sink,
  SinkStatus,
  type ThumbnailSheet,
  type VideoCodec,
} from '../sink.ts';
import { AudioPackager } from './audio-packager.ts';
import { flushTogether } from './last-parts.ts';
import { IngestUploader } from './uploader.ts';
import { type SegmentGrid, VideoPackager } from './video-packager.ts';

/** Media time of tick 0: above zero, so that no sample lies before it. */
const MEDIA_START_SECONDS = 10;
const AUDIO_RENDITION = 'audio';
const OPUS_RENDITION = 'opus';
const OPUS_RATE = 48_000;
/** Of streams in which nobody can go back further than this no pictures are sent. */
const MIN_SECONDS_FOR_THUMBNAILS = 60;
/** What may come before the origin has answered: about ten seconds of two rungs. Beyond it the origin is lost. */
const MAX_WAITING = 1_000;

/** What cuts a program into parts. */
interface Packagers {
  /** By rung. */
  readonly videos: readonly VideoPackager[];
  readonly audio: AudioPackager;
  readonly opus: AudioPackager | undefined;
}

/** A program as LL-HLS: cuts it into parts and sends them to the origin. Running when each rendition has its first part there. */
export class HlsSink implements Sink {
  readonly id: string;
  readonly status = new SinkStatus();
  readonly takesOpus: boolean;
  readonly #playlistType: StreamDescription['playlistType'];
  readonly #windowSegments: number;
  readonly #isSigned: boolean;
  readonly #uploader: IngestUploader;
  /** Undefined until the origin has said with which segment to go on. */
  #packagers: Packagers | undefined;
  /** What has come until then. */
  readonly #waiting: ((packagers: Packagers) => void)[] = [];
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
    /** The sound comes as Opus, too. */
    readonly opus?: true;
    readonly logger: Logger;
  }) {
    this.id = options.id;
    this.#playlistType = options.playlistType;
    this.#windowSegments = options.windowSegments;
    this.#isSigned = options.isSigned ?? false;
    this.takesOpus = options.opus ?? false;
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

  /** Goes on in a new generation, behind a discontinuity: with other initialization segments, and no time lost. */
  reopen(program: Program): void {
    this.#whenOpen((before) => {
      this.#packagers = undefined;
      this.#opening = this.#goOn(before, program).catch((error: unknown) => this.#fail(error));
    });
  }

  picture(rung: number, picture: EncodedPicture): void {
    this.#whenOpen(({ videos }) => videos[rung]?.push(picture));
  }

  audio(frame: AacFrame): void {
    this.#whenOpen(({ audio }) => audio.push(frame));
  }

  opus(frame: OpusFrame): void {
    this.#whenOpen(({ opus }) => opus?.push(frame));
  }

  thumbnails({ ticks, ...sheet }: ThumbnailSheet): void {
    this.#whenOpen(() => {
      const dateOf = this.#dateOf;
      if (dateOf) this.#uploader.sendThumbnails({ ...sheet, datesMs: ticks.map(dateOf) });
    });
  }

  async end(): Promise<void> {
    await this.#opened();
    try {
      if (this.#packagers) flushTogether(this.#packagers.videos, audiosOf(this.#packagers));
      await this.#uploader.end();
      this.status.become('ended');
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.#waiting.length = 0;
    this.#uploader.close();
  }

  /** What waited for the origin may open it anew. */
  async #opened(): Promise<void> {
    for (let opening: Promise<void> | undefined; opening !== this.#opening; ) {
      opening = this.#opening;
      await opening;
    }
  }

  async #goOn(before: Packagers, program: Program): Promise<void> {
    const endSeconds = program.firstTick / program.frameRate;
    for (const video of before.videos) video.flush(endSeconds);
    for (const audio of audiosOf(before)) audio.flush();
    await this.#uploader.drain();
    await this.#attach(program);
  }

  async #attach(program: Program): Promise<void> {
    const { videos, audio, frameRate, framesPerPart, partsPerSegment, firstTick, startedAtMs } = program;
    const description = this.#describe(program);
    this.#missing = new Set(description.renditions.map(({ id }) => id));
    const { nextMsn } = await this.#uploader.attach(description);
    for (const video of videos) this.#uploader.sendInit(video.rung.id, createInitSegment(videoTrackOf(video)));
    this.#uploader.sendInit(AUDIO_RENDITION, createInitSegment(aacTrackOf(audio)));
    if (this.takesOpus) this.#uploader.sendInit(OPUS_RENDITION, createInitSegment(opusTrackOf(audio)));
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
    const { sampleRate } = audio;
    const opus = { sampleRate: OPUS_RATE, frameSamples: OPUS_FRAME_SAMPLES };
    const packagers: Packagers = {
      videos: videos.map(({ rung }) => new VideoPackager({ renditionId: rung.id, grid, emit })),
      audio: new AudioPackager({ renditionId: AUDIO_RENDITION, grid, sampleRate, emit }),
      opus: this.takesOpus ? new AudioPackager({ renditionId: OPUS_RENDITION, grid, ...opus, emit }) : undefined,
    };
    this.#packagers = packagers;
    while (this.#packagers === packagers && this.#waiting.length > 0) this.#waiting.shift()?.(packagers);
  }

  #describe({ videos, audio, frameRate, framesPerPart, partsPerSegment }: Program): StreamDescription {
    const partSeconds = framesPerPart / frameRate;
    return {
      targetDurationSeconds: Math.ceil(partSeconds * partsPerSegment),
      playlistType: this.#playlistType,
      windowSegments: this.#windowSegments,
      ...(this.#isSigned ? { isSigned: true } : {}),
      renditions: [
        ...videos.map((video) => ({
          kind: 'video' as const,
          id: video.rung.id,
          codecs: codecString(videoTrackOf(video)),
          // A segment may exceed the mean; the buffer model allows one second's worth.
          bandwidthBps: Math.round(video.rung.bitrateBps * 1.3),
          partTargetSeconds: partSeconds,
          width: video.rung.width,
          height: video.rung.height,
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
        ...(this.takesOpus
          ? [
              {
                kind: 'audio' as const,
                id: OPUS_RENDITION,
                codecs: OPUS_CODEC_STRING,
                // Each packet may be as long as it needs to be.
                bandwidthBps: Math.round(audio.bitrateBps * 1.5),
                partTargetSeconds: AudioPackager.partTargetSeconds(partSeconds, OPUS_RATE, OPUS_FRAME_SAMPLES),
                channels: audio.channels,
              },
            ]
          : []),
      ],
    };
  }

  #whenOpen(push: (packagers: Packagers) => void): void {
    if (this.status.isOver) return;
    if (this.#packagers) push(this.#packagers);
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

function audiosOf({ audio, opus }: Packagers): AudioPackager[] {
  return opus ? [audio, opus] : [audio];
}

function videoTrackOf({ rung: { width, height, bitrateBps }, config }: VideoCodec): Track {
  const track = { kind: 'video', id: 1, timescale: VIDEO_TIMESCALE, width, height, bitrateBps } as const;
  return config.codec === 'av1' ? { ...track, av1Config: config.av1Config } : { ...track, avcConfig: config.avcConfig };
}

function aacTrackOf({ audioSpecificConfig, sampleRate, channels, bitrateBps }: AudioCodec): Track {
  return {
    ...{ kind: 'audio', id: 1, timescale: sampleRate, sampleRate, channelCount: channels },
    ...{ audioSpecificConfig, bitrateBps },
  };
}

function opusTrackOf({ channels, bitrateBps }: AudioCodec): Track {
  return {
    ...{ kind: 'audio', id: 1, timescale: OPUS_RATE, sampleRate: OPUS_RATE, channelCount: channels },
    ...{ preSkip: OPUS_DELAY_SAMPLES, bitrateBps },
  };
}
