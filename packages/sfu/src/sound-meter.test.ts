import { describe, expect, test } from 'vitest';
import { SoundMeter } from './sound-meter.ts';

const WINDOW_MS = 250;
const DIGITAL_SILENCE = -127;

/** The worker's mean of a window in which a sound of `loudMs` at `level` stands in `quiet`. */
function mixed(level: number, loudMs: number, quiet = DIGITAL_SILENCE): number {
  const share = loudMs / WINDOW_MS;
  return Math.round(level * share + quiet * (1 - share));
}

/** Levels after each window. */
function levelsOf(means: readonly (number | undefined)[]): (number | undefined)[] {
  const meter = new SoundMeter({ windowMs: WINDOW_MS });
  return means.map((mean) => {
    meter.addWindow(new Map(mean === undefined ? [] : [['mic', mean]]));
    return meter.takeLoudest().get('mic');
  });
}

describe('SoundMeter', () => {
  test('AL1: speech is as loud as its mean', () => {
    expect(levelsOf([-127, -30, -28, -127])).toEqual([undefined, -30, -28, undefined]);
  });

  test.each([
    ['within a window', [mixed(-20, 100)]],
    ['across the border of two', [mixed(-20, 60), mixed(-20, 40)]],
    ['mostly in the second', [mixed(-20, 20), mixed(-20, 80)]],
  ])('AL2: a beep of 100 ms in digital silence, %s, is heard', (_where, windows) => {
    const levels = levelsOf([-127, ...windows, -127, -127]);
    expect(levels.filter((level) => level !== undefined)).toEqual([-35]);
  });

  test('AL2: a beep in a quiet room is heard by its mean', () => {
    expect(levelsOf([-75, mixed(-20, 100, -75), -75])).toEqual([undefined, -53, undefined]);
  });

  test('AL2: a soft short sound is soft', () => {
    expect(levelsOf([-127, mixed(-60, 100), -127])).toEqual([undefined, undefined, -59.5]);
  });

  test('AL3: a noise below silence that goes on is none, nor is an unsteady room', () => {
    expect(levelsOf([-127, -80, -80, -79, -80, -127])).toEqual(Array(6).fill(undefined));
    expect(levelsOf([-75, -71, -76, -70, -75])).toEqual(Array(5).fill(undefined));
  });

  test('AL2: a sound whose track falls silent altogether is heard', () => {
    expect(levelsOf([-127, mixed(-20, 100), undefined])).toEqual([undefined, undefined, -35]);
  });

  test('AL1: the loudest of a period counts', () => {
    const meter = new SoundMeter({ windowMs: WINDOW_MS });
    for (const mean of [-60, -20, -50]) meter.addWindow(new Map([['mic', mean]]));
    expect([...meter.takeLoudest()]).toEqual([['mic', -20]]);
    expect([...meter.takeLoudest()]).toEqual([]);
  });

  test('a track that is gone is forgotten', () => {
    const meter = new SoundMeter({ windowMs: WINDOW_MS });
    meter.addWindow(new Map([['mic', -20]]));
    meter.forget('mic');
    expect([...meter.takeLoudest()]).toEqual([]);
  });
});
