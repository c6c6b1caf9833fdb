import type { Millis } from './units.ts';

/** How fast something may be spent: `perSecond` in the long run, `burst` at once. In messages, bytes, tries. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Far below what anything costs, far above the errors of adding up refills. */
const ROUNDING = 1e-6;

/**
 * A token bucket. It starts full. What costs more than a whole `burst` needs a full bucket and leaves it in debt, so
 * that there is a time at which it would be allowed. A clock that is set back stops the refill for nobody.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #at: Millis;

  constructor(rate: Rate, now: Millis) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#at = now;
  }

  /** Spends `cost` when it is there. */
  take(now: Millis, cost = 1): boolean {
    if (this.waitMs(now, cost) > 0) return false;
    this.spend(now, cost);
    return true;
  }

  /** How long until `cost` is there, when nothing else is taken; 0 when it is there. */
  waitMs(now: Millis, cost = 1): Millis {
    this.#refill(now);
    const missing = Math.min(cost, this.#rate.burst) - this.#level;
    return missing > ROUNDING ? Math.ceil((missing / this.#rate.perSecond) * 1000) : 0;
  }

  /** Spends without a question, into debt if need be: for what is known only once it has happened. */
  spend(now: Millis, cost = 1): void {
    this.#refill(now);
    this.#level -= cost;
  }

  /** Undoes a `spend` that turned out not to count. */
  giveBack(now: Millis, cost = 1): void {
    this.#refill(now);
    this.#level = Math.min(this.#rate.burst, this.#level + cost);
  }

  /** What is missing to a full bucket; never below 0. */
  missing(now: Millis): number {
    this.#refill(now);
    return this.#rate.burst - this.#level;
  }

  #refill(now: Millis): void {
    const { perSecond, burst } = this.#rate;
    if (now > this.#at) this.#level = Math.min(burst, this.#level + ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
  }
}
