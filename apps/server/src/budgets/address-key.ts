import { isIPv6 } from 'node:net';

/**
 * Who an address counts as. A household or a machine is given a whole IPv6 /64 (RFC 6177, 2; RFC 7421), so the rest of
 * the address is the client's to change; IPv4 addresses count whole, also when they come mapped (RFC 4291, 2.5.5.2).
 * @param address of a connection that is gone already there is none, whatever the types of Node and Fastify say
 */
export function addressKey(address: string | undefined): string {
  if (!address?.includes(':')) return address ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // A zone says by which interface a link-local address is reached, and nothing about whose it is.
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.split('::', 2);
  const groups = groupsOf(head);
  if (tail !== undefined) {
    const after = groupsOf(tail);
    const zeros = 8 - groups.length - after.length - (tail.includes('.') ? 1 : 0);
    groups.push(...Array.from({ length: zeros }, () => '0'), ...after);
  }
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
