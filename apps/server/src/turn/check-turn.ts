import { type Clock, CodedError, type Logger, type Millis, messageOf } from '@amphi/base';
import { isTurnUrl, parseIceUrl } from '../settings/ice-url.ts';
import type { Settings } from '../settings.ts';
import { IceServers } from './ice-servers.ts';
import { type TurnErrorCode, tryRelay } from './turn-client.ts';

/** What became of one configured URL. */
export interface TurnFinding {
  readonly url: string;
  /** Absent when all is well. */
  readonly problem?: {
    readonly what: string;
    readonly remedy: string;
  };
  /** `address:port` of the relay that was given. */
  readonly relayedAddress?: string;
}

const TIMEOUT_MS: Millis = 5_000;

/** In the place of a peer, in the logs of the TURN server. */
const CHECKER = 'amphi-check';

/**
 * Asks for a relay over each TURN URL of the settings, with credentials as peers get them.
 * @param options.peers addresses that the SFU tells browsers: relays must be allowed to send there
 */
export function checkTurn(options: {
  readonly rtc: Pick<Settings['rtc'], 'iceServers' | 'turn'>;
  readonly peers: readonly string[];
  readonly clock: Clock;
  readonly ca?: string;
}): Promise<TurnFinding[]> {
  const servers = new IceServers(options).forPeer(CHECKER);
  const trials = servers.flatMap(({ urls, username = '', credential = '' }) =>
    [urls]
      .flat()
      .filter(isTurnUrl)
      .map((url) => ({ url, credentials: { username, credential } })),
  );
  return Promise.all(
    trials.map(async ({ url, credentials }) => {
      const target = parseIceUrl(url)!;
      try {
        const { relayedAddress, deniedPeers } = await tryRelay(target, {
          credentials,
          peers: options.peers,
          timeoutMs: TIMEOUT_MS,
          ca: options.ca,
        });
        return { url, relayedAddress, ...describeDenied(deniedPeers) };
      } catch (error) {
        const code = error instanceof CodedError ? (error.code as TurnErrorCode) : undefined;
        return { url, problem: { what: messageOf(error), remedy: remedyOf(code, target) } };
      }
    }),
  );
}

/** At the start: what does not work is a warning with its remedy; people with open networks are served all the same. */
export async function reportTurn(
  options: Parameters<typeof checkTurn>[0] & { readonly logger: Logger },
): Promise<void> {
  for (const { url, problem } of await checkTurn(options)) {
    if (problem) options.logger.warn({ url, ...problem }, 'this TURN server gives no relay that works');
    else options.logger.info({ url }, 'this TURN server works');
  }
}

function describeDenied(
  denied: readonly { readonly address: string; readonly reason: string }[],
): Partial<TurnFinding> {
  const [first] = denied;
  if (!first) return {};
  const addresses = denied.map(({ address }) => address);
  return {
    problem: {
      what: `it does not relay to ${addresses.join(', ')} (${first.reason}), where browsers reach the media workers`,
      remedy: `In its configuration allow ${addresses.map((address) => `allowed-peer-ip=${address}`).join(', ')}.`,
    },
  };
}

function remedyOf(
  code: TurnErrorCode | undefined,
  target: { readonly port: number; readonly transport: string },
): string {
  const port = `${target.transport.toUpperCase()} port ${target.port}`;
  switch (code) {
    case 'unknown_host':
      return 'Check the name in rtc.turn, and its DNS entry.';
    case 'unreachable':
      return `Is the TURN server running (systemctl status coturn), and is ${port} open in the firewall?`;
    case 'tls':
      return 'Browsers refuse it, too: give the TURN server a valid certificate for that name (cert=, pkey=), and restart it.';
    case 'no_turn':
      return `Something else listens on ${port}: check the port in the URL.`;
    case 'refused':
      return (
        'The secrets differ, or the clocks: rtc.turn.secret must be the static-auth-secret of the TURN server, ' +
        'use-auth-secret must be on, and both machines must have the right time.'
      );
    default:
      return 'Its log says more (journalctl -u coturn).';
  }
}
