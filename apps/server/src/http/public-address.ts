import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { type TlsSettings, usesTls } from '../settings/tls.ts';
import type { Settings } from '../settings.ts';
import { forwarded, type Trust, trustOf } from './proxies.ts';

/** Where the server is reached: `publicUrl` of the settings, else the host that the request names. */
export class PublicAddress {
  /**
   * Whether people come by HTTPS, as the settings say: by `publicUrl`, or by the server's own TLS. What depends on it (the
   * `Secure` of cookies) is the same for every request.
   */
  readonly isSecure: boolean;
  readonly #publicUrl: string | undefined;
  readonly #trust: Trust;
  readonly #scheme: 'http' | 'https';
  #local: string;
  #port = '';

  constructor(options: {
    readonly publicUrl?: string | undefined;
    readonly trustProxy?: Settings['trustProxy'];
    readonly tls?: Pick<TlsSettings, 'mode'>;
  }) {
    this.#trust = trustOf(options.trustProxy ?? false);
    this.#publicUrl = options.publicUrl;
    this.#scheme = options.tls && usesTls(options.tls) ? 'https' : 'http';
    this.isSecure = (options.publicUrl ?? `${this.#scheme}:`).startsWith('https:');
    this.#local = options.publicUrl ?? `${this.#scheme}://localhost`;
  }

  /**
   * To be called once the port is known.
   * @param host the local address that is listened on
   * @param name by which the server is known to people, such as that of its certificate
   */
  listensOn(port: number, host: string, name = EVERYWHERE_OR_HERE.test(host) ? 'localhost' : host): void {
    const isDefault = port === (this.#scheme === 'https' ? 443 : 80);
    this.#port = isDefault ? '' : `:${port}`;
    this.#local = this.#publicUrl ?? this.baseOf(name);
  }

  /** Base URL for what no request asked for: printed links, streams started by a client. No slash at the end. */
  get base(): string {
    return this.#local;
  }

  /** Base URL by this name or address of the machine, at the own port. */
  baseOf(name: string): string {
    return `${this.#scheme}://${name.includes(':') ? `[${name}]` : name}${this.#port}`;
  }

  /** Base URL as the asking client should use it. */
  baseFor(request: Pick<FastifyRequest, 'protocol' | 'host'>): string {
    if (this.#publicUrl !== undefined) return this.#publicUrl;
    return HOST.test(request.host) ? `${request.protocol}://${request.host}` : this.#local;
  }

  /** Base URL for who asked the plain port for this `Host`. */
  redirectFor(host: string): string {
    if (this.#publicUrl !== undefined) return this.#publicUrl;
    return HOST.test(host) ? `https://${host.replace(/:\d+$/, '')}${this.#port}` : this.#local;
  }

  /** The same for a request that becomes a WebSocket, which Fastify does not see. */
  baseForUpgrade(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
    const isEncrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
    const isHttps = isEncrypted || forwarded(request, 'x-forwarded-proto', this.#trust) === 'https';
    const host = forwarded(request, 'x-forwarded-host', this.#trust) || (request.headers.host ?? '');
    return this.baseFor({ protocol: isHttps ? 'https' : 'http', host });
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
}

/** Addresses that listen on this machine under the name `localhost`, whatever else. */
const EVERYWHERE_OR_HERE = /^(0\.0\.0\.0|::|127\.0\.0\.1|::1|localhost)$/;

/** `host[:port]` with a name, an IPv4 or a bracketed IPv6 address (RFC 9110, 7.2). */
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
