import { describe, expect, it } from 'vitest';
import { formatsOf, isoDuration } from './formats.ts';

const { elapsed, timeOfDay, moment, short, decimal } = formatsOf<'one'>('en-US');

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
    expect(elapsed(ms)).toBe(text);
  });

  it('has a machine-readable form', () => {
    expect(isoDuration(61_500)).toBe('PT61S');
    expect(isoDuration(Number.NaN)).toBe('PT0S');
  });
});

describe('time of day', () => {
  it('is empty for what is no time', () => {
    expect(timeOfDay(Number.NaN)).toBe('');
    expect(timeOfDay(0)).toBe('');
    expect(timeOfDay(1_793_000_000_000)).toMatch(/\d/);
    expect(moment(0, 1_793_000_000_000)).toBe('');
  });

  it('has the day in front unless it is today', () => {
    const now = new Date(2026, 10, 29, 12).getTime();
    const [today, yesterday] = [now - 3_600_000, now - 24 * 3_600_000];
    expect(moment(today, now)).toBe(timeOfDay(today));
    expect(moment(yesterday, now)).toMatch(/28.*, /);
    expect(moment(yesterday, now)).toContain(timeOfDay(yesterday));
  });
});

describe('numbers and counted things', () => {
  it('WRD4: are written as the language and the region write them', () => {
    expect([short(1_200), decimal(1.234, 1)]).toEqual(['1.2K', '1.2']);
    expect(formatsOf('de').decimal(1.234, 1)).toBe('1,2');
    expect(formatsOf('de').count(1_234)).toBe('1.234');
    expect(formatsOf('ar-EG').count(1_234)).toBe('١٬٢٣٤');
    expect(formatsOf('ar-EG').elapsed(61_000)).toBe('٠١:٠١');
  });

  it('WRD4: take the form of their number, as many as the language has', () => {
    const forms = { zero: '0', one: '1', two: '2', few: '3-10', many: '11-99', other: '100' };
    const arabic = formatsOf<keyof typeof forms>('ar');
    expect([0, 1, 2, 7, 42, 100].map((count) => arabic.plural(count, forms))).toEqual(Object.values(forms));
    const english = formatsOf<'one'>('en');
    expect([0, 1, 2].map((count) => english.plural(count, { one: 'one', other: 'many' }))).toEqual([
      'many',
      'one',
      'many',
    ]);
  });
});
