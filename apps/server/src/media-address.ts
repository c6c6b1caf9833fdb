import type { SfuOptions } from '@amphi/sfu';
import { rtcAddresses, type Settings, sfuWorkers } from './settings.ts';

/**
 * Where the SFU listens and what it tells browsers. With several addresses it listens on all of the machine's and tells
 * the first that other machines can reach.
 */
export function sfuAddresses(
  settings: Settings,
): Pick<SfuOptions, 'workers' | 'listenIp' | 'announcedAddress' | 'udpPort' | 'tcpPort'> {
  const addresses = rtcAddresses(settings);
  const reachable = addresses.find((address) => !isLoopback(address)) ?? addresses[0]!;
  const single = addresses.length === 1;
  const announced = settings.rtc.announcedAddress ?? (single ? undefined : reachable);
  return {
    workers: sfuWorkers(settings),
    listenIp: single ? reachable : ANY,
    ...(announced === undefined ? {} : { announcedAddress: announced }),
    udpPort: settings.rtc.udpPort,
    tcpPort: settings.rtc.tcpPort,
  };
}

/** What browsers are told. */
export function announcedAddresses(settings: Settings): readonly string[] {
  const { announcedAddress, listenIp } = sfuAddresses(settings);
  return [announcedAddress ?? listenIp];
}

const ANY = '0.0.0.0';

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
