import type { Logger } from '@amphi/base';
import pino from 'pino';
import type { Settings } from './settings.ts';

/** JSON lines on standard error; standard output is for the links that a person reads. */
export function createLogger(level: Settings['logLevel']): Logger {
  return adapt(pino({ level, base: { name: 'server' } }, pino.destination({ dest: 2, sync: true })));
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
