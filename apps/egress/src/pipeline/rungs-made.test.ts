import { describe, expect, it } from 'vitest';
import { RungsMade } from './rungs-made.ts';

/** The first segment is the end of one. */
const settings = { firstTick: 40, framesPerSegment: 60, rungs: [1] };

const madeAt = (made: RungsMade, tick: number): readonly number[] => {
  made.begin(tick);
  return made.rungs;
};

describe('which rungs are encoded', () => {
  it('EG43: those of the first outputs from the first tick on; another one from the next segment on', () => {
    const made = new RungsMade(settings);
    expect(madeAt(made, 40)).toEqual([1]);
    expect(made.want([0, 1, 2])).toBe(60);
    // Late ticks are told, too.
    expect(madeAt(made, 59)).toEqual([1]);
    expect(madeAt(made, 60)).toEqual([0, 1, 2]);
    expect(made.want([0, 2])).toBe(60);
    expect(madeAt(made, 61)).toEqual([0, 2]);
  });

  it('EG43: who wants what is about to begin gets it from then on; given up before, it begins later', () => {
    const made = new RungsMade(settings);
    made.begin(119);
    expect(made.want([0, 1])).toBe(120);
    expect(made.want([0, 1])).toBe(120);
    made.want([1]);
    expect(madeAt(made, 120)).toEqual([1]);
    expect(made.want([0, 1])).toBe(180);
    expect(madeAt(made, 179)).toEqual([1]);
    expect(madeAt(made, 180)).toEqual([0, 1]);
  });

  it('EG43: what is wanted before the clock runs begins with it', () => {
    const made = new RungsMade(settings);
    expect(made.want([0, 1])).toBe(40);
    expect(madeAt(made, 40)).toEqual([0, 1]);
  });
});
