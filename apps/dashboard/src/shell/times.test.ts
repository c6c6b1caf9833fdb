import { describe, expect, it } from 'vitest';
import { bytesText, durationText } from './times.ts';

describe('numbers in words', () => {
  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [61_500, '1 min 1 s'],
    [3_600_000, '1 h'],
    [5_430_000, '1 h 30 min'],
    [90_000_000, '25 h'],
  ])('%i ms last %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [900, '900 B'],
    [1_500, '1.5 kB'],
    [2_340_000, '2.3 MB'],
    [45_000_000, '45 MB'],
    [3_100_000_000, '3.1 GB'],
  ])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
});
