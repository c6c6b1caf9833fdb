import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcedDate, announcedDuration } from './announced.ts';

describe('what is announced of a part', () => {
  it('ends before the media does, by less than a sample of sound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (frames) => {
        const duration = frames / 30;
        const announced = announcedDuration(duration);
        expect(duration - announced).toBeGreaterThanOrEqual(4.9e-6);
        expect(duration - announced).toBeLessThan(1.6e-5);
        expect(Number(announced.toFixed(5))).toBe(announced);
      }),
    );
    expect(announcedDuration(2)).toBe(1.99999);
    expect(announcedDuration(1 / 3)).toBe(0.33332);
  });

  it('begins in a whole millisecond, never after the media', () => {
    expect(announcedDate(1_793_000_002_005.333)).toBe(1_793_000_002_005);
    expect(announcedDate(1_793_000_004_010.667)).toBe(1_793_000_004_010);
    expect(announcedDate(1_793_000_006_000)).toBe(1_793_000_006_000);
    expect(announcedDate(1_793_000_005_999.9998)).toBe(1_793_000_006_000);
  });
});
