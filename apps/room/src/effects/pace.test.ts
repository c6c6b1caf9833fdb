import { expect, it } from 'vitest';
import { Pace, SLOW_MS, WINDOW } from './pace.ts';

const notes = (pace: Pace, ms: number, count = WINDOW): void => {
  for (let picture = 0; picture < count; picture += 1) pace.note(ms);
};

it('EFF5: a machine is slow when its pictures take long together, and is told of once, and when it has become fast', () => {
  const told: boolean[] = [];
  const pace = new Pace((isSlow) => told.push(isSlow));
  notes(pace, SLOW_MS / 2, WINDOW - 1);
  // One slow picture among many is none of that.
  pace.note(SLOW_MS * 2);
  expect(told).toEqual([]);
  notes(pace, SLOW_MS * 2);
  notes(pace, SLOW_MS * 3);
  expect(told).toEqual([true]);
  notes(pace, SLOW_MS, WINDOW);
  expect(told).toEqual([true, false]);
});
