import type { Seconds } from '@amphi/base';

/** Where a live viewer's playback is. */
export interface LivePlayback {
  /** How far behind the position where a live viewer should be; negative: before it. */
  readonly behind: Seconds;
  /** What is there to play without another part. */
  readonly ahead: Seconds;
  /** Longest part of the stream; of one without parts, longest segment. */
  readonly partTarget: Seconds;
  /** Longest segment of the stream. */
  readonly targetDuration: Seconds;
  /** Where a live viewer should be, behind the end of the stream. */
  readonly holdBack: Seconds;
  /** How fast it is played now: 1 is as it was captured. */
  readonly rate: number;
}

/** Faster is heard, and leaves the buffer too quickly. */
export const FASTEST = 1.25;
/** Slower by as much as nobody hears. */
export const SLOWEST = 0.95;
/** A distance of a second is made good by this much more speed. */
const GAIN = 0.75;
/** Steps of the rate: each change costs the browser's stretching of sound a moment. */
const STEP = 0.05;
/** As far off as this one is where one should be: what is further is made good, wholly. */
const BEHIND: Seconds = 0.05;
const BEFORE: Seconds = 0.15;
/** Parts of what is ahead: below the first nothing is made up, below the second it is played slower until more is there. */
const ENOUGH_AHEAD = 1.25;
const SHORT_AHEAD = 0.6;

/**
 * How fast to play, so that a viewer who fell behind, or began behind, comes to where a live viewer should be and stays there: a
 * little faster while there is more ahead than the next part needs to come, a little slower before it runs dry. Further
 * behind than a segment and what the stream holds back one has gone back by choice.
 */
export function liveRate({ behind, ahead, partTarget, targetDuration, holdBack, rate }: LivePlayback): number {
  if (behind >= holdBack + targetDuration) return 1;
  if (ahead < partTarget * SHORT_AHEAD || behind < (rate < 1 ? 0 : -BEFORE)) return SLOWEST;
  if (behind <= (rate > 1 ? 0 : BEHIND) || ahead < partTarget * ENOUGH_AHEAD) return 1;
  const faster = STEP * Math.max(1, Math.round((behind * GAIN) / STEP));
  return Math.min(FASTEST, 1 + faster);
}
