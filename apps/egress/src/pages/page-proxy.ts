import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Logger, messageOf } from '@amphi/base';
import { isRefusedAddress, PrivateAddressError, publicLookup } from '@amphi/outbound';

/** Of one page. Chromium opens six to a host at most. */
const MAX_CONNECTIONS = 256;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * All that a page asks of the network goes by this proxy of its process, which connects to public addresses only: it looks names up
 * itself, so that what was judged is what is called, for redirects, frames and scripts as for the page itself.
 */
export class PageProxy {
  /** Hosts to which nothing was sent. */
  readonly refused = new Set<string>();
  readonly #server: Server;
  readonly #allowPrivate: boolean;
  readonly #own: ReadonlySet<string>;
  readonly #logger: Logger;
  readonly #sockets = new Set<Duplex>();

  /** @param options.ownOrigins may be reached wherever they are */
  constructor(options: {
    readonly allowPrivate: boolean;
    readonly ownOrigins: readonly string[];
    readonly logger: Logger;
  }) {
    this.#allowPrivate = options.allowPrivate;
    this.#own = new Set(options.ownOrigins.map((origin) => endOf(new URL(origin))));
    this.#logger = options.logger;
    this.#server = createServer((incoming, answer) => this.#forward(incoming, answer));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connect', (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#tunnel(incoming, socket, head),
    );
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
  }

  /** @returns its address, for this machine alone */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What is asked by `https:` and `wss:`. */
  #tunnel({ url = '' }: IncomingMessage, client: Duplex, head: Buffer): void {
    const target = URL.parse(`http://${url}`);
    const refuse = (status: string): void => void client.end(`HTTP/1.1 ${status}\r\n\r\n`);
    client.on('error', () => client.destroy());
    if (!target || !this.#may(target)) {
      refuse('403 Forbidden');
      return;
    }
    const { hostname, port } = addressOf(target);
    const far = connect({ host: hostname, port, ...this.#lookup(target) });
    this.#keep(far);
    far.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.write(head);
      far.pipe(client);
      client.pipe(far);
    });
    far.on('error', (error) => {
      this.#note(target, error);
      refuse('502 Bad Gateway');
    });
    far.once('close', () => client.destroy());
    client.once('close', () => far.destroy());
  }

  /** What is asked by `http:`. */
  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const target = URL.parse(incoming.url ?? '');
    if (target?.protocol !== 'http:' || !this.#may(target)) {
      answer.writeHead(403).end();
      return;
    }
    const { hostname, port } = addressOf(target);
    const { 'proxy-connection': _, ...headers } = incoming.headers;
    const far = request({
      host: hostname,
      port,
      method: incoming.method,
      path: target.pathname + target.search,
      headers,
      ...this.#lookup(target),
    });
    far.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    far.on('error', (error) => {
      this.#note(target, error);
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
    answer.on('close', () => far.destroy());
    incoming.pipe(far);
  }

  #may(target: URL): boolean {
    if (this.#isFree(target) || !isRefusedAddress(target.hostname)) return true;
    this.#refuse(target.hostname);
    return false;
  }

  #isFree(target: URL): boolean {
    return this.#allowPrivate || this.#own.has(endOf(target));
  }

  #lookup(target: URL): { readonly lookup?: LookupFunction } {
    return this.#isFree(target) ? {} : { lookup: publicLookup };
  }

  #note({ hostname }: URL, error: Error): void {
    if (error instanceof PrivateAddressError) this.#refuse(hostname);
    else this.#logger.debug({ host: hostname, error: messageOf(error) }, 'a page could not reach a host');
  }

  #refuse(hostname: string): void {
    if (this.refused.has(hostname) || this.refused.size >= MAX_CONNECTIONS) return;
    this.refused.add(hostname);
    this.#logger.warn({ host: hostname }, 'a page wanted to reach an address that is not public');
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}

function addressOf({ hostname, port, protocol }: URL): { readonly hostname: string; readonly port: number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : (DEFAULT_PORTS[protocol] ?? 443) };
}

function endOf(url: URL): string {
  const { hostname, port } = addressOf(url);
  return `${hostname}:${port}`;
}
