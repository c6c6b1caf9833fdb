import { Buckets, type Clock, type Rate } from '@amphi/base';
import type { Limits } from '../settings/limits.ts';
import { HeldBack } from './held-back.ts';
import { overBudget } from './over-budget.ts';

const MAX_REMEMBERED = 10_000;

/**
 * Bounds what one address may try that turns out wrong. What was right lately is never refused, and costs nothing: in a
 * school behind one address, one who guesses keeps nobody out who holds a link that works.
 */
export class Guesses {
  readonly #clock: Clock;
  readonly #wrong: Buckets;
  readonly #heldBack: HeldBack;
  /** What was right, in the order of its last use. */
  readonly #right = new Set<string>();

  constructor(options: {
    readonly name: string;
    readonly rate: Rate;
    readonly heldBack: HeldBack;
    readonly clock: Clock;
  }) {
    this.#clock = options.clock;
    this.#wrong = new Buckets({ name: options.name, rate: options.rate });
    this.#heldBack = options.heldBack;
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
    await this.#heldBack.hold(from);
    throw overBudget({ limit: this.#wrong.name, retryAfterMs });
  }
}

/** What strangers can try at the doors. */
export interface DoorGuesses {
  readonly codes: Guesses;
  readonly tokens: Guesses;
  readonly streamKeys: Guesses;
  /** Of the same doors, for what else is refused there. */
  readonly heldBack: HeldBack;
}

export function createDoorGuesses({ limits, clock }: { readonly limits: Limits; readonly clock: Clock }): DoorGuesses {
  const heldBack = new HeldBack({ delayMs: limits.refusalDelayMs, clock });
  const ofAddress = (what: string, rate: Rate): Guesses =>
    new Guesses({ name: `${what} from this address`, rate, heldBack, clock });
  return {
    codes: ofAddress('wrong room codes', limits.wrongCodesPerAddress),
    tokens: ofAddress('wrong tokens', limits.wrongTokensPerAddress),
    streamKeys: ofAddress('wrong stream keys', limits.wrongCodesPerAddress),
    heldBack,
  };
}
