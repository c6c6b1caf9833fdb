import { backoffMs, CodedError, Emitter, type Logger, messageOf, Scope, type Unsubscribe } from '@amphi/base';
import { WebSocket } from 'ws';

interface Pending {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly cancelTimeout: () => void;
}

interface Events {
  /** The socket is open, for the first time or again. */
  open: { readonly again: boolean };
  notification: { readonly method: string; readonly params: unknown };
  /** It will not come back: the server refused, or the grace time is over. */
  lost: { readonly code: string; readonly message: string };
}

const REQUEST_TIMEOUT_MS = 10_000;
const PING_PERIOD_MS = 3_000;
/** Nothing received for this long: the socket is dead (client protocol, 3.4). */
const SILENCE_LIMIT_MS = 12_000;
/** The server keeps a peer for 60 s after its socket is gone (client protocol, 3.6). */
const RECONNECT_LIMIT_MS = 60_000;
/** A socket that lived so long has healed. */
const STABLE_MS = 5_000;

/** JSON-RPC over the signaling WebSocket, reconnecting with the same peer id. */
export class SignalingClient {
  readonly closed;
  readonly #scope = new Scope();
  readonly #events = new Emitter<Events>();
  readonly #pending = new Map<string, Pending>();
  readonly #url: string;
  readonly #logger: Logger;
  #socket: WebSocket | undefined;
  #nextId = 0;
  #heardAt = 0;
  #lostAt: number | undefined;
  #attempt = 0;

  /** @param options.url with all query parameters */
  constructor(options: { readonly url: string; readonly logger: Logger }) {
    this.#url = options.url;
    this.#logger = options.logger;
    this.closed = this.#scope.closed;
    this.#scope.defer(() => this.#dropSocket('closed'));
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    return this.#events.on(name, listener);
  }

  /** Opens the socket; `open` tells when. */
  start(): void {
    this.#connect(false);
    this.#scope.every(PING_PERIOD_MS, () => this.#keepAlive());
  }

  /** @throws CodedError `signaling_refused` with the server's code and text, `signaling_timeout`, `signaling_lost` */
  request(method: string, params: unknown): Promise<unknown> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new CodedError('signaling_lost', `${method}: the socket is not open`));
    }
    const id = String(this.#nextId++);
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#scope.after(REQUEST_TIMEOUT_MS, () => {
        this.#pending.delete(id);
        reject(new CodedError('signaling_timeout', `${method}: no answer within ${REQUEST_TIMEOUT_MS} ms`));
      });
      this.#pending.set(id, { method, resolve, reject, cancelTimeout });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method: string, params: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ method, params }));
  }

  close(): void {
    this.#scope.close();
  }

  #connect(again: boolean): void {
    if (this.#scope.isClosed) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on('open', () => {
      if (socket !== this.#socket) return;
      this.#heardAt = Date.now();
      // A socket that opens and is dropped is no success: the next one waits longer all the same.
      this.#scope.after(STABLE_MS, () => {
        if (socket !== this.#socket || socket.readyState !== WebSocket.OPEN) return;
        this.#lostAt = undefined;
        this.#attempt = 0;
      });
      this.#events.emit('open', { again });
    });
    socket.on('message', (data) => {
      if (socket === this.#socket) this.#handleFrame(String(data));
    });
    socket.on('error', (error) => this.#logger.debug({ error: messageOf(error) }, 'signaling socket failed'));
    socket.on('close', () => {
      if (socket === this.#socket) this.#handleLoss(again);
    });
  }

  #handleLoss(neverOpen: boolean): void {
    this.#dropSocket('the socket was lost');
    if (this.#scope.isClosed) return;
    const now = Date.now();
    this.#lostAt ??= now;
    if (now - this.#lostAt > RECONNECT_LIMIT_MS) {
      this.#events.emit('lost', { code: 'signaling_lost', message: `no signaling for ${RECONNECT_LIMIT_MS} ms` });
      return;
    }
    this.#logger.warn({ attempt: this.#attempt, neverOpen }, 'signaling lost, connecting again');
    this.#scope.after(backoffMs(this.#attempt++, { firstMs: 200, capMs: 3_000 }), () => this.#connect(true));
  }

  #handleFrame(text: string): void {
    this.#heardAt = Date.now();
    let frame: {
      id?: unknown;
      method?: unknown;
      params?: unknown;
      result?: unknown;
      error?: { code?: unknown; message?: unknown };
    };
    try {
      frame = JSON.parse(text);
    } catch {
      this.#logger.warn({ text: text.slice(0, 100) }, 'signaling frame is not JSON');
      return;
    }
    if (typeof frame.id === 'string' && this.#pending.has(frame.id)) {
      const pending = this.#pending.get(frame.id)!;
      this.#pending.delete(frame.id);
      pending.cancelTimeout();
      if (frame.error) {
        const message = `${pending.method}: ${String(frame.error.code)} ${String(frame.error.message)}`;
        pending.reject(new CodedError('signaling_refused', message, { data: { code: frame.error.code } }));
      } else pending.resolve(frame.result);
    } else if (frame.method === 'on-error') {
      const { code, message } = (frame.params ?? {}) as { code?: unknown; message?: unknown };
      this.#events.emit('lost', { code: 'signaling_refused', message: `${String(code)} ${String(message)}` });
    } else if (typeof frame.method === 'string') {
      this.#events.emit('notification', { method: frame.method, params: frame.params });
    }
  }

  #keepAlive(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.#heardAt > SILENCE_LIMIT_MS) this.#socket.terminate();
    else this.request('ping', { timestamp: Date.now() }).catch(() => {});
  }

  #dropSocket(why: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const pending of this.#pending.values()) {
      pending.cancelTimeout();
      pending.reject(new CodedError('signaling_lost', `${pending.method}: ${why}`));
    }
    this.#pending.clear();
    socket?.close(1000);
  }
}
