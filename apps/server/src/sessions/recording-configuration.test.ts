import { hlsDestination } from '@amphi/protocol';
import { expect, it } from 'vitest';
import { recordedRungs } from './recording-configuration.ts';

const size = (width: number, height: number) => ({ width, height, videoBitrate: 500 });
const [large, middle, small] = [size(1280, 720), size(854, 480), size(640, 360)];
const program = {
  rungs: [large, middle, small].map((rung, at) => ({ ...rung, id: `v${at}`, bitrateBps: 500_000 })),
};

it.each([
  ['all, when none is named', undefined, ['v0', 'v1']],
  ['all, when an empty list is', [], ['v0', 'v1']],
  ['those that are named, in the order of the stream', [middle, large], ['v0', 'v1']],
  ['one', [middle], ['v1']],
  ['the largest, when the stream has none of them', [size(1920, 1080)], ['v0']],
  ['not what is for players only', [small], ['v0']],
])('REC28: of a stream are kept %s', (_what, layers, kept) => {
  const destination = hlsDestination.parse({
    name: 'default',
    layers: [large, middle],
    recording: { singleFilePerLayer: true, ...(layers ? { layers } : {}) },
  });
  expect(recordedRungs(program, destination)).toEqual(kept);
});
