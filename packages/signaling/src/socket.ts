/** A WebSocket, as narrow as it is used. */
export interface Socket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** What a socket tells of itself. */
export interface SocketListener {
  opened(): void;
  message(text: string): void;
  /** Called once, also when the socket never opened. */
  closed(): void;
}

export type OpenSocket = (url: string, listener: SocketListener) => Socket;

/** Wire constants of the protocol that this package speaks (client protocol, 0.1). */
const PROTOCOL_VERSION = '2.5';
const PROTOCOL_SPEC = '20250115';

/** Who opens a socket. `userAgent`: `key:value` pairs joined by commas. */
export interface Visitor {
  readonly token: string;
  readonly peerId: string;
  readonly userAgent: string;
}

/** Adds what the protocol asks for to the address of the signaling endpoint (client protocol, 3.1). */
export function socketUrl(endpoint: string, { token, peerId, userAgent }: Visitor): string {
  const url = new URL(endpoint);
  url.searchParams.set('peer', peerId);
  url.searchParams.set('token', token);
  url.searchParams.set('user_agent_v2', userAgent);
  url.searchParams.set('protocol_version', PROTOCOL_VERSION);
  url.searchParams.set('protocol_spec', PROTOCOL_SPEC);
  return url.toString();
}
