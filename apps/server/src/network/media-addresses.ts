import { lookup } from 'node:dns/promises';
import {
  type Clock,
  type Closable,
  type CloseReason,
  CodedError,
  type Logger,
  logFaults,
  type Millis,
  messageOf,
  Scope,
  silentLogger,
} from '@amphi/base';
import type { ListenAddress } from '@amphi/sfu';
import type { Settings } from '../settings.ts';
import {
  canonicalAddress,
  familyOf,
  type Interfaces,
  isAnyAddress,
  networkAddresses,
  ownAddresses,
} from './local-addresses.ts';

export type MediaAddressErrorCode = 'no_such_address' | 'no_family';

/** How often host names are looked up again: a home line gets another address at any time. */
const LOOKUP_EVERY_MS: Millis = 60_000;

/** @returns all addresses of a name */
export type Resolve = (name: string) => Promise<readonly string[]>;

const resolveByDns: Resolve = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * Where media are received and what browsers are told. `rtc.announcedAddresses` stand in place of the local ones: one that is
 * a local one for its own socket, any other (the outside of a NAT) for the first socket of its family. Host names are looked up
 * here, again and again, since Firefox takes addresses only.
 */
export class MediaAddresses implements Closable {
  /** For the SFU. */
  readonly listen: readonly ListenAddress[];
  readonly #names = new Map<string, readonly string[]>();
  readonly #wanted: readonly string[];
  readonly #local: readonly string[];
  readonly #resolve: Resolve;
  readonly #logger: Logger;
  readonly #scope: Scope;

  /**
   * Looks names up once before it returns.
   * @throws CodedError when an address cannot be listened on, or told
   */
  static async create(options: {
    readonly rtc: Pick<Settings['rtc'], 'addresses' | 'announcedAddresses'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly interfaces?: Interfaces;
    readonly resolve?: Resolve;
  }): Promise<MediaAddresses> {
    const made = new MediaAddresses(options);
    await made.#lookUp();
    return made;
  }

  private constructor(options: Parameters<typeof MediaAddresses.create>[0]) {
    const { rtc, interfaces, clock } = options;
    const own = ownAddresses(interfaces);
    const local = (rtc.addresses ?? networkAddresses(interfaces)).map(canonicalAddress);
    const missing = local.find((address) => !isAnyAddress(address) && !own.includes(address));
    if (missing !== undefined) {
      throw new CodedError<MediaAddressErrorCode>(
        'no_such_address',
        `rtc.addresses: this machine has no address ${missing}; it has ${own.join(', ')}.\n` +
          'The address outside of a NAT belongs into rtc.announcedAddresses.',
      );
    }
    this.#wanted = (rtc.announcedAddresses ?? local.flatMap((address) => toldFor(address, interfaces))).map(
      canonicalAddress,
    );
    if (this.#wanted.length === 0) {
      throw new CodedError<MediaAddressErrorCode>(
        'no_such_address',
        `rtc.addresses: this machine has no address on a network to tell for ${local.join(', ')}; set rtc.announcedAddresses.`,
      );
    }
    this.#local = local;
    this.#resolve = options.resolve ?? resolveByDns;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock, onTimerError: logFaults(options.logger, 'a look-up of media addresses failed') });
    for (const address of this.#wanted) this.#assertHasSocket(address);
    const isNamed = this.#wanted.some((address) => familyOf(address) === undefined);
    // A socket that no address is told for would never be reached; a name may come to have an address of either family.
    const told = local.filter((ip) => isNamed || this.#wanted.some((address) => this.#socketOf(address) === ip));
    this.listen = told.map((ip) => ({ ip, announced: () => this.#announcedFor(ip) }));
    if (isNamed) this.#scope.every(LOOKUP_EVERY_MS, () => void this.#lookUp());
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** What browsers are told at present, in the order of preference. */
  get announced(): readonly string[] {
    const known = this.#wanted.flatMap((address) => this.#names.get(address) ?? (familyOf(address) ? [address] : []));
    const usable = known.filter((address) => this.#socketOf(address) !== undefined);
    // Better the local ones than none at all, while a name has no address.
    return [...new Set(usable.length > 0 ? usable : this.#local.filter((address) => !isAnyAddress(address)))];
  }

  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #announcedFor(ip: string): readonly string[] {
    return this.announced.filter((address) => this.#socketOf(address) === ip);
  }

  #socketOf(address: string): string | undefined {
    if (this.#local.includes(address)) return address;
    return this.#local.find((ip) => familyOf(ip) === familyOf(address));
  }

  #assertHasSocket(address: string): void {
    const family = familyOf(address);
    if (family === undefined || this.#socketOf(address) !== undefined) return;
    throw new CodedError<MediaAddressErrorCode>(
      'no_family',
      `rtc.announcedAddresses: ${address} is IPv${family}, but media are received on ${this.#local.join(', ')} only.\n` +
        `Add an IPv${family} address of this machine to rtc.addresses, or leave ${address} out.`,
    );
  }

  async #lookUp(): Promise<void> {
    const names = this.#wanted.filter((address) => familyOf(address) === undefined);
    await Promise.all(
      names.map(async (name) => {
        const before = this.#names.get(name);
        try {
          const addresses = (await this.#resolve(name)).map(canonicalAddress);
          this.#names.set(name, addresses);
          if (before?.join() !== addresses.join()) this.#logger.info({ name, addresses }, 'media are announced at');
        } catch (error) {
          // What was known stays: a name server that is away does not move the machine.
          const remedy = 'Check the name in rtc.announcedAddresses, and its DNS entry.';
          this.#logger.warn(
            { name, error: messageOf(error), known: before ?? [], remedy },
            'a name could not be looked up',
          );
        }
      }),
    );
  }
}

/**
 * What a server with these settings would listen on and tell at present: for those who look from outside.
 * @returns nothing when the settings cannot work on this machine
 */
export async function currentMediaAddresses(
  options: Pick<Parameters<typeof MediaAddresses.create>[0], 'rtc' | 'clock'>,
): Promise<{ readonly listen: readonly string[]; readonly announced: readonly string[] }> {
  try {
    const media = await MediaAddresses.create({ ...options, logger: silentLogger });
    media.close();
    return { listen: media.listen.map(({ ip }) => ip), announced: media.announced };
  } catch {
    return { listen: [], announced: [] };
  }
}

/** Of a socket on all addresses: the machine's address on a network. */
function toldFor(address: string, interfaces: Interfaces | undefined): readonly string[] {
  if (!isAnyAddress(address)) return [address];
  return networkAddresses(interfaces).filter((one) => familyOf(one) === familyOf(address));
}
