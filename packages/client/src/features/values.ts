import type { Unsubscribe } from '@amphi/base';
import { ClientError, toClientError } from '../errors.ts';
import { joinedConnection, type SessionContext } from '../session-context.ts';
import type { SessionState } from '../state.ts';

/**
 * A key of the session store and what its values are. Others may have written anything under it, so a value is read
 * before it is believed.
 */
export interface ValueKey<T> {
  readonly key: string;
  /** Undefined for what is no value of this key. */
  readonly read: (value: unknown) => T | undefined;
}

/** Somebody has changed the value meanwhile. */
const CONFLICT = 409;
const CHANGE_ATTEMPTS = 8;

interface StoredAnswer {
  readonly data?: unknown;
  readonly change_version?: number;
}

/** What a key holds now; undefined without a value, and for one that is not what the key is for. */
export function readValue<T>(state: Pick<SessionState, 'values'>, { key, read }: ValueKey<T>): T | undefined {
  const value = state.values[key];
  return value === undefined ? undefined : read(value);
}

/** Values kept for everyone in the room (client protocol, 7.4). Each key is listened to while somebody here wants it. */
export class Values {
  readonly #context: SessionContext;
  /** How many want each key. */
  readonly #wanted = new Map<string, number>();
  #isScheduled = false;
  /** Keys that the server has been told of, in order. */
  #told = '';

  constructor(context: SessionContext) {
    this.#context = context;
  }

  async set(key: string, value: unknown, ifVersion: number | undefined): Promise<number> {
    const answer = await joinedConnection(this.#context, 'setValue').request('set-metadata', {
      key,
      data: value,
      if_change_version: ifVersion,
    });
    const version = (answer as { readonly change_version?: unknown } | undefined)?.change_version;
    return typeof version === 'number' ? version : 0;
  }

  /**
   * Sets what `change` makes of the present value, again when somebody else was faster.
   * @param change undefined takes the value away
   */
  async change<T>({ key, read }: ValueKey<T>, change: (before: T | undefined) => T | undefined): Promise<number> {
    const connection = joinedConnection(this.#context, 'changeValue');
    for (let attempt = 1; ; attempt++) {
      const answer = (await connection.request('get-metadata', { key })) as StoredAnswer | undefined;
      try {
        return await this.set(key, change(read(answer?.data)), answer?.change_version);
      } catch (error) {
        const isOvertaken = error instanceof ClientError && error.serverCode === CONFLICT;
        if (!isOvertaken || attempt === CHANGE_ATTEMPTS) throw error;
      }
    }
  }

  /** As far as it is watched. */
  read<T>(key: ValueKey<T>): T | undefined {
    return readValue(this.#context.store.get(), key);
  }

  watch(keys: readonly string[]): Unsubscribe {
    const own = [...new Set(keys)];
    for (const key of own) this.#wanted.set(key, (this.#wanted.get(key) ?? 0) + 1);
    this.#schedule();
    let isOff = false;
    return () => {
      if (isOff) return;
      isOff = true;
      for (const key of own) {
        const others = (this.#wanted.get(key) ?? 1) - 1;
        if (others > 0) this.#wanted.set(key, others);
        else this.#wanted.delete(key);
      }
      this.#schedule();
    };
  }

  /** Tells the server what is wanted, where that is news to it; after joining as well. */
  sync(): void {
    const { store, connection, events } = this.#context;
    if (store.get().connection.status !== 'joined') return;
    const keys = [...this.#wanted.keys()].sort();
    const wish = JSON.stringify(keys);
    if (wish === this.#told || (keys.length === 0 && this.#told === '')) return;
    this.#told = wish;
    store.update((state) => ({
      ...state,
      values: Object.fromEntries(Object.entries(state.values).filter(([key]) => this.#wanted.has(key))),
    }));
    connection()
      ?.request('listen-metadata-change', { keys })
      .catch((thrown: unknown) => {
        const error = toClientError(thrown, 'refused', 'watchValues');
        // Said again by the next `sync`: after a reconnect, or with the next wish.
        this.#told = '';
        if (!error.isTransient) events.emit('error', { error });
      });
  }

  /** After a reconnect: the server may be another process. */
  resync(): void {
    this.#told = '';
    this.sync();
  }

  /** One request for all that is asked in one go. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.sync();
    });
  }
}
