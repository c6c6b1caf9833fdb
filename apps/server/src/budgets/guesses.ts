import { Buckets, type Clock, type Rate } from '@amphi/base';
import type { Limits } from '../settings/limits.ts';
import { overBudget } from './over-budget.ts';

const MAX_REMEMBERED = 10_000;

/**
 * Bounds what one address may try that turns out wrong. What was right lately is never refused, and costs nothing: in a
 * school behind one address, one who guesses keeps nobody out who holds a link that works.
 */
export class Guesses {
  readonly #clock: Clock;
  readonly #wrong: Buckets;
  /** What was right, in the order of its last use. */
  readonly #right = new Set<string>();

  constructor(options: { readonly name: string; readonly rate: Rate; readonly clock: Clock }) {
    this.#clock = options.clock;
    this.#wrong = new Buckets({ name: options.name, rate: options.rate });
  }

  /**
   * Looks up what `from` shows. What is not found counts.
   * @param from whom it counts for (`addressKey`)
   * @throws PublicError 429, before anything is looked up
   */
  async lookUp<T>(from: string, secret: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.#right.has(secret)) this.#check(from);
    const found = await find();
    this.#right.delete(secret);
    if (found === undefined) {
      this.#wrong.spend(from, this.#clock.now());
    } else {
      this.#right.add(secret);
      if (this.#right.size > MAX_REMEMBERED) {
        const [oldest] = this.#right;
        if (oldest !== undefined) this.#right.delete(oldest);
      }
    }
    return found;
  }

  /** Counts what was found wrong without a look-up. @throws PublicError 429 in place of the reason, when it is too much */
  count(from: string): void {
    this.#check(from);
    this.#wrong.spend(from, this.#clock.now());
  }

  #check(from: string): void {
    const retryAfterMs = this.#wrong.waitMs(from, this.#clock.now());
    if (retryAfterMs > 0) throw overBudget({ limit: this.#wrong.name, retryAfterMs });
  }
}

/** What strangers can try at the doors. */
export interface DoorGuesses {
  readonly codes: Guesses;
  readonly tokens: Guesses;
}

export function createDoorGuesses({ limits, clock }: { readonly limits: Limits; readonly clock: Clock }): DoorGuesses {
  return {
    codes: new Guesses({ name: 'wrong room codes from this address', rate: limits.wrongCodesPerAddress, clock }),
    tokens: new Guesses({ name: 'wrong tokens from this address', rate: limits.wrongTokensPerAddress, clock }),
  };
}
