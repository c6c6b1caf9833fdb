import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressKey } from './address-key.ts';

it('BUD7: IPv4 addresses count whole, also when they come mapped to IPv6', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(addressKey(address)).toBe(address);
      expect(addressKey(`::ffff:${address}`)).toBe(address);
      expect(addressKey(`::FFFF:${address}`)).toBe(address);
    }),
  );
});

it.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:0000::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
])('BUD7: IPv6 addresses count by /64: %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it('BUD7: all addresses of a /64 are one', () => {
  const groups = (length: number) => fc.array(fc.nat({ max: 0xffff }), { minLength: length, maxLength: length });
  const textOf = (all: number[]) => all.map((group) => group.toString(16)).join(':');
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (prefix, one, other) => {
      expect(addressKey(textOf([...prefix, ...one]))).toBe(addressKey(textOf([...prefix, ...other])));
    }),
  );
});

it('BUD7: what is no address counts as it is', () => {
  expect(addressKey('')).toBe('');
  expect(addressKey('::g')).toBe('::g');
});
