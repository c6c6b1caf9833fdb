import {
  type Clock,
  type Closable,
  type CloseReason,
  type Logger,
  type Millis,
  messageOf,
  Scope,
  TokenBucket,
} from '@amphi/base';
import { type Notification, PublicError, type RequestId } from '@amphi/protocol';
import type { RawData, WebSocket } from 'ws';
import { type Call, peekId, readFrame, serializeError, serializeNotification, serializeResult } from './frames.ts';
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
 * a client can cost, and finds dead sockets. It knows no sessions. Until `receive` is called the client has shown no right
 * to anything: its frames wait as bytes.
 *
 * Closes by `remote` when the client closed or vanished, by `failure` with `flood` or `slow_consumer` when a limit was
 * passed and with `fault` when we failed at what it sent, by `self` otherwise.
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
  readonly #rate: TokenBucket;
  readonly #excess: TokenBucket;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
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
    this.#scope = new Scope({ clock, onTimerError: (error) => this.failAt(error) });
    this.closed = this.#scope.closed;
    const now = clock.now();
    this.#rate = new TokenBucket({ perSecond: limits.messagesPerSecond, burst: limits.messageBurst }, now);
    this.#excess = new TokenBucket({ perSecond: limits.excessPerSecond, burst: limits.excessBurst }, now);
    this.#lastTrafficAt = now;
    this.#listen();
  }

  get isClosed(): boolean {
    return this.#scope.isClosed;
  }

  /** Hands over all calls from now on, those that waited first. To be called once, for a client that was admitted. */
  receive(handler: (call: IncomingCall) => void): void {
    this.#receive = handler;
    for (const frame of this.#waiting.splice(0)) this.#guard(() => this.#read(frame, handler));
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

  /** A fault of ours at something that the client sent, by whatever channel: logged, and the end of its connection. */
  failAt(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#logger.error({ error: messageOf(error), stack }, 'failed at a message and closed its connection');
    this.fail(new PublicError(500, 'internal error'), { by: 'failure', code: 'fault' });
  }

  close(reason: CloseReason = { by: 'self' }): void {
    if (this.#scope.isClosed) return;
    this.#end(reason);
    // To people's clients all codes are the same (client protocol, 3.5); RFC 6455, 7.4.1: 1011, the server failed.
    this.#socket.close(reason.by === 'failure' ? 1011 : 1000);
    const cancel = this.#clock.after(LINGER_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  #end(reason: CloseReason): void {
    this.#waiting.length = 0;
    this.#scope.close(reason);
  }

  #listen(): void {
    const onMessage = (data: RawData, isBinary: boolean): void =>
      this.#guard(() => this.#handleMessage(data, isBinary));
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

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.failAt(error);
    }
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    this.#noteTraffic();
    const frame = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!this.#rate.take(this.#lastTrafficAt)) {
      if (this.#excess.take(this.#lastTrafficAt)) this.#refuseUnread(frame);
      else this.#giveUpFlooder('far too many messages');
    } else if (isBinary) {
      return;
    } else if (this.#receive) {
      this.#read(frame, this.#receive);
    } else {
      this.#keep(frame);
    }
  }

  #refuseUnread(frame: Buffer): void {
    const id = peekId(frame);
    if (id !== undefined) this.send(serializeError(id, new PublicError(429, 'too many messages: slow down')));
  }

  #giveUpFlooder(why: string): void {
    this.#logger.warn({ why }, 'closed a connection that floods');
    this.fail(new PublicError(429, why), { by: 'failure', code: 'flood' });
  }

  #keep(frame: Buffer): void {
    const { maxWaitingFrames, maxWaitingBytes } = this.#limits;
    this.#waitingBytes += frame.length;
    if (this.#waiting.length >= maxWaitingFrames || this.#waitingBytes > maxWaitingBytes) {
      this.#giveUpFlooder('too many messages before the peer was admitted');
    } else {
      this.#waiting.push(frame);
    }
  }

  #read(frame: Buffer, receive: (call: IncomingCall) => void): void {
    // What was sent behind a `leave` is for nobody.
    if (this.#scope.isClosed) return;
    const reading = readFrame(frame);
    switch (reading.kind) {
      case 'ignored':
        this.#logger.debug({ error: reading.error.message }, 'ignored a malformed notification');
        return;
      case 'refused':
        this.send(serializeError(reading.id, reading.error));
        return;
      case 'call':
        if (reading.call.method === 'ping') this.#pong(reading.call);
        else receive(this.#incoming(reading.call));
    }
  }

  #pong({ id }: Call): void {
    if (id !== undefined) this.send(serializeResult(id, { timestamp: this.#clock.now() }));
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
