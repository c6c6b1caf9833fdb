import { expect, test } from 'vitest';
import { layerNames, spatialLayerFor } from './layer-names.ts';

test.each([
  [
    ['q', 'h', 'f'],
    ['low', 'medium', 'high'],
  ],
  [
    ['h', 'f'],
    ['medium', 'high'],
  ],
  [
    ['q', 'f'],
    ['low', 'high'],
  ],
  [
    ['l', 'm', 'h'],
    ['low', 'medium', 'high'],
  ],
  [
    ['a', 'b'],
    ['low', 'high'],
  ],
  [['f'], ['high']],
  [['q'], ['high']],
  [[undefined], ['high']],
  [
    ['1', '2', '3', '4'],
    ['low', 'medium', 'medium', 'high'],
  ],
])('rids %j are %j', (rids, names) => {
  expect(layerNames(rids)).toEqual(names);
});

test.each([
  [['low', 'medium', 'high'], 'low', 0],
  [['low', 'medium', 'high'], 'medium', 1],
  [['low', 'medium', 'high'], 'high', 2],
  [['low', 'high'], 'medium', 0],
  [['medium', 'high'], 'low', 0],
  [['high'], 'low', 0],
] as const)('of %j, wanted %s: index %i', (layers, wanted, index) => {
  expect(spatialLayerFor(layers, wanted)).toBe(index);
});
