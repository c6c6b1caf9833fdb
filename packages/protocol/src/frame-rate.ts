import * as z from 'zod';

/** Ticks a second in which pictures of streams and recordings are timed (RFC 6184, 8.2.1, and everybody's habit). */
export const VIDEO_TIMESCALE = 90_000;

/** Pictures a second that a stream can have: each lasts a whole number of ticks, so no part is longer or shorter than it says. */
export const FRAME_RATES: readonly number[] = Array.from({ length: 51 }, (_, index) => index + 10).filter(
  (rate) => VIDEO_TIMESCALE % rate === 0,
);

export const frameRate = z
  .int()
  .refine((rate) => FRAME_RATES.includes(rate), `a whole divisor of ${VIDEO_TIMESCALE}: ${FRAME_RATES.join(', ')}`);
