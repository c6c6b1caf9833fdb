/** What a STUN or TURN URL says (RFC 7064, RFC 7065). */
export interface IceUrl {
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns';
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** Of RFC 5389 (section 9) and RFC 5766 (section 6.1): with TLS, and without. */
const DEFAULT_PORT = { stun: 3478, stuns: 5349, turn: 3478, turns: 5349 } as const;

const URL = /^(stuns?|turns?):(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/;

/** @returns `undefined` for what browsers would refuse, and with it the whole connection */
export function parseIceUrl(text: string): IceUrl | undefined {
  const [, scheme, address, name, port, transport] = URL.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const known = scheme as IceUrl['scheme'];
  const number = port === undefined ? DEFAULT_PORT[known] : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  if (transport !== undefined && known.startsWith('stun')) return undefined;
  const isSecure = known.endsWith('s');
  // Browsers have no TURN over DTLS.
  if (isSecure && transport === 'udp') return undefined;
  return {
    scheme: known,
    host: address ?? name ?? '',
    port: number,
    transport: transport === 'tcp' || isSecure ? 'tcp' : 'udp',
  };
}

export function isTurnUrl(text: string): boolean {
  return parseIceUrl(text)?.scheme.startsWith('turn') ?? false;
}
