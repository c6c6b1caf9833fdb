import { Buckets, type Clock, charge } from '@amphi/base';
import { overBudget } from '../budgets/over-budget.ts';

/** Per address: five tries at once, then one every ten seconds. */
const PER_ADDRESS = { perSecond: 0.1, burst: 5 };
/** For all together: what the server's cores can hash, and a bound for guessing from many addresses. */
const TOTAL = { perSecond: 2, burst: 20 };

/** Slows down those who guess passwords and codes. */
export class SignInLimits {
  readonly #clock: Clock;
  readonly #byAddress = new Buckets({ name: 'sign-in attempts of this address', rate: PER_ADDRESS });
  readonly #total = new Buckets({ name: 'sign-in attempts of all', rate: TOTAL });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a try. @throws PublicError 429 */
  check(address: string): void {
    const charges = [
      { limit: this.#byAddress, key: address },
      { limit: this.#total, key: '' },
    ];
    const refusal = charge(charges, this.#clock.now());
    if (refusal) throw overBudget(refusal);
  }
}
