import { messageOf } from '@amphi/base';

/** Why a port cannot be listened on, and what a person can do. */
export interface ListenFailure {
  readonly problem: string;
  readonly remedy: string;
}

const PERMISSION = [
  'Ports below 1024 need a permission. Under systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit.',
  'By hand: sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")", or authbind --deep npm start.',
  'Or take a port above 1023, and forward this one to it.',
].join('\n');

/**
 * @param setting names the port's setting
 * @returns `undefined` for errors of another kind
 */
export function explainListenError(
  error: unknown,
  at: { readonly port: number; readonly host: string; readonly setting: string },
): ListenFailure | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return {
        problem: `Port ${at.port} is in use by another program.`,
        remedy: `Stop it, or choose another port: ${at.setting}=${at.port + 1}`,
      };
    case 'EACCES':
      // Files can be forbidden, too.
      if (syscall !== 'listen') return undefined;
      return { problem: `Port ${at.port} is not permitted to this account.`, remedy: PERMISSION };
    case 'EADDRNOTAVAIL':
      return {
        problem: `This machine has no address ${at.host}.`,
        remedy: 'Set AMPHI_HOST to one of its own, or leave it out for all.',
      };
    default:
      return undefined;
  }
}

/** Media workers open their ports by themselves: only their words tell which one they could not have, and why. */
const MEDIA_PORT = /\[protocol:(udp|tcp), ip:'([^']+)', port:(\d+)\]: (address already in use|permission denied)/;

/** The same for a port of media. */
export function explainMediaPort(error: unknown): ListenFailure | undefined {
  const [, protocol, host = '', port, why] = MEDIA_PORT.exec(messageOf(error)) ?? [];
  if (protocol === undefined) return undefined;
  return explainListenError(
    { code: why === 'permission denied' ? 'EACCES' : 'EADDRINUSE', syscall: 'listen' },
    { port: Number(port), host, setting: protocol === 'udp' ? 'AMPHI_RTC_UDP_PORT' : 'AMPHI_RTC_TCP_PORT' },
  );
}
