import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { isAnyAddress, listenHost } from '../../network/local-addresses.ts';
import { currentMediaAddresses } from '../../network/media-addresses.ts';
import { redirectPortOf } from '../../settings/tls.ts';
import { sfuWorkers } from '../../settings.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import { isBelow, type Owner, ownerOfPort, type Protocol } from '../port-owner.ts';

interface PortUse {
  readonly protocol: Protocol;
  readonly port: number;
  readonly address: string;
  /** The setting that says so. */
  readonly setting: string;
  readonly state:
    | { readonly is: 'free' | 'ours' | 'forbidden' | 'no such address' }
    /** No owner: of another account, whose processes this one may not see. */
    | { readonly is: 'taken'; readonly by: Owner | undefined };
}

export const portsCheck: Check = {
  id: 'ports',
  title: 'Ports',
  timeoutMs: 10_000,
  async run({ settings, clock, serverPid }) {
    const { rtc, rtmp, port, host } = settings;
    const wanted: Omit<PortUse, 'state'>[] = [];
    if (port !== 0) wanted.push({ protocol: 'tcp', port, address: listenHost(host), setting: 'port' });
    const redirectPort = redirectPortOf(settings);
    if (redirectPort !== undefined && redirectPort !== 0) {
      wanted.push({ protocol: 'tcp', port: redirectPort, address: listenHost(host), setting: 'tls.redirectPort' });
    }
    if (rtmp.port !== 0)
      wanted.push({ protocol: 'tcp', port: rtmp.port, address: listenHost(host), setting: 'rtmp.port' });
    // An address that cannot be had is the matter of the check of addresses.
    const { listen: addresses } = await currentMediaAddresses({ rtc, clock });
    for (let worker = 0; worker < sfuWorkers(settings); worker += 1) {
      for (const address of addresses) {
        if (rtc.udpPort !== 0) {
          wanted.push({ protocol: 'udp', port: rtc.udpPort + worker, address, setting: 'rtc.udpPort' });
        }
        if (rtc.tcpPort !== 0) {
          wanted.push({ protocol: 'tcp', port: rtc.tcpPort + worker, address, setting: 'rtc.tcpPort' });
        }
      }
    }
    const uses = await Promise.all(
      wanted.map(async (use): Promise<PortUse> => ({ ...use, state: await stateOf(use, serverPid) })),
    );
    return [...judgePorts(uses), ...judgeMediaPorts(rtc)];
  },
};

/** Takes the port for a moment: nothing else tells for sure that it is free. */
async function stateOf(use: Omit<PortUse, 'state'>, serverPid: number | undefined): Promise<PortUse['state']> {
  try {
    await (use.protocol === 'tcp' ? bindTcp(use) : bindUdp(use));
    return { is: 'free' };
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EACCES':
        return { is: 'forbidden' };
      case 'EADDRNOTAVAIL':
        return { is: 'no such address' };
      case 'EADDRINUSE':
        break;
      default:
        throw error;
    }
  }
  const by = await ownerOfPort(use.protocol, use.port);
  const isOurs = by !== undefined && serverPid !== undefined && (await isBelow(by.pid, serverPid));
  return isOurs ? { is: 'ours' } : { is: 'taken', by };
}

function bindTcp({ port, address }: { readonly port: number; readonly address: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: address, exclusive: true, ipv6Only: address !== '::' }, () =>
      server.close(() => resolve()),
    );
  });
}

function bindUdp({ port, address }: { readonly port: number; readonly address: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', ipv6Only: true });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve()));
  });
}

export function judgePorts(uses: readonly PortUse[]): readonly Finding[] {
  const good = uses.filter(({ state }) => state.is === 'ours' || state.is === 'free');
  const findings = uses.filter((use) => !good.includes(use)).map(judgeBad);
  if (good.length > 0) {
    const isOurs = (use: PortUse): boolean => use.state.is === 'ours';
    const whose = good.every(isOurs) ? 'this server' : good.some(isOurs) ? 'this server, or free' : 'free';
    findings.unshift(ok(`${rangesText(good)}: ${whose}`));
  }
  return findings;
}

/** Ports without which the server runs, and what is missing then. */
const DISPENSABLE: Readonly<Record<string, string>> = {
  'tls.redirectPort': 'without it plain HTTP is not sent to HTTPS, and no certificate is got by http-01',
  'rtmp.port': 'without it no encoder can send in by RTMP',
};

function judgeBad({ protocol, port, address, setting, state }: PortUse): Finding {
  const what = `${protocol.toUpperCase()} ${port}${isAnyAddress(address) ? '' : ` of ${address}`}`;
  const missing = DISPENSABLE[setting];
  const bad = (problem: string, remedy: string): Finding =>
    missing === undefined ? fail(problem, remedy) : warn(`${problem}; ${missing}`, remedy);
  switch (state.is) {
    case 'forbidden':
      return bad(
        `${what} (${setting}) may not be opened by this account`,
        'Ports below 1024 need the right to them: AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, or choose a higher one.',
      );
    case 'no such address':
      return fail(
        `${what} (${setting}): this machine has no such address`,
        'Leave AMPHI_HOST out to listen on all addresses.',
      );
    case 'taken':
      if (!state.by) {
        return warn(
          `${what} (${setting}) is taken by a program that this account may not look at`,
          'Run this as the account of the server: if it is the server, all is well.',
        );
      }
      return bad(
        `${what} (${setting}) is taken by ${state.by.name}, process ${state.by.pid}`,
        `Stop it, or choose another port: ${setting} in the settings${setting === 'rtmp.port' ? ' (0: none)' : ''}.`,
      );
    default:
      return ok(what);
  }
}

export function judgeMediaPorts(rtc: { readonly udpPort: number; readonly tcpPort: number }): readonly Finding[] {
  const chance = [rtc.udpPort === 0 ? 'rtc.udpPort' : undefined, rtc.tcpPort === 0 ? 'rtc.tcpPort' : undefined].filter(
    (name) => name !== undefined,
  );
  if (chance.length === 0) return [];
  return [
    warn(
      `media use other ports at each start (${chance.join(' and ')} ${chance.length === 1 ? 'is' : 'are'} 0)`,
      'Fine without a firewall or NAT. Else choose them, 40000 for instance, and open as many as there are media workers.',
    ),
  ];
}

/** Such as `TCP 8080, UDP 40000–40003`. */
function rangesText(uses: readonly PortUse[]): string {
  const texts: string[] = [];
  for (const setting of ['port', 'tls.redirectPort', 'rtmp.port', 'rtc.udpPort', 'rtc.tcpPort']) {
    const some = uses.filter((use) => use.setting === setting);
    const ports = some.map(({ port }) => port);
    const [low, high] = [Math.min(...ports), Math.max(...ports)];
    if (some[0]) texts.push(`${some[0].protocol.toUpperCase()} ${low === high ? low : `${low}–${high}`}`);
  }
  return texts.join(', ');
}
