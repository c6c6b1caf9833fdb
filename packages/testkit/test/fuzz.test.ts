import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFuzzTargets, loadFuzzTarget } from '../src/fuzz/find-targets.ts';

/** Every border that strangers reach, with the same inputs each time. `npm run fuzz -- NAME` goes on from there. */

const SEED = 20_261_128;
const INPUTS = 1_000;

const targets = [...findFuzzTargets(fileURLToPath(new URL('../../../', import.meta.url)))];

describe('borders that strangers reach', () => {
  it('have a target each', () => {
    expect(targets.map(([name]) => name)).toEqual([
      'data-channel',
      'frame',
      'playlist-query',
      'rest-body',
      'rtcp',
      'rtmp',
      'rtp',
      'sdp',
      'token',
    ]);
  });

  for (const [name, path] of targets) {
    it(`hold: ${name}`, { timeout: 240_000 }, async () => {
      const target = await loadFuzzTarget(path);
      try {
        await fc.assert(
          fc.asyncProperty(target.inputs, async (input) => target.check(input)),
          { seed: SEED, numRuns: target.inputsInTests ?? INPUTS },
        );
      } finally {
        await target.close?.();
      }
    });
  }
});
