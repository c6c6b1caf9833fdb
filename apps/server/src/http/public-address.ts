import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Settings } from '../settings.ts';
import { forwarded, type Trust, trustOf } from './proxies.ts';

/** Where the server is reached: `publicUrl` of the settings, else the host that the request names. */
export class PublicAddress {
  readonly #publicUrl: string | undefined;
  readonly #trust: Trust;
  #local: string;

  constructor(options: { readonly publicUrl?: string | undefined; readonly trustProxy?: Settings['trustProxy'] }) {
    this.#trust = trustOf(options.trustProxy ?? false);
    this.#publicUrl = options.publicUrl;
    this.#local = options.publicUrl ?? 'http://localhost';
  }

  /**
   * To be called once the port is known.
   * @param host the local address that is listened on
   */
  listensOn(port: number, host: string): void {
    const name = EVERYWHERE_OR_HERE.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    this.#local = this.#publicUrl ?? `http://${name}:${port}`;
  }

  /** Base URL for what no request asked for: printed links, streams started by a client. No slash at the end. */
  get base(): string {
    return this.#local;
  }

  /** Base URL as the asking client should use it. */
  baseFor(request: Pick<FastifyRequest, 'protocol' | 'host'>): string {
    if (this.#publicUrl !== undefined) return this.#publicUrl;
    return HOST.test(request.host) ? `${request.protocol}://${request.host}` : this.#local;
  }

  /** The same for a request that becomes a WebSocket, which Fastify does not see. */
  baseForUpgrade(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
    const protocol = forwarded(request, 'x-forwarded-proto', this.#trust) === 'https' ? 'https' : 'http';
    const host = forwarded(request, 'x-forwarded-host', this.#trust) || (request.headers.host ?? '');
    return this.baseFor({ protocol, host });
  }

  /** The signaling endpoint for the asking client. */
  signalingUrlFor(request: Pick<FastifyRequest, 'protocol' | 'host'>): string {
    return `${this.baseFor(request).replace(/^http/, 'ws')}/ws`;
  }

  /**
   * Whether `origin`, a value of the Origin header, is that of our own pages. With a `publicUrl` only that is: a `Host`
   * may be any name that somebody lets point to this machine (DNS rebinding).
   */
  isOwn(origin: string, request: Pick<FastifyRequest, 'protocol' | 'host'>): boolean {
    return origin === (this.#publicUrl ?? `${request.protocol}://${request.host}`);
  }

  /** Whether the asking page was loaded by https, also when a proxy ends it. */
  isSecure(request: Pick<FastifyRequest, 'protocol' | 'host' | 'headers'>): boolean {
    return (request.headers.origin ?? this.baseFor(request)).startsWith('https:');
  }
}

/** Addresses that listen on this machine under the name `localhost`, whatever else. */
const EVERYWHERE_OR_HERE = /^(0\.0\.0\.0|::|127\.0\.0\.1|::1|localhost)$/;

/** `host[:port]` with a name, an IPv4 or a bracketed IPv6 address (RFC 9110, 7.2). */
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
