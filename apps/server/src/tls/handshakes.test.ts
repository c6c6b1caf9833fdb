import { VirtualClock } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { trustOf } from '../http/proxies.ts';
import { Handshakes } from './handshakes.ts';

it('BUD33: one address begins so many TLS handshakes; others, and proxies that are trusted, do not meet its bound', () => {
  const clock = new VirtualClock();
  const rate = { perSecond: 1, burst: 2 };
  const handshakes = new Handshakes({ rate, trust: trustOf(['10.0.0.0/8']), clock });
  const begin = (address: string) => handshakes.mayBegin(address);
  expect([begin('192.0.2.1'), begin('::ffff:192.0.2.1'), begin('192.0.2.1')]).toEqual([true, true, false]);
  expect([begin('192.0.2.2'), begin('10.1.2.3'), begin('10.1.2.3'), begin('10.1.2.3')]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  clock.advance(1_000);
  expect([begin('192.0.2.1'), begin('192.0.2.1')]).toEqual([true, false]);
});
