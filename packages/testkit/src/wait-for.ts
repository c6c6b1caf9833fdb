import { CodedError, type Millis } from '@amphi/base';

/**
 * Resolves with the first truthy answer of `probe`, asked again every 50 ms: for facts of other processes and pages
 * that announce nothing. Where an event exists, wait for the event.
 * @throws CodedError `wait_timeout` naming `what` and the last answer
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  timeoutMs: Millis = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await probe();
      if (last) return last as T;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new CodedError('wait_timeout', `${what}: not within ${timeoutMs} ms, last answer ${String(last)}`, {
        cause: last,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
