import { assert } from '@amphi/base';
import { bytesOfFirstSample, createFragment, type Sample } from '@amphi/mp4';
import { VIDEO_TIMESCALE } from '@amphi/protocol';
import type { EncodedPicture } from '../sink.ts';
import type { PartUpload } from './uploader.ts';

/** What all renditions of a stream share, so that their segments line up. */
export interface SegmentGrid {
  readonly frameRate: number;
  readonly framesPerPart: number;
  readonly partsPerSegment: number;
  /**
   * Tick that the run begins with, a whole number of parts: what lies before it in its segment does not exist, so the
   * first segment is short and players, which wait for a whole one, start sooner.
   */
  readonly firstTick: number;
  /** Media sequence number of the segment that `firstTick` is in. */
  readonly firstMsn: number;
  /** Media time of tick 0 in seconds; above zero, as an encoder's priming lies before it. */
  readonly mediaStartSeconds: number;
  /** Wall clock at which what tick 0 shows was captured, Unix epoch in ms. */
  readonly startedAtMs: number;
}

/** What waits to be cut, in seconds after tick 0. */
export interface PartInHand {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Cuts the pictures of one rung into parts of a fixed number of ticks. A part is complete as soon as its last tick is
 * there; when that one was skipped under load, the next picture completes it and the last sample lasts longer, so the
 * time line has no hole and every part lasts exactly its target. That holds because each part has a picture of its first
 * tick: the engine encodes the last one again when it has no other. Without it there would be nothing to make the part of,
 * and the origin would refuse the one after it.
 */
export class VideoPackager {
  readonly #renditionId: string;
  readonly #grid: SegmentGrid;
  readonly #emit: (part: PartUpload) => void;
  readonly #ticksPerFrame: number;
  #pictures: EncodedPicture[] = [];
  /** Number of the part being filled, counted from tick 0. */
  #partNumber: number;
  #isOver = false;

  constructor(options: {
    readonly renditionId: string;
    readonly grid: SegmentGrid;
    readonly emit: (part: PartUpload) => void;
  }) {
    this.#renditionId = options.renditionId;
    this.#grid = options.grid;
    this.#emit = options.emit;
    this.#partNumber = firstPartOf(options.grid);
    this.#ticksPerFrame = VIDEO_TIMESCALE / options.grid.frameRate;
    assert(Number.isInteger(this.#ticksPerFrame), `frame rate ${options.grid.frameRate} divides ${VIDEO_TIMESCALE}`);
  }

  /** Pictures that come after the end are dropped: an encoder that did not finish in time may still send some. */
  push(picture: EncodedPicture): void {
    if (this.#isOver) return;
    const last = this.#pictures.at(-1);
    assert(!last || picture.tick > last.tick, `tick ${picture.tick} comes after ${last?.tick}`);
    if (last && picture.tick >= this.#endOfPart()) this.#complete();
    const begin = this.#partNumber * this.#grid.framesPerPart;
    assert(
      this.#pictures.length > 0 || picture.tick === begin,
      `${this.#renditionId}: part ${this.#partNumber} begins with tick ${begin}, got ${picture.tick}`,
    );
    this.#pictures.push(picture);
    if (picture.tick === this.#endOfPart() - 1) this.#complete();
  }

  /** The part in hand: from its first picture to the end of its last one so far. */
  get inHand(): PartInHand | undefined {
    const last = this.#pictures.at(-1);
    if (!last) return undefined;
    const { frameRate } = this.#grid;
    return { startSeconds: this.#pictures[0]!.tick / frameRate, endSeconds: (last.tick + 1) / frameRate };
  }

  /** Number of the part that is filled next or is in hand, counted from tick 0. */
  get partNumber(): number {
    return this.#partNumber;
  }

  /** The part in hand as `flush` would cut it. */
  lastPart(endSeconds: number): PartInHand | undefined {
    const { inHand } = this;
    return inHand && { ...inHand, endSeconds: this.#endTickOf(endSeconds) / this.#grid.frameRate };
  }

  /**
   * The part in hand, shorter than its target: the last of the stream.
   * @param endSeconds after tick 0: until then its last picture stays, within the part
   */
  flush(endSeconds = 0): void {
    if (this.#pictures.length > 0) this.#cut(this.#endTickOf(endSeconds), true);
    this.#isOver = true;
  }

  /** The stream ends before the part in hand. */
  drop(): void {
    this.#pictures = [];
    this.#isOver = true;
  }

  #endTickOf(endSeconds: number): number {
    const held = Math.floor(endSeconds * this.#grid.frameRate + 1e-6);
    return Math.min(Math.max((this.#pictures.at(-1)?.tick ?? 0) + 1, held), this.#endOfPart());
  }

  #endOfPart(): number {
    return (this.#partNumber + 1) * this.#grid.framesPerPart;
  }

  #complete(): void {
    this.#cut(this.#endOfPart(), (this.#partNumber + 1) % this.#grid.partsPerSegment === 0);
    this.#partNumber++;
  }

  #cut(endTick: number, last: boolean): void {
    const { frameRate, mediaStartSeconds, startedAtMs } = this.#grid;
    const pictures = this.#pictures;
    this.#pictures = [];
    const first = pictures[0]!;
    const samples = pictures.map(
      (picture, index): Sample => ({
        data: picture.data,
        duration: ((pictures[index + 1]?.tick ?? endTick) - picture.tick) * this.#ticksPerFrame,
        isSync: picture.isKeyframe,
      }),
    );
    this.#emit({
      renditionId: this.#renditionId,
      ...placeOf(this.#partNumber, this.#grid),
      data: createFragment({
        sequenceNumber: this.#partNumber - firstPartOf(this.#grid) + 1,
        trackId: 1,
        baseDecodeTime: Math.round(mediaStartSeconds * VIDEO_TIMESCALE) + first.tick * this.#ticksPerFrame,
        samples,
      }),
      durationSeconds: (endTick - first.tick) / frameRate,
      independent: first.isKeyframe,
      last,
      programDateTimeMs: startedAtMs + (first.tick * 1000) / frameRate,
      ...(first.isKeyframe ? { iFrameBytes: bytesOfFirstSample(samples) } : {}),
    });
  }
}

/** Number of the run's first part, counted as if all segments from tick 0 on were there. */
export function firstPartOf(grid: SegmentGrid): number {
  return grid.firstTick / grid.framesPerPart;
}

/** Where a part of that number lies in the playlist. */
export function placeOf(partNumber: number, grid: SegmentGrid): { readonly msn: number; readonly part: number } {
  const { partsPerSegment, firstMsn } = grid;
  const segment = Math.floor(partNumber / partsPerSegment);
  const firstPart = firstPartOf(grid);
  const firstSegment = Math.floor(firstPart / partsPerSegment);
  const part = partNumber - (segment === firstSegment ? firstPart : segment * partsPerSegment);
  return { msn: firstMsn + segment - firstSegment, part };
}
