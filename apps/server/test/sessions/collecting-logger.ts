import type { Logger } from '@amphi/base';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A logger that keeps what it is told. `failAt`: the message at which it throws, as a fault put anywhere in the product. */
export function collectingLogger(options: { readonly failAt?: string } = {}): {
  readonly logger: Logger;
  readonly entries: LogEntry[];
} {
  const entries: LogEntry[] = [];
  const log =
    (level: LogEntry['level']) =>
    (fields: Record<string, unknown>, message: string): void => {
      if (message === options.failAt) throw new Error(`failed at "${message}"`);
      entries.push({ level, message, fields });
    };
  const logger: Logger = {
    child: () => logger,
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  };
  return { logger, entries };
}
