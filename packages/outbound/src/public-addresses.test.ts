import { expect, it } from 'vitest';
import { isPublicAddress, isRefusedAddress, publicLookup } from './public-addresses.ts';

it.each([
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  'fec0::1',
  '::FFFF:10.0.0.1',
  'fe80::1%eth0',
  'fd00::1',
  'ff02::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'not an address',
])('API7, WH8: %s is not one of the open internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:4860:4860::8888'])('WH8: %s is one', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

it('API7, WH8: a name of this machine is looked up to nothing', async () => {
  const error = await new Promise((resolve) => publicLookup('localhost', {}, resolve));
  expect(String(error)).toContain('localhost is not a public address');
});

it.each([
  ['[::1]', true],
  ['10.0.0.1', true],
  ['8.8.8.8', false],
  ['localhost', false],
])('WH8: of a URL the host %s is refused before it is looked up: %s', (host, isRefused) => {
  expect(isRefusedAddress(host)).toBe(isRefused);
});
