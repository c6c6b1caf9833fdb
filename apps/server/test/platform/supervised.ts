import type { Logger } from '@amphi/base';
import { DEFAULT_RESTART_POLICY } from '../../src/supervisor/restart-policy.ts';
import { supervise } from '../../src/supervisor/supervise.ts';

/**
 * A supervisor of its own process: keeps the program running that its first argument names, and logs words to stdout. The
 * second says when, ms, a spare is made; without one there is none in time.
 */
const say = (_: unknown, message: string): void => void process.stdout.write(`${message}\n`);
const logger: Logger = { child: () => logger, debug: say, info: say, warn: say, error: say };
process.exitCode = await supervise({
  program: process.argv[2] ?? '',
  logger,
  policy: {
    ...DEFAULT_RESTART_POLICY,
    backoff: { firstMs: 10, capMs: 20 },
    ...(process.argv[3] === undefined ? {} : { spareAfterMs: Number(process.argv[3]) }),
  },
});
