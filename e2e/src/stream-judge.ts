import { clockErrorMs, decodeLuma, type LumaFrame, type TileArea } from '@amphi/testkit';
import { expect } from 'vitest';
import { type RecordedSegment, withSegments } from './stream-recorder.ts';

/** What is seen in a stream of people whose pictures have a clock in them. */

/** Of a canvas, or what it is scaled to before it is judged. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A clock that is further off is not read right, or stands. */
const CLOCK_TOLERANCE_MS = 2_000;
/** Share of pictures in which a clock that runs is to be seen. The rest are for losses and a busy machine. */
const RUNNING = 0.8;
/** For somebody to come on stage, into the stream, and in the right size. A busy machine takes long for it. */
const PATIENCE_MS = 60_000;

/** When what a frame shows was captured, by the playlist. */
export function claimedTimes(segments: readonly RecordedSegment[], frames: readonly LumaFrame[]): number[] {
  const { programDateTimeMs } = segments[0]!;
  return frames.map((frame) => programDateTimeMs + (frame.ptsSeconds - frames[0]!.ptsSeconds) * 1000);
}

/** How many of the frames show the clock of when they were captured, for each tile. @param tiles in the given size */
export async function clockShares(
  segments: readonly RecordedSegment[],
  size: PictureSize,
  tiles: readonly TileArea[],
): Promise<number[]> {
  const frames = await withSegments(segments, (path) => decodeLuma(path, size.width, size.height));
  const claimed = claimedTimes(segments, frames);
  return tiles.map((tile) => {
    const right = frames.filter((frame, i) => Math.abs(clockErrorMs(frame, tile, claimed[i]!)) < CLOCK_TOLERANCE_MS);
    return right.length / frames.length;
  });
}

export async function expectClocksRun(
  segments: readonly RecordedSegment[],
  size: PictureSize,
  tiles: readonly TileArea[],
): Promise<void> {
  for (const share of await clockShares(segments, size, tiles)) expect(share).toBeGreaterThan(RUNNING);
}

/**
 * Waits until clocks run in these places of the stream: nothing else tells when the picture of somebody who came on stage
 * has reached it.
 * @param record the next of the stream
 * @throws when they do not in time, or when `record` does
 */
export async function untilClocksRun(
  record: () => Promise<readonly RecordedSegment[]>,
  size: PictureSize,
  tiles: readonly TileArea[],
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const shares = await clockShares(await record(), size, tiles);
    if (shares.every((share) => share > RUNNING)) return;
    if (Date.now() > deadline) throw new Error(`clocks do not run after ${PATIENCE_MS} ms, seen are ${shares}`);
  }
}
