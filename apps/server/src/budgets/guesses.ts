import { Buckets, type Clock, type Millis, OpenCounts, openAll, type Rate } from '@amphi/base';
import type { Limits } from '../settings/limits.ts';
import { overBudget } from './over-budget.ts';

const MAX_REMEMBERED = 10_000;
/** Refusals of one address, and of all, that are held back at a time; each holds its request or socket. */
const MAX_HELD_BACK = 200;
const MAX_HELD_BACK_OF_ALL = 2_000;

/**
 * Bounds what one address may try that turns out wrong. What was right lately is never refused, and costs nothing: in a
 * school behind one address, one who guesses keeps nobody out who holds a link that works.
 */
export class Guesses {
  readonly #clock: Clock;
  readonly #refusalDelayMs: Millis;
  readonly #wrong: Buckets;
  readonly #heldBack: OpenCounts;
  readonly #heldBackOfAll: OpenCounts;
  /** What was right, in the order of its last use. */
  readonly #right = new Set<string>();

  constructor(options: {
    readonly name: string;
    readonly rate: Rate;
    /** A refusal is held back for so long: who tries one after the other becomes as slow as that, and costs as little. */
    readonly refusalDelayMs: Millis;
    readonly clock: Clock;
  }) {
    this.#clock = options.clock;
    this.#refusalDelayMs = options.refusalDelayMs;
    this.#wrong = new Buckets({ name: options.name, rate: options.rate });
    this.#heldBack = new OpenCounts({ name: options.name, max: MAX_HELD_BACK });
    this.#heldBackOfAll = new OpenCounts({ name: options.name, max: MAX_HELD_BACK_OF_ALL });
  }

  /**
   * Looks up what `from` shows. What is not found counts.
   * @param from whom it counts for (`addressKey`)
   * @throws PublicError 429, before anything is looked up
   */
  async lookUp<T>(from: string, secret: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.#right.has(secret)) await this.#check(from);
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
  async count(from: string): Promise<void> {
    await this.#check(from);
    this.#wrong.spend(from, this.#clock.now());
  }

  async #check(from: string): Promise<void> {
    const retryAfterMs = this.#wrong.waitMs(from, this.#clock.now());
    if (retryAfterMs <= 0) return;
    await this.#holdBack(from);
    throw overBudget({ limit: this.#wrong.name, retryAfterMs });
  }

  async #holdBack(from: string): Promise<void> {
    if (this.#refusalDelayMs === 0) return;
    const held = openAll([
      { counts: this.#heldBack, key: from },
      { counts: this.#heldBackOfAll, key: 'all' },
    ]);
    if (typeof held !== 'function') return;
    await new Promise<void>((resolve) => this.#clock.after(this.#refusalDelayMs, resolve));
    held();
  }
}

/** What strangers can try at the doors. */
export interface DoorGuesses {
  readonly codes: Guesses;
  readonly tokens: Guesses;
}

export function createDoorGuesses({ limits, clock }: { readonly limits: Limits; readonly clock: Clock }): DoorGuesses {
  const ofAddress = (what: string, rate: Rate): Guesses =>
    new Guesses({ name: `${what} from this address`, rate, refusalDelayMs: limits.refusalDelayMs, clock });
  return {
    codes: ofAddress('wrong room codes', limits.wrongCodesPerAddress),
    tokens: ofAddress('wrong tokens', limits.wrongTokensPerAddress),
  };
}
