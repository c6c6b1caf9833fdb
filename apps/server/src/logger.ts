import type { Logger } from '@amphi/base';
import pino from 'pino';
import type { Settings } from './settings.ts';

/**
 * JSON lines on standard error; standard output is for the links that a person reads. What a failed query was asked with
 * (hashes, names, keys) is never among them, whoever logs the error.
 */
export function createLogger(
  level: Settings['logLevel'],
  destination: pino.DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return adapt(pino({ level, base: { name: 'server' }, formatters: { log: withoutParameters } }, destination));
}

/** As the driver's errors are worded, in messages and stacks. */
const FAILED_QUERY = /(Failed query: [^\n]{0,300})[^\n]*\nparams: [^\n]*/g;

function withoutParameters(fields: Record<string, unknown>): Record<string, unknown> {
  const isClean = !Object.values(fields).some((value) => typeof value === 'string' && value.includes('Failed query: '));
  if (isClean) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace(FAILED_QUERY, '$1') : value,
    ]),
  );
}

function adapt(logger: pino.Logger): Logger {
  return {
    child: (fields) => adapt(logger.child(fields)),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
