import { expect, it } from 'vitest';
import { measure, NOTHING_MEASURED } from './measured-media.ts';

const after = (...segments: (readonly [bytes: number, seconds: number])[]) =>
  segments.reduce((media, [bytes, seconds]) => measure(media, { bytes, seconds }, 2), NOTHING_MEASURED);

it('OR16: the peak is that of any set of neighbours between half and one and a half target durations', () => {
  expect(after([1000, 2]).peakBps).toBe(4000);
  expect(after([1000, 2], [3000, 2], [1000, 2])).toMatchObject({ peakBps: 12_000, bytes: 5000, seconds: 6 });
  // Two short ones make a set together, and neither does alone.
  expect(after([1000, 0.6]).peakBps).toBe(0);
  expect(after([1000, 0.6], [1000, 0.4]).peakBps).toBe(16_000);
  // A short one with its neighbour is a set of 2.6 s.
  expect(after([2000, 2], [1000, 0.6]).peakBps).toBe(Math.ceil((3000 * 8) / 2.6));
  // Together longer than 3 s: no set.
  expect(after([1000, 1.6], [1000, 1.6]).peakBps).toBe(5000);
});

it('keeps no more segments than a set can have', () => {
  const many = after(...Array.from({ length: 100 }, () => [1000, 0.5] as const));
  expect(many.recent).toHaveLength(6);
});
