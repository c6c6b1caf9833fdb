import { expect, it } from 'vitest';
import { axisEnd, numberText } from './figure.ts';

it.each([
  [[], 1],
  [[0.2], 1],
  [[1.2], 2],
  [[3], 5],
  [[640], 1000],
])('ends the axis of %j at %d', (values, end) => {
  expect(axisEnd(values)).toBe(end);
});

it('says no more places than say something', () => {
  expect([0, 7.1234, 1_234.5].map(numberText)).toEqual(['0', '7.1', '1,235']);
});
