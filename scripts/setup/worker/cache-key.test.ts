import { expect, it } from 'vitest';
import { cacheKey, currentCacheKey, distributionOf } from './cache-key.mjs';

const inputs = {
  version: '3.19.3',
  platform: 'linux-x64',
  distribution: 'debian-12',
  flags: ['-O2', '-w'],
  recipe: ['compile', 'shim'],
  packages: new Map([
    ['libuv1-dev', '1.44.2'],
    ['libssl-dev', '3.0.22'],
  ]),
};

it('names the version and the system, then a digest of the rest', () => {
  expect(cacheKey(inputs)).toMatch(/^3\.19\.3-linux-x64-debian-12-[0-9a-f]{16}$/);
});

it('does not depend on the order in which packages are listed', () => {
  expect(cacheKey({ ...inputs, packages: new Map([...inputs.packages].reverse()) })).toBe(cacheKey(inputs));
});

it.each([
  ['version', { version: '3.19.4' }],
  ['platform', { platform: 'linux-arm64' }],
  ['distribution', { distribution: 'debian-13' }],
  ['flags', { flags: ['-O3', '-w'] }],
  ['joined flags', { flags: ['-O2-w'] }],
  ['recipe', { recipe: ['compile', 'other shim'] }],
  ['a library', { packages: new Map([...inputs.packages, ['libssl-dev', '3.0.23'] as const]) }],
])('changes with the %s', (_, change) => {
  expect(cacheKey({ ...inputs, ...change })).not.toBe(cacheKey(inputs));
});

it('is the same on the same machine', () => {
  expect(currentCacheKey('3.19.3', inputs.packages)).toBe(currentCacheKey('3.19.3', inputs.packages));
});

it.each([
  ['ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n', 'debian-12'],
  ['ID=debian\nVERSION_CODENAME=trixie\n', 'debian-trixie'],
  ["NAME=Arch\nID='arch'\n", 'arch-rolling'],
  ['', 'unknown-rolling'],
])('reads the distribution from %j', (text, expected) => {
  expect(distributionOf(text)).toBe(expected);
});
