import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Millis } from '@amphi/base';
import { boundConnections, type TakeConnection } from '../http/open-connections.ts';
import type { Challenges } from './challenges.ts';

/** There is one short request to a connection. */
const TIMEOUT_MS: Millis = 10_000;

export const AUTHORITY_PATH = '/ca.crt';
/** By this type phones offer to install it. */
export const AUTHORITY_TYPE = 'application/x-x509-ca-cert';

/**
 * The plain port beside HTTPS: sends everyone there (308 keeps method and body), answers certificate authorities, and
 * gives out the own authority's certificate, which a device cannot get by HTTPS before it trusts it.
 */
export class RedirectListener {
  readonly #server: Server;

  constructor(options: {
    readonly challenges: Challenges;
    /** Base URL by HTTPS for who asked by this `Host`. */
    readonly baseFor: (host: string) => string;
    /** PEM. */
    readonly authority?: string | undefined;
    readonly takeConnection: TakeConnection;
  }) {
    const { challenges, baseFor, authority, takeConnection } = options;
    this.#server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (request, response) => {
      const path = pathOf(request);
      const proof = challenges.httpAnswer(path.split('?', 1)[0] ?? '');
      if (proof !== undefined) return answer(response, 200, { 'content-type': 'application/octet-stream' }, proof);
      if (path === AUTHORITY_PATH && authority !== undefined) {
        return answer(response, 200, { 'content-type': AUTHORITY_TYPE, 'cache-control': 'no-cache' }, authority);
      }
      answer(response, 308, { location: `${baseFor(request.headers.host ?? '')}${path}` });
    });
    boundConnections(this.#server, takeConnection);
    // Waits for a next request cost a socket each.
    this.#server.keepAliveTimeout = 1_000;
  }

  /**
   * @returns the port
   * @throws Error with `code` EADDRINUSE, EACCES, EADDRNOTAVAIL
   */
  async listen(at: { readonly port: number; readonly host: string }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(at, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Of the forms a target can have (RFC 9112, 3.2) only the usual one; what could not stand in a header is left out. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return /^\/[\x21-\x7e]*$/.test(url) ? url : '/';
}

function answer(response: ServerResponse, status: number, headers: Record<string, string>, body = ''): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
