import { Buckets, type Clock, type Rate } from '@amphi/base';
import { addressKey } from '../budgets/address-key.ts';
import type { Trust } from '../http/proxies.ts';

/**
 * Bounds the TLS handshakes of one address: each is a signature, some 0.1 to 1 ms of a core, and asks for no right at all.
 * A proxy in front that hands TLS on brings everybody's; one that `trustProxy` names is not counted.
 */
export class Handshakes {
  readonly #buckets: Buckets;
  readonly #trust: Trust;
  readonly #clock: Clock;

  constructor(options: { readonly rate: Rate; readonly trust: Trust; readonly clock: Clock }) {
    this.#buckets = new Buckets({ name: 'TLS handshakes of this address', rate: options.rate });
    this.#trust = options.trust;
    this.#clock = options.clock;
  }

  /** Counts one that is allowed. */
  mayBegin(remoteAddress: string): boolean {
    if (this.#trust(remoteAddress, 0)) return true;
    const [key, now] = [addressKey(remoteAddress), this.#clock.now()];
    if (this.#buckets.waitMs(key, now) > 0) return false;
    this.#buckets.spend(key, now);
    return true;
  }
}
