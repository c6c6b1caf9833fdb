import { describe, expect, it } from 'vitest';
import { LoadControl } from './load-control.ts';

const TICKS = 150;
/** Of so many pictures skipped in each five seconds: what the control says after each, 0 for nothing. */
function run(control: Feeder, skipped: readonly number[]): number[] {
  return skipped.map((count) => control.feed(count));
}

class Feeder {
  readonly #control = new LoadControl();
  #ticks = 0;
  #skipped = 0;

  feed(skipped: number): number {
    this.#ticks += TICKS;
    this.#skipped += skipped;
    return this.#control.onCounts({ ticks: this.#ticks, skipped: this.#skipped }) ?? 0;
  }

  /** Windows without a skipped picture until it says something. */
  calmUntilChange(): { readonly windows: number; readonly step: number } {
    for (let windows = 1; windows < 1_000; windows++) {
      const step = this.feed(0);
      if (step !== 0) return { windows, step };
    }
    throw new Error('nothing changes');
  }
}

const MUCH = 30;
const calm = (windows: number): number[] => Array.from({ length: windows }, () => 0);

describe('LoadControl', () => {
  it('EG42: gives up nothing for a moment of load, nor for a picture here and there', () => {
    expect(run(new Feeder(), [MUCH, 0, MUCH, 0, MUCH, 10, MUCH, 15])).toEqual(calm(8));
  });

  it('EG42: under load that lasts every second picture is given up, then three of four, then no more', () => {
    expect(run(new Feeder(), [MUCH, MUCH, MUCH, MUCH, MUCH, MUCH, MUCH])).toEqual([0, 2, 0, 4, 0, 0, 0]);
  });

  it('EG42: takes them back one step at a time, each after a minute without a skipped picture', () => {
    const feeder = new Feeder();
    run(feeder, [MUCH, MUCH, MUCH, MUCH]);
    expect(run(feeder, [...calm(11), 1, ...calm(11)])).toEqual(calm(23));
    expect(feeder.feed(0)).toBe(2);
    expect(feeder.calmUntilChange()).toEqual({ windows: 12, step: 1 });
    expect(run(feeder, calm(100))).toEqual(calm(100));
  });

  it('EG42: waits twice as long each time that taking them back was too much, up to a quarter of an hour', () => {
    const feeder = new Feeder();
    run(feeder, [MUCH, MUCH]);
    const waits = Array.from({ length: 6 }, () => {
      const { windows } = feeder.calmUntilChange();
      expect(run(feeder, [MUCH, MUCH])).toEqual([0, 2]);
      return windows;
    });
    expect(waits).toEqual([12, 24, 48, 96, 192, 192]);
  });
});
