import { randomUUID } from 'node:crypto';
import type { NotificationName, NotificationParams } from '@amphi/protocol';
import { WebSocket } from 'ws';

/** Long enough for a loaded machine; a wait that ends by it is a failure. */
const PATIENCE_MS = 8_000;

export interface WireMessage {
  readonly id?: string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A signaling client that shows every frame; knows nothing of sessions. */
export class WireClient {
  readonly url: string;
  readonly token: string;
  readonly peerId: string;
  readonly socket: WebSocket;
  /** All that came, in order. */
  readonly inbox: WireMessage[] = [];
  readonly closed: Promise<number>;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, options: { readonly token: string; readonly peerId?: string; readonly userAgent?: string }) {
    this.url = url;
    this.token = options.token;
    this.peerId = options.peerId ?? randomUUID();
    const query = new URLSearchParams({ peer: this.peerId, token: options.token, protocol_version: '2.5' });
    if (options.userAgent !== undefined) query.set('user_agent_v2', options.userAgent);
    this.socket = new WebSocket(`${url}?${query}`);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      this.inbox.push(JSON.parse(String(data)) as WireMessage);
      this.#wake();
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) {
      await new Promise((resolve) => this.socket.once('open', resolve));
    }
    return this;
  }

  sendRaw(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** Without `id` and `jsonrpc`, as public clients do. */
  notify(method: string, params: unknown): void {
    this.sendRaw(JSON.stringify({ method, params }));
  }

  /** The whole answer, be it a result or an error. */
  async request(method: string, params: unknown = {}): Promise<WireMessage> {
    const id = randomUUID();
    this.sendRaw(JSON.stringify({ method, params, id, jsonrpc: '2.0' }));
    return this.#find((message) => message.id === id, `an answer to ${method}`);
  }

  /** The first notification of that name that has come, or comes, after the one found before. */
  async next<Name extends NotificationName>(
    method: Name,
    matches: (params: NotificationParams<Name>) => boolean = () => true,
  ): Promise<NotificationParams<Name>> {
    const found = await this.#find(
      (message, index) =>
        index >= this.#taken && message.method === method && matches(message.params as NotificationParams<Name>),
      method,
    );
    this.#taken = this.inbox.indexOf(found) + 1;
    return found.params as NotificationParams<Name>;
  }

  /** Notifications of that name so far. */
  all<Name extends NotificationName>(method: Name): NotificationParams<Name>[] {
    return this.inbox
      .filter((message) => message.method === method)
      .map((message) => message.params as NotificationParams<Name>);
  }

  /** Names of the notifications so far, in order. */
  get methods(): string[] {
    return this.inbox.flatMap((message) => message.method ?? []);
  }

  /** Resolves when everything the server sent before now has come: a ping and its answer are in order with it. */
  async settled(): Promise<void> {
    await this.request('ping', { timestamp: 1 });
  }

  close(): void {
    this.socket.close(1000);
  }

  async #find(matches: (message: WireMessage, index: number) => boolean, what: string): Promise<WireMessage> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.inbox.find(matches);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${this.peerId} waited in vain for ${what}; got ${this.methods.join(' ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        waiting.add(done);
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
