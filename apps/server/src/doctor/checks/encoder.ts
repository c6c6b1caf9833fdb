import { execFile } from 'node:child_process';
import { availableParallelism, constants, setPriority } from 'node:os';
import { promisify } from 'node:util';
import { messageOf } from '@amphi/base';
import * as z from 'zod';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

/** What the egress program's measurement prints. */
const measurement = z.object({
  /** Processor time for a second of a stream. */
  cpuSecondsPerSecond: z.number().positive(),
});

/** Of the processor, for streams; the rest is the media workers' and the server's. */
const SHARE = 0.7;

export const encoderCheck: Check = {
  id: 'encoder',
  title: 'Encoder',
  timeoutMs: 60_000,
  isHeavy: true,
  async run({ egressProgram, signal }) {
    try {
      const measuring = promisify(execFile)(process.execPath, [egressProgram, 'measure'], { signal });
      // A stream that is live goes first.
      if (measuring.child.pid !== undefined) setPriority(measuring.child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
      const { stdout } = await measuring;
      const { cpuSecondsPerSecond } = measurement.parse(JSON.parse(stdout));
      return [judgeEncoder({ cpuSecondsPerSecond, cores: availableParallelism() })];
    } catch (error) {
      signal.throwIfAborted();
      return [
        fail(
          `no stream can be encoded: ${messageOf(error).split('\n').slice(0, 3).join(' ')}`,
          'Run npm run setup again; if it stays, the codec library does not run on this machine.',
        ),
      ];
    }
  },
};

export function judgeEncoder(measured: { readonly cpuSecondsPerSecond: number; readonly cores: number }): Finding {
  const { cpuSecondsPerSecond, cores } = measured;
  const streams = Math.floor((cores * SHARE) / cpuSecondsPerSecond);
  const cost = `a 720p stream of two renditions takes ${cpuSecondsPerSecond.toFixed(2)} of a core`;
  if (cpuSecondsPerSecond > cores) {
    return fail(
      `${cost}, and there ${cores === 1 ? 'is one core' : `are ${cores} cores`}: pictures would be left out`,
      'Use a machine with more cores, or faster ones.',
    );
  }
  if (streams < 1)
    return warn(`${cost}: one stream, with little left for people on stage`, 'Use a machine with more cores.');
  return ok(
    `${cost}: ${streams} ${streams === 1 ? 'stream' : 'streams'} at a time on ${cores} ${cores === 1 ? 'core' : 'cores'}`,
  );
}
