import { type Clock, type Logger, type Millis, messageOf, withDeadline } from '@amphi/base';

/** The database answers in milliseconds, or gives up by itself after 15 s. */
const DEADLINE_MS: Millis = 5_000;

/**
 * Waits until what became of a stream or recording is written. That goes on, or ends, even when it cannot be: then the log says so.
 * @param options.about for the log, which says `not recorded` of `what`
 * @returns what the write gave; undefined when it failed, or took longer than 5 s
 */
export async function writeRecord<T>(
  update: Promise<T>,
  options: { readonly what: string; readonly about: object; readonly clock: Clock; readonly logger: Logger },
): Promise<T | undefined> {
  const { what, about, clock, logger } = options;
  try {
    return await withDeadline('the record', update, { ms: DEADLINE_MS, clock });
  } catch (error) {
    logger.error({ ...about, error: messageOf(error) }, `${what} not recorded`);
    return undefined;
  }
}
