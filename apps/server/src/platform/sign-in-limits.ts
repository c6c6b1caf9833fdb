import { Buckets, type Charge, type Clock, charge } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import { overBudget } from '../budgets/over-budget.ts';
import type { Limits } from '../settings/limits.ts';

const MAX_REMEMBERED = 1_000;
const ALL = '';

/**
 * Slows down those who guess passwords and codes. Each address has few wrong tries. All together have a bound for wrong
 * ones as well, as each costs a hash; it must not become a way to keep the owner out, so it holds neither for one-time links,
 * which nobody can guess, nor for addresses that have signed in before.
 */
export class SignInLimits {
  readonly #clock: Clock;
  readonly #byAddress: Buckets;
  readonly #failures: Buckets;
  /** Addresses that have signed in, in the order of the last time. */
  readonly #welcome = new Set<string>();

  constructor(options: { readonly limits: Limits; readonly clock: Clock }) {
    this.#clock = options.clock;
    this.#byAddress = new Buckets({
      name: 'attempts to sign in from this address',
      rate: options.limits.signInsPerAddress,
    });
    this.#failures = new Buckets({ name: 'failed attempts to sign in', rate: options.limits.failedSignIns });
  }

  /**
   * Tries a password or a link.
   * @param from whom it counts for (`addressKey`)
   * @param check throws a PublicError when it is wrong
   * @throws PublicError 429, before anything is checked
   */
  async attempt<T>(from: string, by: 'password' | 'link', check: () => Promise<T>): Promise<T> {
    const charges: Charge[] = [{ limit: this.#byAddress, key: from }];
    const countsForAll = by === 'password' && !this.#welcome.has(from);
    // Before it is known to fail: those that are being checked at the same time cost as much.
    if (countsForAll) charges.push({ limit: this.#failures, key: ALL });
    const refusal = charge(charges, this.#clock.now());
    if (refusal) throw overBudget(refusal);
    let isWrong = false;
    try {
      const result = await check();
      this.#remember(from);
      return result;
    } catch (error) {
      isWrong = error instanceof PublicError;
      throw error;
    } finally {
      if (!isWrong) this.#giveBack(from, countsForAll);
    }
  }

  #giveBack(from: string, countedForAll: boolean): void {
    const now = this.#clock.now();
    this.#byAddress.giveBack(from, now);
    if (countedForAll) this.#failures.giveBack(ALL, now);
  }

  #remember(from: string): void {
    this.#welcome.delete(from);
    this.#welcome.add(from);
    if (this.#welcome.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#welcome;
    if (oldest !== undefined) this.#welcome.delete(oldest);
  }
}
