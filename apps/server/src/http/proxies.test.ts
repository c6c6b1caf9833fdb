import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress, forwarded, trustOf } from './proxies.ts';

const request = (remoteAddress: string, headers: Record<string, string>): IncomingMessage =>
  ({ socket: { remoteAddress }, connection: { remoteAddress }, headers }) as unknown as IncomingMessage;

/** As a proxy sends it that appends the address it was asked by to what the client wrote. */
const appended = (claimed: string) => ({ 'x-forwarded-for': `${claimed}, 192.0.2.1` });

describe('BUD14: the client is', () => {
  it.each<[string, Parameters<typeof trustOf>[0]]>([
    ['a number of proxies', 1],
    ['an address', ['10.0.0.5']],
    ['a network', ['10.0.0.0/8', '::1']],
    ['private networks', ['uniquelocal']],
  ])('whom the proxy saw, whatever the client wrote: %s (M4)', (_what, setting) => {
    const trust = trustOf(setting);
    expect(clientAddress(request('10.0.0.5', appended('203.0.113.9')), trust)).toBe('192.0.2.1');
    expect(clientAddress(request('10.0.0.5', {}), trust)).toBe('10.0.0.5');
  });

  it('the other end of the connection by default, and where another machine claims to be a proxy', () => {
    for (const setting of [false, ['10.0.0.5']] as const) {
      const stranger = request('198.51.100.1', { ...appended('203.0.113.9'), 'x-forwarded-proto': 'https' });
      expect(clientAddress(stranger, trustOf(setting as false))).toBe('198.51.100.1');
      expect(forwarded(stranger, 'x-forwarded-proto', trustOf(setting as false))).toBeUndefined();
    }
  });

  it('seen through two proxies when there are two', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9, 192.0.2.1, 10.0.0.5' };
    expect(clientAddress(request('10.0.0.6', headers), trustOf(2))).toBe('192.0.2.1');
    expect(clientAddress(request('10.0.0.6', headers), trustOf(['10.0.0.0/8']))).toBe('192.0.2.1');
    expect(clientAddress(request('10.0.0.6', headers), trustOf(1))).toBe('10.0.0.5');
  });

  it('asked by the name that the proxy in front wrote last', () => {
    const headers = { 'x-forwarded-host': 'evil.example, live.example.org' };
    expect(forwarded(request('10.0.0.5', headers), 'x-forwarded-host', trustOf(1))).toBe('live.example.org');
  });
});
