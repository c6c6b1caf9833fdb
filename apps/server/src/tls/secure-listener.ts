import type { Server as HttpServer } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type Clock, type Logger, type Millis, messageOf, type Rate, TokenBucket } from '@amphi/base';
import type { ServerCertificate } from './certificate.ts';
import { ACME_TLS, type Challenges } from './challenges.ts';

export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** Who has not finished the handshake by then was never going to, or is too far away to be live. */
const HANDSHAKE_TIMEOUT_MS: Millis = 10_000;
/** A session on which nothing moves; blocking playlist requests are answered long before. */
const IDLE_SESSION_MS: Millis = 75_000;
/** A player has a handful open at once; each may wait for a part. */
const MAX_STREAMS_PER_SESSION = 100;
/** Frames that break the protocol, before the session is closed. Node allows 1,000. */
const MAX_INVALID_FRAMES = 50;
/** Streams that were opened beyond the limit, before the session is closed. */
const MAX_REJECTED_STREAMS = 50;

/**
 * Streams that the other side gives up, of one session. Each costs a request, and nothing bounds how many follow each other
 * (CVE-2023-44487). Node's library answers such a flood with GOAWAY after 1,000, and leaves the connection open.
 */
const GIVEN_UP: Rate = { perSecond: 20, burst: 200 };

/**
 * The TLS port. What a connection speaks is agreed on in the handshake (ALPN, RFC 7301): HTTP/2; HTTP/1.1, which goes to
 * `http` as if it had come in there, so that WebSockets, time limits and closing are the same as without TLS; or the proof
 * for an authority (RFC 8737). Nothing that a connection does reaches beyond it: every raw socket is owned here.
 */
export class SecureListener {
  readonly #tcp: TcpServer;
  readonly #tls: TlsServer;
  readonly #http2: Http2Server;
  readonly #http: HttpServer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(options: {
    readonly certificate: ServerCertificate;
    readonly http: HttpServer;
    readonly http2: Http2Handler;
    readonly challenges: Challenges;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Whether a connection may begin a handshake. One that may not is closed before it costs any. */
    readonly mayBegin: (socket: Socket) => boolean;
    /** Default 10 s. */
    readonly handshakeTimeoutMs?: Millis;
  }) {
    const { certificate, challenges } = options;
    this.#http = options.http;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#tls = createTlsServer({
      key: certificate.key,
      cert: certificate.chain,
      handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
      // Node calls it on the socket; an arrow function would not see that.
      ALPNCallback(this: TLSSocket, { servername, protocols }: { servername: string; protocols: string[] }) {
        return agreeOn(this, { servername, protocols }, challenges);
      },
    });
    // Before TLS sees a connection, as it begins with it at once.
    this.#tcp = createTcpServer({ noDelay: true }, (socket) => {
      this.#own(socket);
      if (options.mayBegin(socket)) this.#tls.emit('connection', socket);
      else socket.destroy();
    });
    this.#tls.on('secureConnection', (socket) => this.#accept(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      this.#logger.debug({ error: messageOf(error) }, 'a TLS handshake failed');
      socket.destroy();
    });
    this.#http2 = createHttp2Server({
      settings: { maxConcurrentStreams: MAX_STREAMS_PER_SESSION },
      maxSessionInvalidFrames: MAX_INVALID_FRAMES,
      maxSessionRejectedStreams: MAX_REJECTED_STREAMS,
    });
    this.#http2.on('request', options.http2);
    this.#http2.on('session', (session) => this.#ownSession(session));
    this.#http2.on('sessionError', (error) => {
      this.#logger.debug({ error: messageOf(error) }, 'an HTTP/2 session failed');
    });
  }

  /**
   * @returns the port
   * @throws Error with `code` EADDRINUSE, EACCES, EADDRNOTAVAIL
   */
  async listen(at: { readonly port: number; readonly host: string }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once('error', reject);
      this.#tcp.listen(at, () => {
        this.#tcp.off('error', reject);
        resolve();
      });
    });
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** For connections from now on; those that are open keep theirs. */
  use(certificate: ServerCertificate): void {
    this.#tls.setSecureContext({ key: certificate.key, cert: certificate.chain });
  }

  /** Connections that are open, in whatever state. */
  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#tcp.close(() => resolve());
    });
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #own(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #accept(socket: TLSSocket): void {
    // Before anything else, and for as long as it lives: who comes next takes its own listener off at an upgrade.
    socket.on('error', () => socket.destroy());
    switch (socket.alpnProtocol) {
      case ACME_TLS:
        // The handshake was the proof.
        socket.end();
        return;
      case 'h2':
        this.#http2.emit('connection', socket);
        return;
      default:
        this.#http.emit('connection', socket);
    }
  }

  #ownSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.setTimeout(IDLE_SESSION_MS, () => session.destroy());
    const givenUp = new TokenBucket(GIVEN_UP, this.#clock.now());
    session.on('stream', (stream) => {
      stream.once('close', () => {
        if (stream.rstCode === constants.NGHTTP2_NO_ERROR || givenUp.take(this.#clock.now())) return;
        this.#logger.debug({}, 'an HTTP/2 session gave up too many streams');
        session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      });
    });
  }
}

/** `undefined` ends the handshake: no protocol in common (RFC 7301, 3.2). */
function agreeOn(
  socket: TLSSocket,
  { servername, protocols }: { readonly servername: string; readonly protocols: readonly string[] },
  challenges: Challenges,
): string | undefined {
  if (protocols.includes(ACME_TLS)) {
    const proof = challenges.tlsAnswer(servername);
    if (proof) socket.setKeyCert(proof);
    return proof && ACME_TLS;
  }
  return ['h2', 'http/1.1'].find((protocol) => protocols.includes(protocol));
}
