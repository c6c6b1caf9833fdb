import { type Clock, RateLimit } from '@amphi/base';
import { PublicError } from '@amphi/protocol';

/** Per address: five tries at once, then one every ten seconds. */
const PER_ADDRESS = { perSecond: 0.1, burst: 5 };
/** For all together: what the server's cores can hash, and a bound for guessing from many addresses. */
const TOTAL = { perSecond: 2, burst: 20 };
const MAX_ADDRESSES = 10_000;

/** Slows down those who guess passwords and codes. */
export class SignInLimits {
  readonly #clock: Clock;
  readonly #total: RateLimit;
  readonly #byAddress = new Map<string, RateLimit>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#total = new RateLimit({ ...TOTAL, now: clock.now() });
  }

  /** Counts a try. @throws PublicError 429 */
  check(address: string): void {
    const now = this.#clock.now();
    const limit = this.#byAddress.get(address) ?? new RateLimit({ ...PER_ADDRESS, now });
    // Taken out and put in again: the map is in the order of the last tries, and forgets the oldest.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, limit);
    if (this.#byAddress.size > MAX_ADDRESSES) {
      const [oldest] = this.#byAddress.keys();
      if (oldest !== undefined) this.#byAddress.delete(oldest);
    }
    if (limit.take(now) && this.#total.take(now)) return;
    throw new PublicError(429, 'too many sign-in attempts; wait a few seconds and try again');
  }
}
