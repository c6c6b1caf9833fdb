import type { NetworkInterfaceInfo } from 'node:os';
import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, type Interfaces, listenHost, networkAddresses, reachOf } from './local-addresses.ts';
import { MediaAddresses, type Resolve } from './media-addresses.ts';

const info = (address: string): NetworkInterfaceInfo =>
  ({
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    internal: /^(127\.|::1$)/.test(address),
  }) as NetworkInterfaceInfo;

const machine: Interfaces = {
  lo: [info('127.0.0.1'), info('::1')],
  docker0: [info('172.17.0.1')],
  eth0: [info('192.168.1.10'), info('fe80::1'), info('2001:db8::10')],
  eth1: [info('10.0.0.10')],
};
const withoutIpv6: Interfaces = { lo: [info('127.0.0.1')], eth0: [info('192.168.1.10')] };

async function plan(
  rtc: { addresses?: string[]; announcedAddresses?: string[] },
  options: { interfaces?: Interfaces; resolve?: Resolve; clock?: VirtualClock } = {},
) {
  const media = await MediaAddresses.create({
    rtc,
    interfaces: machine,
    clock: new VirtualClock(0),
    logger: silentLogger,
    ...options,
  });
  const told = () => Object.fromEntries(media.listen.map(({ ip, announced }) => [ip, announced?.()]));
  return { media, told };
}

describe('media addresses', () => {
  it.each([
    [
      'nothing set: the first of each family',
      {},
      { '192.168.1.10': ['192.168.1.10'], '2001:db8::10': ['2001:db8::10'] },
    ],
    [
      'chosen addresses',
      { addresses: ['10.0.0.10', '127.0.0.1'] },
      { '10.0.0.10': ['10.0.0.10'], '127.0.0.1': ['127.0.0.1'] },
    ],
    ['all addresses of a family', { addresses: ['0.0.0.0'] }, { '0.0.0.0': ['192.168.1.10'] }],
    [
      'the outside of a NAT in place of the inside',
      { announcedAddresses: ['203.0.113.5'] },
      { '192.168.1.10': ['203.0.113.5'] },
    ],
    [
      'both sides of a NAT, and IPv6, in the order given',
      { announcedAddresses: ['203.0.113.5', '192.168.1.10', '2001:DB8:0::10'] },
      { '192.168.1.10': ['203.0.113.5', '192.168.1.10'], '2001:db8::10': ['2001:db8::10'] },
    ],
    [
      'two networks: an own address goes with its own socket',
      { addresses: ['10.0.0.10', '192.168.1.10'], announcedAddresses: ['203.0.113.5', '192.168.1.10'] },
      { '10.0.0.10': ['203.0.113.5'], '192.168.1.10': ['192.168.1.10'] },
    ],
    [
      'a NAT before all addresses',
      { addresses: ['0.0.0.0', '::'], announcedAddresses: ['203.0.113.5'] },
      { '0.0.0.0': ['203.0.113.5'] },
    ],
  ])('%s (ADDR1)', async (_what, rtc, expected) => {
    expect((await plan(rtc)).told()).toEqual(expected);
  });

  it.each([
    [
      { addresses: ['203.0.113.5'] },
      machine,
      /no address 203\.0\.113\.5; it has .*192\.168\.1\.10.*announcedAddresses/s,
    ],
    [{ announcedAddresses: ['2001:db8::5'] }, withoutIpv6, /2001:db8::5 is IPv6, but .* 192\.168\.1\.10 only/],
    [{ addresses: ['::'] }, withoutIpv6, /no address on a network to tell for ::/],
  ])('that cannot work are refused with what to do: %o (ADDR2)', async (rtc, interfaces, message) => {
    await expect(plan(rtc, { interfaces })).rejects.toThrow(message);
  });

  it('host names are looked up, followed when they move, and kept when the name server is away (ADDR3)', async () => {
    const clock = new VirtualClock(0);
    let answer: readonly string[] | Error = new Error('no network yet');
    const resolve: Resolve = async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const aMinute = async (): Promise<void> => {
      clock.advance(60_000);
      await new Promise(setImmediate);
    };
    const { media, told } = await plan({ announcedAddresses: ['live.example.org'] }, { resolve, clock });
    // Better the inside than nothing.
    expect(media.announced).toEqual(['192.168.1.10', '2001:db8::10']);
    answer = ['203.0.113.5', '2001:db8:0::7'];
    await aMinute();
    expect(told()).toEqual({ '192.168.1.10': ['203.0.113.5'], '2001:db8::10': ['2001:db8::7'] });
    answer = new Error('away');
    await aMinute();
    expect(media.announced).toEqual(['203.0.113.5', '2001:db8::7']);
    answer = ['203.0.113.99'];
    await aMinute();
    expect(told()).toEqual({ '192.168.1.10': ['203.0.113.99'], '2001:db8::10': [] });
    media.close();
    await media.closed;
  });

  it('a machine without network, and one without IPv6', () => {
    expect(networkAddresses({ lo: machine.lo })).toEqual(['127.0.0.1']);
    expect(networkAddresses({ ...machine, eth0: undefined })).toEqual(['10.0.0.10']);
    expect(listenHost('::', withoutIpv6)).toBe('0.0.0.0');
    expect(listenHost('::', machine)).toBe('::');
    expect(listenHost('192.168.1.10', withoutIpv6)).toBe('192.168.1.10');
  });

  it.each([
    ['127.0.0.1', 'this machine'],
    ['::1', 'this machine'],
    ['10.1.2.3', 'its network'],
    ['172.31.0.1', 'its network'],
    ['172.32.0.1', 'everywhere'],
    ['100.64.0.1', 'its network'],
    ['100.128.0.1', 'everywhere'],
    ['192.168.0.1', 'its network'],
    ['169.254.1.1', 'its network'],
    ['fd00::2', 'its network'],
    ['203.0.113.5', 'everywhere'],
    ['2001:db8::1', 'everywhere'],
  ])('%s is reached from %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  it('have one notation', () => {
    expect(canonicalAddress('2001:0DB8:0:0::1')).toBe('2001:db8::1');
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
    expect(canonicalAddress('192.0.2.1')).toBe('192.0.2.1');
  });
});
