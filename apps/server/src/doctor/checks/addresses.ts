import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { messageOf, silentLogger } from '@amphi/base';
import { canonicalAddress, familyOf, ownAddresses, reachOf } from '../../network/local-addresses.ts';
import { MediaAddresses } from '../../network/media-addresses.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';

export const addressesCheck: Check = {
  id: 'addresses',
  title: 'Addresses',
  timeoutMs: 12_000,
  async run({ settings, clock, serverPid, signal }) {
    const { publicUrl, rtc } = settings;
    const own = ownAddresses();
    const page = judgePage(publicUrl === undefined ? undefined : await lookUp(new URL(publicUrl).hostname), {
      publicUrl,
      own,
      told: rtc.announcedAddresses ?? [],
    });
    let media: MediaAddresses;
    try {
      media = await MediaAddresses.create({ rtc, clock, logger: silentLogger });
    } catch (error) {
      const [what = '', ...remedy] = messageOf(error).split('\n');
      return [...page, fail(what, remedy.join(' ') || 'Check rtc.addresses and rtc.announcedAddresses.')];
    }
    media.close();
    const names = await Promise.all(
      (rtc.announcedAddresses ?? [])
        .filter((name) => familyOf(name) === undefined)
        .map(async (name) => ({ name, addresses: await lookUp(name) })),
    );
    const outside = media.announced.filter((address) => !own.includes(address));
    const reached =
      serverPid === undefined || rtc.tcpPort === 0
        ? []
        : await Promise.all(
            outside.map(async (address) => ({
              address,
              port: rtc.tcpPort,
              error: await tryTcp(address, rtc.tcpPort, signal),
            })),
          );
    return [...page, ...judgeMedia({ announced: media.announced, names, publicUrl }), ...judgeReach(reached)];
  },
};

/** @returns none when the name has no address */
async function lookUp(name: string): Promise<readonly string[]> {
  const host = name.replace(/^\[|\]$/g, '');
  if (familyOf(host) !== undefined) return [canonicalAddress(host)];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => canonicalAddress(address));
  } catch {
    return [];
  }
}

/** @returns why it did not connect */
function tryTcp(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, timeout: 3_000 });
    const end = (error?: string): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('no answer'));
    socket.on('error', (error) => end(messageOf(error)));
  });
}

export function judgePage(
  leadsTo: readonly string[] | undefined,
  given: { readonly publicUrl: string | undefined; readonly own: readonly string[]; readonly told: readonly string[] },
): readonly Finding[] {
  const { publicUrl, own, told } = given;
  if (publicUrl === undefined || leadsTo === undefined) {
    return [
      warn(
        'publicUrl is not set: links and streams that no request asked for are for this machine',
        'Set it to the address that people use, https://live.example.org for instance (AMPHI_PUBLIC_URL).',
      ),
    ];
  }
  const { hostname } = new URL(publicUrl);
  if (leadsTo.length === 0) {
    return [
      fail(
        `${hostname} of publicUrl has no address`,
        'Add an A record (and AAAA for IPv6) for it to the DNS of the domain.',
      ),
    ];
  }
  const known = [...own, ...told.map(canonicalAddress)];
  if (!leadsTo.some((address) => known.includes(address))) {
    return [
      warn(
        `${hostname} of publicUrl leads to ${leadsTo.join(', ')}, which is neither of this machine nor in rtc.announcedAddresses`,
        'Right if that is your proxy, CDN or NAT; for a NAT tell the address to browsers, too: rtc.announcedAddresses. Else correct the DNS.',
      ),
    ];
  }
  return [ok(`${publicUrl} leads to ${leadsTo.join(', ')}`)];
}

export function judgeMedia(measured: {
  readonly announced: readonly string[];
  readonly names: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly publicUrl: string | undefined;
}): readonly Finding[] {
  const { announced, names, publicUrl } = measured;
  const nameless = names
    .filter(({ addresses }) => addresses.length === 0)
    .map(({ name }) => fail(`${name} of rtc.announcedAddresses has no address`, 'Check the name, and its DNS entry.'));
  const text = announced.map((address) => `${address} (reached from ${reachOf(address)})`).join(', ');
  const reaches = new Set(announced.map(reachOf));
  if (reaches.has('everywhere')) return [...nameless, ok(`media: ${text}`)];
  const isForLan = reaches.has('its network') && (publicUrl === undefined || isPrivateHost(publicUrl));
  return [
    ...nameless,
    isForLan
      ? ok(`media: ${text}; people on the internet are not reached`)
      : warn(
          `media: ${text}; nobody else can take part`,
          'Tell browsers the address that others reach this machine by: rtc.announcedAddresses (docs/deploy.md, "Ports and addresses").',
        ),
  ];
}

function isPrivateHost(publicUrl: string): boolean {
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return (familyOf(host) !== undefined && reachOf(host) === 'its network') || host.endsWith('.local');
}

export function judgeReach(
  reached: readonly { readonly address: string; readonly port: number; readonly error: string | undefined }[],
): readonly Finding[] {
  return reached.map(({ address, port, error }) =>
    error === undefined
      ? ok(`${address} leads back here: TCP ${port} answers`)
      : warn(
          `TCP ${port} of ${address} does not answer from here (${error})`,
          'Many routers do not let a machine reach itself from outside: try it from another network. If it fails there, too, forward or open the port.',
        ),
  );
}
