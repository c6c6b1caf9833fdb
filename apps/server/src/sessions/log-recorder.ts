import type { Logger } from '@amphi/base';
import type { FactRecorder } from './ports/records.ts';

/** Facts for who reads the log, and for nobody else. Names and messages of people are not in it. */
export function logRecorder(logger: Logger): FactRecorder {
  return {
    record: ({ sessionId, roomId, at, fact }) => {
      const { type, ...details } = fact;
      logger.debug({ sessionId, roomId, at, ...details, name: undefined, data: undefined }, type);
    },
  };
}
