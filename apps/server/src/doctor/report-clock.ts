import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Clock, Logger } from '@amphi/base';
import { judgeClock } from './checks/clock.ts';

/**
 * At the start: a clock that went back is a warning with its remedy. The server serves all the same; what it refuses
 * because of its clock says so.
 * @param options.dataDir as it was before this start
 */
export async function reportClock(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<void> {
  const { dataDir, clock, logger } = options;
  const [built, used] = await Promise.all([stat(fileURLToPath(import.meta.url)), stat(dataDir).catch(() => undefined)]);
  const { state, what, remedy } = judgeClock({
    nowMs: clock.now(),
    isSynchronized: undefined,
    builtMs: built.mtimeMs,
    usedMs: used?.mtimeMs,
  });
  if (state !== 'ok') logger.warn({ problem: what, remedy }, 'the clock of this machine is off');
}
