import { describe, expect, it } from 'vitest';
import { formatElapsed, formatMoment, formatTimeOfDay, isoDuration } from './format-time.ts';

describe('elapsed time', () => {
  it.each([
    [0, '00:00'],
    [59_999, '00:59'],
    [61_000, '01:01'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
    [-5_000, '00:00'],
    [Number.NaN, '00:00'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatElapsed(ms)).toBe(text);
  });

  it('has a machine-readable form', () => {
    expect(isoDuration(61_500)).toBe('PT61S');
    expect(isoDuration(Number.NaN)).toBe('PT0S');
  });
});

describe('time of day', () => {
  it('is empty for what is no time', () => {
    expect(formatTimeOfDay(Number.NaN)).toBe('');
    expect(formatTimeOfDay(0)).toBe('');
    expect(formatTimeOfDay(1_793_000_000_000)).toMatch(/\d/);
    expect(formatMoment(0, 1_793_000_000_000)).toBe('');
  });

  it('has the day in front unless it is today', () => {
    const now = new Date(2026, 10, 29, 12).getTime();
    const [today, yesterday] = [now - 3_600_000, now - 24 * 3_600_000];
    expect(formatMoment(today, now)).toBe(formatTimeOfDay(today));
    expect(formatMoment(yesterday, now)).toMatch(/28.*, /);
    expect(formatMoment(yesterday, now)).toContain(formatTimeOfDay(yesterday));
  });
});
