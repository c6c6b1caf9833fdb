/** Names that senders give to simulcast layers, lowest first. */
const KNOWN_ORDERS: readonly (readonly string[])[] = [
  ['q', 'h', 'f'],
  ['l', 'm', 'h'],
  ['low', 'medium', 'high'],
  ['r0', 'r1', 'r2'],
];

/**
 * Puts the rids of `a=simulcast:send` in order from the smallest picture to the largest. The SDP does not say which is
 * which (RFC 8853, 5.2 gives an order of preference at most): the genuine client writes `f;h;q`, others `l;m;h`.
 * Names of no known family keep their order.
 */
export function lowestFirst(rids: readonly string[]): readonly string[] {
  const order = KNOWN_ORDERS.find((names) => rids.every((rid) => names.includes(rid)));
  return order ? [...rids].sort((a, b) => order.indexOf(a) - order.indexOf(b)) : rids;
}
