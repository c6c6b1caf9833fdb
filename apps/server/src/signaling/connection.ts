import { type Clock, type Closable, type CloseReason, type Logger, type Millis, RateLimit, Scope } from '@amphi/base';
import { type Notification, PublicError } from '@amphi/protocol';
import type { RawData, WebSocket } from 'ws';
import {
  type Call,
  type RequestId,
  readFrame,
  serializeError,
  serializeNotification,
  serializeResult,
} from './frames.ts';
import type { SignalingLimits } from './limits.ts';

/** A client's message together with the one way to answer it. Answering a message without an id does nothing. */
export interface IncomingCall {
  readonly call: Call;
  answer(result: object): void;
  refuse(error: { readonly code: number; readonly message: string }): void;
}

/** How long a told client is given to close its socket by itself. */
const LINGER_MS: Millis = 2_000;
const LIVENESS_CHECK_MS: Millis = 5_000;

/**
 * One accepted signaling socket. Reads and checks frames, answers pings and malformed requests by itself, bounds what
 * a client can cost, and finds dead sockets. It knows no sessions.
 *
 * Closes by `remote` when the client closed or vanished, by `failure` with `flood` or `slow_consumer` when a limit was
 * passed, by `self` otherwise.
 */
export class SignalingConnection implements Closable {
  readonly closed: Promise<CloseReason>;
  /** Base URL by which the client reached the server. */
  readonly reachedAt: string;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: SignalingLimits;
  readonly #scope: Scope;
  readonly #rate: RateLimit;
  readonly #excess: RateLimit;
  readonly #waiting: IncomingCall[] = [];
  #receive: ((call: IncomingCall) => void) | undefined;
  #lastTrafficAt: Millis;

  constructor(options: {
    readonly socket: WebSocket;
    readonly reachedAt: string;
    readonly limits: SignalingLimits;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { socket, limits, clock } = options;
    this.#socket = socket;
    this.reachedAt = options.reachedAt;
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock });
    this.closed = this.#scope.closed;
    const now = clock.now();
    this.#rate = new RateLimit({ perSecond: limits.messagesPerSecond, burst: limits.messageBurst, now });
    this.#excess = new RateLimit({ perSecond: limits.excessPerSecond, burst: limits.excessBurst, now });
    this.#lastTrafficAt = now;
    this.#listen();
  }

  get isClosed(): boolean {
    return this.#scope.isClosed;
  }

  /** Hands over all calls from now on, those that waited first. To be called once. */
  receive(handler: (call: IncomingCall) => void): void {
    this.#receive = handler;
    for (const call of this.#waiting.splice(0)) handler(call);
  }

  notify(notification: Notification): void {
    this.send(serializeNotification(notification));
  }

  /**
   * Sends a frame that was serialized before, for one or for many.
   * @param options.droppable not sent when the receiver is behind
   */
  send(frame: Buffer, options: { readonly droppable?: boolean } = {}): void {
    if (this.#scope.isClosed || this.#socket.readyState !== this.#socket.OPEN) return;
    const unsent = this.#socket.bufferedAmount;
    if (unsent > this.#limits.droppableAboveBytes) {
      if (options.droppable) return;
      if (unsent + frame.length > this.#limits.closeAboveBytes) {
        this.#logger.warn({ unsentBytes: unsent }, 'gave up a receiver that does not read');
        this.#end({ by: 'failure', code: 'slow_consumer' });
        this.#socket.terminate();
        return;
      }
    }
    this.#socket.send(frame, { binary: false });
  }

  /** Tells the client that it cannot go on (`on-error` makes it leave), then closes. */
  fail(error: { readonly code: number; readonly message: string }, reason: CloseReason = { by: 'self' }): void {
    this.notify({ method: 'on-error', params: { code: error.code, message: error.message } });
    this.close(reason);
  }

  close(reason: CloseReason = { by: 'self' }): void {
    if (this.#scope.isClosed) return;
    this.#end(reason);
    this.#socket.close(1000);
    const cancel = this.#clock.after(LINGER_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  #end(reason: CloseReason): void {
    this.#waiting.length = 0;
    this.#scope.close(reason);
  }

  #listen(): void {
    const onMessage = (data: RawData, isBinary: boolean): void => this.#handleMessage(data, isBinary);
    const onTraffic = (): void => this.#noteTraffic();
    const onClose = (): void => this.#end({ by: 'remote' });
    this.#socket.on('message', onMessage);
    this.#socket.on('pong', onTraffic);
    this.#socket.on('ping', onTraffic);
    this.#socket.on('close', onClose);
    // `ws` emits it for protocol errors, then closes; without a listener it would end the process.
    this.#socket.on('error', (error) => this.#logger.debug({ error: error.message }, 'signaling socket failed'));
    this.#scope.defer(() => {
      this.#socket.off('message', onMessage);
      this.#socket.off('pong', onTraffic);
      this.#socket.off('ping', onTraffic);
      this.#socket.off('close', onClose);
    });
    this.#scope.every(LIVENESS_CHECK_MS, () => {
      if (this.#clock.now() - this.#lastTrafficAt < this.#limits.silenceMs) return;
      this.#end({ by: 'remote', code: 'silent' });
      this.#socket.terminate();
    });
    if (this.#socket.readyState !== this.#socket.OPEN) this.#end({ by: 'remote' });
  }

  #noteTraffic(): void {
    this.#lastTrafficAt = this.#clock.now();
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    this.#noteTraffic();
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const withinRate = this.#rate.take(this.#lastTrafficAt);
    if (!withinRate && !this.#excess.take(this.#lastTrafficAt)) {
      this.#logger.warn({}, 'closed a connection that floods');
      this.fail(new PublicError(429, 'far too many messages'), { by: 'failure', code: 'flood' });
      return;
    }
    if (isBinary) return;
    const reading = readFrame(bytes.toString('utf8'));
    if (reading.kind === 'ignored') {
      this.#logger.debug({ error: reading.error.message }, 'ignored a malformed notification');
      return;
    }
    const refusal = this.#limitPassed(withinRate, bytes.length) ?? (reading.kind === 'refused' && reading.error);
    if (refusal) {
      const id = reading.kind === 'call' ? reading.call.id : reading.id;
      if (id !== undefined) this.send(serializeError(id, refusal));
    } else if (reading.kind === 'call') {
      this.#dispatch(reading.call);
    }
  }

  #limitPassed(withinRate: boolean, sizeBytes: number): PublicError | undefined {
    if (!withinRate) return new PublicError(429, 'too many messages: slow down');
    const { maxFrameBytes } = this.#limits;
    if (sizeBytes <= maxFrameBytes) return undefined;
    return new PublicError(413, `frame: ${sizeBytes} bytes, at most ${maxFrameBytes}`);
  }

  #dispatch(call: Call): void {
    if (call.method === 'ping') {
      if (call.id !== undefined) this.send(serializeResult(call.id, { timestamp: this.#clock.now() }));
      return;
    }
    const incoming = this.#incoming(call);
    if (this.#receive) this.#receive(incoming);
    else if (this.#waiting.length < this.#limits.maxWaitingCalls) this.#waiting.push(incoming);
    else incoming.refuse(new PublicError(429, 'too many messages before the peer was admitted'));
  }

  #incoming(call: Call): IncomingCall {
    let settled = false;
    const once = (send: (id: RequestId) => void): void => {
      if (settled || call.id === undefined) return;
      settled = true;
      send(call.id);
    };
    return {
      call,
      answer: (result) => once((id) => this.send(serializeResult(id, result))),
      refuse: (error) => once((id) => this.send(serializeError(id, error))),
    };
  }
}
