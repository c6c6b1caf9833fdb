import type { Clock, Millis } from '@amphi/base';

interface Entry<T> {
  readonly value: Promise<T | undefined>;
  readonly until: Millis;
}

/**
 * What was read from the database, for some seconds. An entry is put in when its read *begins*: who asks meanwhile waits
 * for the same read, and a `clear` after a write takes out the reads that began before it, so that none of them can fill
 * the cache with what was true before.
 */
export class ReadCache<T> {
  readonly #clock: Clock;
  readonly #keepMs: Millis;
  readonly #maxEntries: number;
  readonly #remembersMissing: boolean;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: {
    readonly clock: Clock;
    readonly keepMs: Millis;
    /** Beyond it the oldest go. */
    readonly maxEntries: number;
    /** Remembers also that something is not there. */
    readonly remembersMissing?: boolean;
  }) {
    this.#clock = options.clock;
    this.#keepMs = options.keepMs;
    this.#maxEntries = options.maxEntries;
    this.#remembersMissing = options.remembersMissing ?? false;
  }

  /** What is remembered, else what `read` finds. */
  get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.peek(key);
    if (known) return known;
    const reading = read();
    this.put(key, reading);
    return reading;
  }

  /** Undefined when nothing is known: neither what is there, nor that nothing is. */
  peek(key: string): Promise<T | undefined> | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#clock.now() < entry.until ? entry.value : undefined;
  }

  /** Remembers what a read that begins now will find. A read that fails is forgotten. */
  put(key: string, value: Promise<T | undefined>): void {
    const entry: Entry<T> = { value, until: this.#clock.now() + this.#keepMs };
    // Taken out and put in again: the map is in the order of the reads.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    const forget = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    // Whoever reads hears of a failure by the read itself.
    value.then((found) => {
      if (found === undefined && !this.#remembersMissing) forget();
    }, forget);
  }

  clear(): void {
    this.#entries.clear();
  }
}
