import { type Clock, type Closable, type CloseReason, type Logger, millis, Scope } from '@amphi/base';
import type { MethodName, MethodParams } from '@amphi/protocol';
import * as z from 'zod/mini';
import { SignalingError } from './signaling-error.ts';
import type { OpenSocket, Socket } from './socket.ts';

/** A request that is not answered by then has failed. */
export const REQUEST_TIMEOUT_MS = millis(10_000);
/** A socket that is not open by then has failed. */
export const OPEN_TIMEOUT_MS = millis(10_000);
/** Pause between the answer of one ping and the next (client protocol, 3.4). */
export const PING_INTERVAL_MS = millis(3_000);
/** No frame of any kind for so long after a ping: the connection is lost (client protocol, 3.4). */
export const PING_TIMEOUT_MS = millis(12_000);

/** Requests that may wait for their answers at a time; the server works on no more of one peer either. */
export const MAX_WAITING_REQUESTS = 64;

const frame = z.object({
  id: z.nullish(z.union([z.string(), z.number()])),
  method: z.nullish(z.string()),
  params: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
  error: z.nullish(
    z.object({
      code: z.number(),
      message: z.string(),
      data: z.catch(z.optional(z.object({ retry_after_ms: z.optional(z.number().check(z.nonnegative())) })), undefined),
    }),
  ),
});

interface Waiting {
  readonly settle: (outcome: { result: unknown } | { error: SignalingError }) => void;
}

export interface SignalingChannelOptions {
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly logger: Logger;
  /** At once when the socket is open: before any notification, and before `open` has resolved. */
  readonly onOpen?: (channel: SignalingChannel) => void;
  /** Server notifications, in order; the first may come before `open` has resolved. */
  readonly onNotification: (method: string, params: unknown) => void;
}

/**
 * One signaling socket: requests with time-outs, notifications, pings (client protocol, section 3).
 * `closed` settles when the socket is gone, for whatever reason; requests that were waiting reject with
 * `connection_lost`. It never reconnects: that is `SignalingConnection`.
 */
export class SignalingChannel implements Closable {
  readonly #options: SignalingChannelOptions;
  readonly #scope: Scope;
  readonly #waiting = new Map<string, Waiting>();
  #socket: Socket | undefined;
  #lastFrameAt = 0;
  #nextId = 1;

  private constructor(options: SignalingChannelOptions) {
    this.#options = options;
    this.#scope = new Scope({ clock: options.clock });
  }

  /** @throws SignalingError `connection_lost` when the socket does not open */
  static open(options: SignalingChannelOptions): Promise<SignalingChannel> {
    const channel = new SignalingChannel(options);
    return channel.#open();
  }

  get closed(): Promise<CloseReason> {
    return this.#scope.closed;
  }

  /** @throws SignalingError `refused`, `request_timed_out`, `connection_lost`, `too_many_requests` */
  request<Name extends MethodName>(
    method: Name,
    params: MethodParams<Name>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<unknown> {
    if (this.#scope.isClosed) return Promise.reject(lost(method));
    if (this.#waiting.size >= MAX_WAITING_REQUESTS) {
      const words = `${method}: ${this.#waiting.size} requests wait for their answers`;
      return Promise.reject(new SignalingError('too_many_requests', words));
    }
    const id = String(this.#nextId++);
    return new Promise((resolve, reject) => {
      const cancel = this.#scope.after(millis(options.timeoutMs ?? REQUEST_TIMEOUT_MS), () => {
        this.#waiting.delete(id);
        reject(new SignalingError('request_timed_out', `${method}: the server did not answer in time`));
      });
      this.#waiting.set(id, {
        settle: (outcome) => {
          cancel();
          this.#waiting.delete(id);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.result);
        },
      });
      this.#send({ method, params, id, jsonrpc: '2.0' });
    });
  }

  /** Nothing comes back, and nothing is told when the socket is gone. */
  notify<Name extends MethodName>(method: Name, params: MethodParams<Name>): void {
    if (!this.#scope.isClosed) this.#send({ method, params });
  }

  close(reason: CloseReason = { by: 'self' }): void {
    if (this.#scope.isClosed) return;
    this.#scope.close(reason);
    this.#socket?.close(1000, 'Normal Close');
    for (const [, waiting] of [...this.#waiting]) waiting.settle({ error: lost('request') });
  }

  #open(): Promise<SignalingChannel> {
    return new Promise((resolve, reject) => {
      let isOpen = false;
      const fail = (): void => {
        this.close({ by: 'remote' });
        if (!isOpen) reject(new SignalingError('connection_lost', 'signaling: the socket did not open'));
      };
      const cancel = this.#scope.after(OPEN_TIMEOUT_MS, fail);
      this.#socket = this.#options.openSocket(this.#options.url, {
        opened: () => {
          if (this.#scope.isClosed) return;
          isOpen = true;
          cancel();
          this.#ping();
          this.#options.onOpen?.(this);
          resolve(this);
        },
        message: (text) => this.#handleFrame(text),
        closed: fail,
      });
    });
  }

  #send(message: Record<string, unknown>): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #ping(): void {
    const sentAt = this.#options.clock.now();
    this.#scope.after(PING_TIMEOUT_MS, () => {
      if (this.#lastFrameAt < sentAt) this.close({ by: 'failure', code: 'ping_timeout' });
    });
    this.request('ping', { timestamp: sentAt }, { timeoutMs: PING_TIMEOUT_MS }).then(
      () => this.#scope.after(PING_INTERVAL_MS, () => this.#ping()),
      // Refused or unanswered while other frames flow: the connection lives, go on asking.
      () => this.#scope.after(PING_INTERVAL_MS, () => this.#ping()),
    );
  }

  #handleFrame(text: string): void {
    if (this.#scope.isClosed) return;
    this.#lastFrameAt = this.#options.clock.now();
    const message = parseFrame(text);
    if (!message) {
      this.#options.logger.warn({ sizeChars: text.length }, 'signaling: frame is not JSON-RPC, ignored');
      return;
    }
    const waiting = message.id ? this.#waiting.get(String(message.id)) : undefined;
    if (waiting) {
      waiting.settle(outcomeOf(message));
    } else if (message.method) {
      this.#options.onNotification(message.method, message.params);
    }
  }
}

function parseFrame(text: string): z.infer<typeof frame> | undefined {
  try {
    const parsed = frame.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function outcomeOf(message: z.infer<typeof frame>): { result: unknown } | { error: SignalingError } {
  if (message.result) return { result: message.result };
  const { error } = message;
  return {
    error: error
      ? new SignalingError('refused', error.message, {
          serverCode: error.code,
          retryAfterMs: error.data?.retry_after_ms === undefined ? undefined : millis(error.data.retry_after_ms),
        })
      : new SignalingError('malformed_answer', 'signaling: an answer with neither result nor error'),
  };
}

function lost(what: string): SignalingError {
  return new SignalingError('connection_lost', `${what}: the signaling connection is down`);
}
