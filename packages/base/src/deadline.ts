import { type Clock, systemClock } from './clock.ts';
import { CodedError } from './coded-error.ts';
import type { Millis } from './units.ts';

/** How long something may take, by which clock. */
export interface Deadline {
  readonly ms: Millis;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Waits for `work`, but not for ever. Work that is overdue goes on; what becomes of it then is nobody's business.
 * @param what names it in the error
 * @throws CodedError `overdue`, or whatever `work` rejects with
 */
export function withDeadline<T>(what: string, work: Promise<T>, { ms, clock = systemClock }: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new CodedError('overdue', `${what} took longer than ${ms} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}
