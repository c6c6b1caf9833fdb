import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { type Holding, OpenCounts } from '@amphi/base';
import type { CancelWait } from '../waiting-requests.ts';

export type PlayerRequest = IncomingMessage | Http2ServerRequest;
export type PlayerResponse = ServerResponse | Http2ServerResponse;

/** Answers that stand in line on an HTTP/1.1 connection. Players do not pipeline; what does a little is let be. */
const MAX_IN_LINE = 16;
/** Refusals on an HTTP/2 connection before it is closed. */
const MAX_REFUSALS = 100;
/** How long a refused client may take to read its answer. */
const LINGER_MS = 5_000;
/** RFC 9113, 7: ENHANCE_YOUR_CALM. */
const ENHANCE_YOUR_CALM = 11;

/**
 * What one connection may have waiting, whatever its protocol: a session of HTTP/2 is one connection. On HTTP/1.1
 * answers come in order, so behind a request that waits nothing can be answered, and a client that sends on is told so
 * and let go. On HTTP/2 there is room for several tabs of one browser: each has a playlist and a hinted part waiting per
 * rendition. All connections of one address share a bound, so that many of them do not take the whole stream's.
 */
export class PlayerConnections {
  readonly #ofConnection: OpenCounts;
  readonly #ofRendition: OpenCounts;
  readonly #ofAddress: OpenCounts;
  readonly #known = new WeakMap<object, PlayerConnection>();
  #next = 0;

  constructor(options: {
    readonly maxWaitingPerConnection: number;
    readonly maxWaitingPerConnectionAndRendition: number;
    readonly maxWaitingPerAddress: number;
  }) {
    const retryAfterMs = 1_000;
    this.#ofConnection = new OpenCounts({
      name: 'requests of this connection that wait',
      max: options.maxWaitingPerConnection,
      retryAfterMs,
    });
    this.#ofRendition = new OpenCounts({
      name: 'requests of this connection that wait for one rendition',
      max: options.maxWaitingPerConnectionAndRendition,
      retryAfterMs,
    });
    this.#ofAddress = new OpenCounts({
      name: 'requests of this address that wait',
      max: options.maxWaitingPerAddress,
      retryAfterMs,
    });
  }

  of(request: PlayerRequest): PlayerConnection {
    const session = 'stream' in request ? request.stream.session : undefined;
    const transport = session ?? request.socket;
    let connection = this.#known.get(transport);
    if (!connection) {
      connection = new PlayerConnection(String(this.#next++), transport, {
        ofConnection: this.#ofConnection,
        ofRendition: this.#ofRendition,
        ofAddress: this.#ofAddress,
      });
      this.#known.set(transport, connection);
    }
    return connection;
  }
}

interface WaitingCounts {
  readonly ofConnection: OpenCounts;
  readonly ofRendition: OpenCounts;
  readonly ofAddress: OpenCounts;
}

/** One request that waits. */
interface Wait {
  readonly cancel: CancelWait;
  readonly refuse: () => void;
}

export class PlayerConnection {
  readonly #id: string;
  readonly #transport: Socket | Http2Session;
  readonly #counts: WaitingCounts;
  readonly #waits = new Set<Wait>();
  #inLine = 0;
  #refusals = 0;
  #isRefused = false;

  constructor(id: string, transport: Socket | Http2Session, counts: WaitingCounts) {
    this.#id = id;
    this.#transport = transport;
    this.#counts = counts;
    // OR6: whoever went away waits no longer. The response would not tell: one that stands in line never closes.
    transport.once('close', () => {
      for (const { cancel } of this.#waits) cancel();
      this.#waits.clear();
    });
  }

  /** What one more waiting request is charged to. */
  holdingsFor(address: string, rendition: string): readonly Holding[] {
    const { ofConnection, ofRendition, ofAddress } = this.#counts;
    return [
      { counts: ofConnection, key: this.#id },
      { counts: ofRendition, key: `${this.#id} ${rendition}` },
      { counts: ofAddress, key: address },
    ];
  }

  /**
   * Whether this request is looked at. If not, it is answered, or the connection is on its way out.
   * @param refuse answers a request with 429, and says that the connection closes
   */
  admits(response: PlayerResponse, refuse: () => void): boolean {
    if (this.#isRefused) return false;
    // A response has its socket when its turn comes; HTTP/2 has no turns.
    if ('stream' in response || response.socket !== null) {
      this.#inLine = 0;
      return true;
    }
    this.#inLine++;
    if (this.#waits.size === 0 && this.#inLine <= MAX_IN_LINE) return true;
    this.#isRefused = true;
    const [first] = this.#waits;
    for (const { cancel } of this.#waits) cancel();
    this.#waits.clear();
    // The one at the head of the line is answered, and with it the connection closes.
    (first?.refuse ?? refuse)();
    (this.#transport as Socket).setTimeout(LINGER_MS);
    return false;
  }

  /** @param refuse as above */
  waits(response: PlayerResponse, cancel: CancelWait, refuse: () => void): void {
    const wait: Wait = { cancel, refuse };
    this.#waits.add(wait);
    // Ended by an answer or, on HTTP/2, by a client that has lost interest; then to cancel does no harm.
    response.once('close', () => {
      if (this.#waits.delete(wait)) cancel();
    });
  }

  /** A request was refused for what this connection has waiting. */
  refused(): void {
    if (++this.#refusals < MAX_REFUSALS || !('destroy' in this.#transport && 'goaway' in this.#transport)) return;
    this.#isRefused = true;
    this.#transport.destroy(undefined, ENHANCE_YOUR_CALM);
  }
}
