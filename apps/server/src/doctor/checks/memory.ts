import { availableParallelism } from 'node:os';
import { type Check, type Finding, fail, ok, sizeText, warn } from '../check.ts';

const MIB = 2 ** 20;
/** An idle server with two media workers takes 250 MiB; a stream about 400 more. */
const LEAST_BYTES = 512 * MIB;
const GOOD_BYTES = 1536 * MIB;

export const memoryCheck: Check = {
  id: 'memory',
  title: 'Memory',
  timeoutMs: 1_000,
  // Knows the limits of a container as well.
  run: async () => [judgeMemory({ availableBytes: process.availableMemory(), cores: availableParallelism() })],
};

export function judgeMemory(measured: { readonly availableBytes: number; readonly cores: number }): Finding {
  const { availableBytes, cores } = measured;
  const what = `${sizeText(availableBytes)} available, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  if (availableBytes < LEAST_BYTES) {
    return fail(
      what,
      `A server with one stream needs ${sizeText(LEAST_BYTES)}: end other programs, or use a larger machine.`,
    );
  }
  if (availableBytes < GOOD_BYTES)
    return warn(what, `That is one stream; for more have ${sizeText(GOOD_BYTES)} available.`);
  return ok(what);
}
