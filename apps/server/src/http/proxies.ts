import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import type { Settings } from '../settings.ts';

/** Whether the machine at `address`, `hop` steps in front of this server, is believed about who asked it. */
export type Trust = (address: string, hop: number) => boolean;

const NOBODY: Trust = () => false;

/**
 * Whom to believe about the client's address. Given as a function, as Fastify takes a number of hops for "nobody": it
 * cannot know whether clients reach the server past the proxy. Here the settings' author vouches for that.
 */
export function trustOf(setting: Settings['trustProxy']): Trust {
  if (setting === false) return NOBODY;
  if (typeof setting === 'number') return (_address, hop) => hop < setting;
  return proxyAddr.compile([...setting]);
}

/**
 * The client's address for requests that Fastify does not see. The rule is that of its `request.ip`.
 * @returns undefined when the connection is gone already
 */
export function clientAddress(request: IncomingMessage, trust: Trust): string | undefined {
  return request.socket.remoteAddress === undefined ? undefined : proxyAddr(request, trust);
}

/** What a trusted proxy says of how it was asked; the last word, as the proxy in front wrote it (Fastify's rule, too). */
export function forwarded(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  name: 'x-forwarded-proto' | 'x-forwarded-host',
  trust: Trust,
): string | undefined {
  if (!trust(request.socket.remoteAddress ?? '', 0)) return undefined;
  return String(request.headers[name] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
}
