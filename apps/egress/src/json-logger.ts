import type { Logger } from '@amphi/base';

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** One JSON object a line on standard error, in the shape of the server's log. */
export function createJsonLogger(
  name: string,
  level: keyof typeof LEVELS = levelFromEnvironment(),
  fields: Record<string, unknown> = {},
): Logger {
  const write =
    (at: keyof typeof LEVELS) =>
    (extra: Record<string, unknown>, message: string): void => {
      if (LEVELS[at] < LEVELS[level]) return;
      process.stderr.write(
        `${JSON.stringify({ level: LEVELS[at], time: Date.now(), name, ...fields, ...extra, msg: message })}\n`,
      );
    };
  return {
    child: (more) => createJsonLogger(name, level, { ...fields, ...more }),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

function levelFromEnvironment(): keyof typeof LEVELS {
  const wanted = process.env.AMPHI_EGRESS_LOG_LEVEL;
  return wanted && wanted in LEVELS ? (wanted as keyof typeof LEVELS) : 'info';
}
