import { isIP, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** By interface, as the operating system tells. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Networks inside the machine, which other machines do not reach. */
const VIRTUAL_INTERFACE = /^(docker|br-|veth|virbr|vmnet|lxc|cni)/;

/** Of one interface only, useless without its name (RFC 4291, 2.5.6). */
const LINK_LOCAL = /^fe[89ab]/i;

/** The first address of each family on a network, IPv4 before IPv6; 127.0.0.1 on a machine without network. */
export function networkAddresses(interfaces: Interfaces = networkInterfaces()): readonly string[] {
  const found = allNetworkAddresses(interfaces);
  const firstOf = (family: 4 | 6): string[] => found.filter((address) => isIP(address) === family).slice(0, 1);
  const addresses = [...firstOf(4), ...firstOf(6)];
  return addresses.length > 0 ? addresses : ['127.0.0.1'];
}

/** All addresses by which other machines can reach this one, IPv4 before IPv6. */
export function allNetworkAddresses(interfaces: Interfaces = networkInterfaces()): readonly string[] {
  const found = Object.entries(interfaces)
    .filter(([name]) => !VIRTUAL_INTERFACE.test(name))
    .flatMap(([, infos]) => infos ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address));
  return found.map(addressOf).sort((a, b) => isIP(a) - isIP(b));
}

/** All addresses of this machine. */
export function ownAddresses(interfaces: Interfaces = networkInterfaces()): readonly string[] {
  return Object.values(interfaces).flatMap((infos) => (infos ?? []).map(addressOf));
}

/** `::` takes IPv4, too, but is not there on a machine without IPv6. */
export function listenHost(host: string, interfaces?: Interfaces): string {
  return host === '::' && !hasIpv6(interfaces) ? '0.0.0.0' : host;
}

/** Whether sockets can be bound to IPv6 here. */
function hasIpv6(interfaces: Interfaces = networkInterfaces()): boolean {
  return ownAddresses(interfaces).some(isIPv6);
}

function addressOf({ address }: NetworkInterfaceInfo): string {
  return canonicalAddress(address);
}

/** IPv6 addresses have many notations (RFC 5952); other text stays as it is. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1) : address;
}

export function isAnyAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

export type Reach = 'this machine' | 'its network' | 'everywhere';

/** Ranges that are routed inside one network only: RFC 1918, RFC 6598 (carriers' NAT), RFC 3927, RFC 4193. */
const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

/** From where an address can be reached by its kind. */
export function reachOf(address: string): Reach {
  if (isLoopback(address)) return 'this machine';
  return PRIVATE.test(address) ? 'its network' : 'everywhere';
}

export function familyOf(address: string): 4 | 6 | undefined {
  const family = isIP(address);
  return family === 4 || family === 6 ? family : undefined;
}
