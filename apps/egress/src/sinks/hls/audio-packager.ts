import { createFragment, type Sample } from '@amphi/mp4';
import { AAC_FRAME_SAMPLES, type AacFrame, type OpusFrame } from '../sink.ts';
import type { PartUpload } from './uploader.ts';
import { firstPartOf, type PartInHand, placeOf, type SegmentGrid } from './video-packager.ts';

/**
 * Cuts frames of sound into parts that follow the video's: a part ends with the frame that reaches the end of the video part
 * of the same number, so audio and video segments of one msn cover the same time to within a frame.
 */
export class AudioPackager {
  readonly #renditionId: string;
  readonly #grid: SegmentGrid;
  readonly #sampleRate: number;
  readonly #frameSamples: number;
  readonly #emit: (part: PartUpload) => void;
  #frames: (AacFrame | OpusFrame)[] = [];
  #partNumber: number;

  constructor(options: {
    readonly renditionId: string;
    readonly grid: SegmentGrid;
    readonly sampleRate: number;
    /** Per channel, of each frame; by default those of AAC. */
    readonly frameSamples?: number;
    readonly emit: (part: PartUpload) => void;
  }) {
    this.#renditionId = options.renditionId;
    this.#grid = options.grid;
    this.#partNumber = firstPartOf(options.grid);
    this.#sampleRate = options.sampleRate;
    this.#frameSamples = options.frameSamples ?? AAC_FRAME_SAMPLES;
    this.#emit = options.emit;
  }

  /** The part in hand. */
  get inHand(): PartInHand | undefined {
    const [first] = this.#frames;
    if (!first) return undefined;
    const startSeconds = first.sample / this.#sampleRate;
    return { startSeconds, endSeconds: startSeconds + (this.#frames.length * this.#frameSamples) / this.#sampleRate };
  }

  /** The part in hand as `flush` would cut it: sound ends where it does. */
  lastPart(): PartInHand | undefined {
    return this.inHand;
  }

  /** Number of the part that is filled next or is in hand, counted from tick 0. */
  get partNumber(): number {
    return this.#partNumber;
  }

  /** @param frame kept until its part is cut */
  push(frame: AacFrame | OpusFrame): void {
    this.#frames.push(frame);
    const { framesPerPart, frameRate, partsPerSegment } = this.#grid;
    const endSeconds = (frame.sample + this.#frameSamples) / this.#sampleRate;
    const partEndSeconds = ((this.#partNumber + 1) * framesPerPart) / frameRate;
    if (endSeconds >= partEndSeconds - 1e-9) this.#cut((this.#partNumber + 1) % partsPerSegment === 0);
  }

  /** The part in hand: the last of the stream. */
  flush(): void {
    if (this.#frames.length > 0) this.#cut(true);
  }

  /** The stream ends before the part in hand. */
  drop(): void {
    this.#frames = [];
  }

  /** Longest duration of a part: the video part rounded up to whole frames. */
  static partTargetSeconds(partSeconds: number, sampleRate: number, frameSamples = AAC_FRAME_SAMPLES): number {
    return (Math.ceil((partSeconds * sampleRate) / frameSamples - 1e-9) * frameSamples) / sampleRate;
  }

  #cut(last: boolean): void {
    const { mediaStartSeconds, startedAtMs } = this.#grid;
    const frames = this.#frames;
    this.#frames = [];
    const position = frames[0]!.sample;
    this.#emit({
      renditionId: this.#renditionId,
      ...placeOf(this.#partNumber, this.#grid),
      data: createFragment({
        sequenceNumber: this.#partNumber - firstPartOf(this.#grid) + 1,
        trackId: 1,
        baseDecodeTime: Math.round(mediaStartSeconds * this.#sampleRate) + position,
        samples: frames.map(({ data }): Sample => ({ data, duration: this.#frameSamples, isSync: true })),
      }),
      durationSeconds: (frames.length * this.#frameSamples) / this.#sampleRate,
      independent: true,
      last,
      programDateTimeMs: startedAtMs + (position * 1000) / this.#sampleRate,
    });
    this.#partNumber++;
  }
}
