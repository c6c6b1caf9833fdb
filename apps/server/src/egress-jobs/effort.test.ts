import { expect, it } from 'vitest';
import { EffortCount } from './effort.ts';

const stats = (cpuSeconds: number, framesEncoded: number, framesSkipped: number) => ({
  cpuSeconds,
  framesEncoded,
  framesSkipped,
  outputSeconds: 0,
  sources: 0,
});

it('MET2: adds up what processes tell, each from its own start on, whichever is gone', () => {
  const effort = new EffortCount();
  const first = effort.begin();
  first(stats(1, 150, 0));
  first(stats(3, 300, 5));
  const second = effort.begin();
  second(stats(2, 100, 1));
  expect(effort.total).toEqual({ cpuSeconds: 5, framesEncoded: 400, framesSkipped: 6 });
});
