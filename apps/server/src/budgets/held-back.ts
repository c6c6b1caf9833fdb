import { type Clock, type Millis, OpenCounts, openAll } from '@amphi/base';

/** Refusals of one address, and of all, that are held back at a time; each holds its request or socket. */
const MAX_OF_ADDRESS = 200;
const MAX_OF_ALL = 2_000;

/**
 * Refusals at the doors that are told late: who tries one after the other becomes as slow as that, and costs as little. Of
 * those that come in parallel a bounded number waits, the rest is refused at once.
 */
export class HeldBack {
  readonly #delayMs: Millis;
  readonly #clock: Clock;
  readonly #ofAddress = new OpenCounts({ name: 'refusals of this address', max: MAX_OF_ADDRESS });
  readonly #ofAll = new OpenCounts({ name: 'refusals', max: MAX_OF_ALL });

  constructor({ delayMs, clock }: { readonly delayMs: Millis; readonly clock: Clock }) {
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  /**
   * Resolves when the refusal may be told.
   * @param from whom it counts for (`addressKey`)
   */
  async hold(from: string): Promise<void> {
    if (this.#delayMs === 0) return;
    const release = openAll([
      { counts: this.#ofAddress, key: from },
      { counts: this.#ofAll, key: 'all' },
    ]);
    if (typeof release !== 'function') return;
    await new Promise<void>((resolve) => this.#clock.after(this.#delayMs, resolve));
    release();
  }
}
