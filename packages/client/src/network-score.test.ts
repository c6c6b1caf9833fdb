import { expect, it } from 'vitest';
import { networkScore } from './network-score.ts';

it('NET2: the last range that fits says the score, and none where none fits', () => {
  const map = { 1: { low: 10, high: 300 }, 2: { low: 300, high: 500 }, 5: { low: 500 } };
  expect([10, 299.9, 300, 500, Number.POSITIVE_INFINITY].map((kbps) => networkScore(map, kbps))).toEqual([
    1, 1, 2, 5, 5,
  ]);
  expect(networkScore(map, 9)).toBeUndefined();
  expect(networkScore({}, 100)).toBeUndefined();
  expect(networkScore({ best: { low: 0 }, 9: { low: 50 } }, 100)).toBeUndefined();
});
