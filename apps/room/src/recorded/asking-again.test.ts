import { expect, it } from 'vitest';
import { waitBeforeAsking } from './asking-again.ts';

it('REC30: an audience asks at different moments, ever more seldom, and not for ever', () => {
  expect([0, 0.5, 1].map((chance) => waitBeforeAsking(0, chance))).toEqual([0, 1_000, 2_000]);
  expect([1, 2, 3, 4, 5, 9].map((asked) => waitBeforeAsking(asked, 0.5))).toEqual([
    2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
  expect([0, 1].map((chance) => waitBeforeAsking(5, chance))).toEqual([22_500, 37_500]);
  let total = 0;
  for (let asked = 0; ; asked += 1) {
    const wait = waitBeforeAsking(asked, 0.5);
    if (wait === undefined) break;
    total += wait;
  }
  expect(total / 60_000).toBeCloseTo(10, 0);
});
