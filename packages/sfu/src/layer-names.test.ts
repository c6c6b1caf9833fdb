import { expect, test } from 'vitest';
import { flowingLayerFor, layerNames, spatialLayerFor } from './layer-names.ts';

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

test.each([
  [0, [8, 9, 10], 0],
  [1, [0, 9, 10], 1],
  [1, [7, 0, 10], 1],
  [0, [0, 9, 10], 1],
  [1, [0, 0, 10], 2],
  [2, [9, 0, 0], 2],
  [1, [0, 0, 0], 1],
  [0, [], 0],
])('wanted %i of layers with the scores %j: asked for is %i', (wanted, scores, index) => {
  expect(flowingLayerFor(wanted, scores)).toBe(index);
});
