import type { Millis, Seconds } from '@amphi/base';

/*
 * What a playlist says of a part lies a hair before what the media holds. Players put the end of a segment, counted from
 * these numbers, beside the end of their buffer, which browsers cut to whole microseconds; hls.js asks again for the
 * segment it has, until playback stalls, when the first is the later one.
 */

const STEPS_PER_SECOND = 100_000;
/** More than a browser loses by cutting, less than a sample of sound. */
const MARGIN_STEPS = 0.5;

/** Whole 10 µs, 5 to 15 µs below the true duration. */
export function announcedDuration(seconds: Seconds): Seconds {
  return Math.floor(seconds * STEPS_PER_SECOND - MARGIN_STEPS + 1e-6) / STEPS_PER_SECOND;
}

/** The whole millisecond in which the part begins: rounded up, the part would seem to end too late by as much. */
export function announcedDate(at: Millis): Millis {
  return Math.floor(at + 1e-3);
}
