import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Where strangers' words must not make this server call: itself, its network, and what clouds keep at fixed addresses
 * (IANA's registries of special-purpose addresses, RFC 6890).
 */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  // Unspecified, this machine, and IPv4 addresses in a form that is out of use (RFC 4291, 2.5.5.1).
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv6');
}

/** Whether an address is one of the open internet. IPv4 addresses that come mapped to IPv6 count as what they are. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address.split('%', 1)[0] ?? '';
  const version = isIP(plain);
  return version !== 0 && !PRIVATE.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a host of a URL is an address, and one that is not public. Names are judged when they are looked up. */
export function isRefusedAddress(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '');
  return isIP(plain) !== 0 && !isPublicAddress(plain);
}

export class PrivateAddressError extends Error {}

/**
 * A look-up for connections that gives public addresses only. It is asked by the connection itself, so that what was
 * judged is what is called: a name that answers differently the second time gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const found = addresses.filter(({ address }) => isPublicAddress(address));
    if (found.length === 0) return callback(new PrivateAddressError(`${hostname} is not a public address`), []);
    if (options.all) return callback(null, found);
    return callback(null, found[0]!.address, found[0]!.family);
  });
};
