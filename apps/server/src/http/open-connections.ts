import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, type Logger, type Millis, OpenCounts } from '@amphi/base';
import { addressKey } from '../budgets/address-key.ts';
import { isLoopback } from '../network/local-addresses.ts';
import type { Trust } from './proxies.ts';

/** How often it is told that connections are refused. */
const TELL_EVERY_MS: Millis = 60_000;

/** Whether a connection may stay; one that may not is to be destroyed. */
export type TakeConnection = (socket: Pick<Socket, 'remoteAddress' | 'once'>) => boolean;

/**
 * Bounds how many connections one address holds open, whatever they are for: each is a descriptor and some 20 kB, more with
 * TLS, and asks for no right at all.
 */
export class OpenConnections {
  readonly #counts: OpenCounts;
  readonly #trust: Trust;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #toldAt: Millis | undefined;

  /** @param options.trust proxies: they bring other people's connections, and have bounds of their own */
  constructor(options: {
    readonly max: number;
    readonly trust: Trust;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#counts = new OpenCounts({ name: 'connections of this address', max: options.max });
    this.#trust = options.trust;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Counts it until it closes. */
  readonly take: TakeConnection = (socket) => {
    // Without an address it is gone already.
    const { remoteAddress = '' } = socket;
    const key = addressKey(remoteAddress);
    if (this.#trust(remoteAddress, 0) || isLoopback(remoteAddress) || isLoopback(key)) return true;
    if (this.#counts.refusalOf(key)) {
      this.#tell(key);
      return false;
    }
    socket.once('close', this.#counts.open(key));
    return true;
  };

  #tell(address: string): void {
    const now = this.#clock.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#logger.warn(
      { address, open: this.#counts.countOf(address), remedy: 'Is it a proxy? Name it by trustProxy.' },
      'an address has more connections than limits.connectionsPerAddress',
    );
  }
}

/** Before Node's own listener makes anything of a connection. */
export function boundConnections(server: Server, take: TakeConnection): void {
  server.prependListener('connection', (socket: Socket) => {
    if (!take(socket)) socket.destroy();
  });
}
