import { type Clock, millis, Scope } from '@amphi/base';
import type { Connection } from './connection.ts';

/** For a server that never says who is there. */
const LIST_TIMEOUT_MS = millis(5_000);

/**
 * Joins, and waits for the list of people behind it: it follows the answer in a message of its own (client protocol, 8.3), and
 * between the two everyone who is there would look as if they had come just now. A socket that is lost meanwhile ends the waiting.
 */
export async function untilListed(connection: Connection, clock: Clock, join: () => Promise<void>): Promise<void> {
  const attempt = new Scope({ clock });
  try {
    const listed = new Promise<void>((resolve) => {
      attempt.defer(
        connection.events.on('notification', ({ method }) => {
          if (method === 'peer-list') resolve();
        }),
      );
      attempt.defer(connection.events.on('lost', () => resolve()));
      void connection.closed.then(() => resolve());
    });
    await join();
    await Promise.race([listed, new Promise<void>((resolve) => attempt.after(LIST_TIMEOUT_MS, resolve))]);
  } finally {
    attempt.close();
  }
}
