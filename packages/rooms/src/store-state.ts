import type { Millis } from '@amphi/base';

/**
 * Values by key that everyone in a session may set and listen to: pinned messages, who is in the spotlight, whether chat
 * is paused (client protocol, 7.3). They live as long as the session.
 */
export interface StoredValue {
  /** What was set, as JSON. */
  readonly json: string;
  readonly bytes: number;
  readonly updatedAt: Millis;
  readonly updatedBy: string;
  /** Of the session: no two changes have the same one, also not of a key that was deleted in between. */
  readonly version: number;
}

export interface SessionStore {
  readonly values: Map<string, StoredValue>;
  /** Of keys and values together. */
  bytes: number;
  version: number;
}

export function emptyStore(): SessionStore {
  return { values: new Map(), bytes: 0, version: 0 };
}
