import type { Duplex } from 'node:stream';
import { type Clock, type Closable, type CloseReason, type Logger, type Millis, messageOf, Scope } from '@amphi/base';
import { type Notification, PublicError, type RequestId } from '@amphi/protocol';
import type { RawData, WebSocket } from 'ws';
import { overBudget } from '../budgets/over-budget.ts';
import { type Call, peekId, readFrame, serializeError, serializeNotification, serializeResult } from './frames.ts';
import type { ConnectionLimits } from './limits.ts';
import type { Meter } from './meter.ts';
import { type Importance, Receiving } from './receiving.ts';
import { textFrame } from './text-frame.ts';

/** A client's message together with the one way to answer it. Answering a message without an id does nothing. */
export interface IncomingCall {
  readonly call: Call;
  answer(result: object): void;
  refuse(error: PublicError): void;
}

interface Frame {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

interface Admitted {
  readonly meter: Meter;
  readonly handler: (call: IncomingCall) => void;
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
  /** As a `PeerChannel` of a session. */
  readonly takesFrames = true;
  readonly closed: Promise<CloseReason>;
  /** Base URL by which the client reached the server. */
  readonly reachedAt: string;
  readonly #socket: WebSocket;
  readonly #wire: Duplex;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: ConnectionLimits;
  readonly #scope: Scope;
  readonly #receiving: Receiving;
  readonly #waiting: Frame[] = [];
  #waitingBytes = 0;
  readonly #leftOver = { frames: 0, bytes: 0 };
  #admitted: Admitted | undefined;
  #lastTrafficAt: Millis;

  constructor(options: {
    readonly socket: WebSocket;
    /** What the socket speaks on: frames that are framed already go there, as `ws` has no word for them. */
    readonly wire: Duplex;
    readonly reachedAt: string;
    readonly limits: ConnectionLimits;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { socket, limits, clock } = options;
    this.#socket = socket;
    this.#wire = options.wire;
    this.reachedAt = options.reachedAt;
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = options.logger;
    this.#scope = new Scope({ clock, onTimerError: (error) => this.failAt(error) });
    this.closed = this.#scope.closed;
    const now = clock.now();
    this.#receiving = new Receiving({ maxUnsentBytes: limits.maxUnsentBytes, now });
    this.#lastTrafficAt = now;
    this.#listen();
  }

  get isClosed(): boolean {
    return this.#scope.isClosed;
  }

  /** Hands over all calls from now on, those that waited first. To be called once, for a client that was admitted. */
  receive(meter: Meter, handler: (call: IncomingCall) => void): void {
    const admitted = { meter, handler };
    this.#admitted = admitted;
    for (const frame of this.#waiting.splice(0)) this.#guard(() => this.#weigh(frame, admitted));
  }

  notify(notification: Notification): void {
    this.send(textFrame(serializeNotification(notification)));
  }

  /**
   * Sends a whole frame (`textFrame`), made for one or for many. One of less importance is left out when the receiver
   * is behind.
   */
  send(frame: Buffer, importance: Importance = 'truth'): void {
    if (this.#scope.isClosed || this.#socket.readyState !== this.#socket.OPEN) return;
    const verdict = this.#receiving.judge(frame.length, importance, this.#socket.bufferedAmount);
    if (verdict === 'send') this.#wire.write(frame);
    else if (verdict === 'give up') this.#giveUpReceiver();
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
    this.#socket.on('message', (data: RawData) => this.#passOver(data));
    const cancel = this.#clock.after(LINGER_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  /**
   * What was on its way when we closed is read for nothing, up to the close frame. Who goes on sending is not read any
   * further: unmasking and joining what nobody looks at is most of what a large frame costs.
   */
  #passOver(data: RawData): void {
    const { maxWaitingFrames, maxWaitingBytes } = this.#limits;
    this.#leftOver.frames++;
    this.#leftOver.bytes += sizeOf(data);
    if (this.#leftOver.frames > maxWaitingFrames || this.#leftOver.bytes > maxWaitingBytes) this.#socket.pause();
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
      const now = this.#clock.now();
      if (now - this.#lastTrafficAt >= this.#limits.silenceMs) {
        this.#end({ by: 'remote', code: 'silent' });
        this.#socket.terminate();
      } else if (this.#receiving.hasStalled(this.#socket.bufferedAmount, now)) {
        this.#giveUpReceiver();
      }
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
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const frame = { bytes, isBinary };
    if (this.#admitted) this.#weigh(frame, this.#admitted);
    else this.#keep(frame);
  }

  #weigh({ bytes, isBinary }: Frame, { meter, handler }: Admitted): void {
    // What was sent behind a `leave` is for nobody.
    if (this.#scope.isClosed) return;
    const verdict = meter.weigh(bytes.length);
    if (verdict === 'flood') this.#giveUpFlooder('far too many messages');
    else if (verdict !== 'read') this.#refuseUnread(bytes, overBudget(verdict));
    else if (!isBinary) this.#read(bytes, handler);
  }

  #refuseUnread(bytes: Buffer, error: PublicError): void {
    const id = peekId(bytes);
    if (id !== undefined) this.send(textFrame(serializeError(id, error)));
  }

  #giveUpReceiver(): void {
    this.#logger.warn({ unsentBytes: this.#socket.bufferedAmount }, 'gave up a receiver that does not read');
    this.#end({ by: 'failure', code: 'slow_consumer' });
    this.#socket.terminate();
  }

  #giveUpFlooder(why: string): void {
    this.#logger.warn({ why }, 'closed a connection that floods');
    this.fail(new PublicError(429, why), { by: 'failure', code: 'flood' });
  }

  #keep(frame: Frame): void {
    const { maxWaitingFrames, maxWaitingBytes } = this.#limits;
    this.#waitingBytes += frame.bytes.length;
    if (this.#waiting.length >= maxWaitingFrames || this.#waitingBytes > maxWaitingBytes) {
      this.#giveUpFlooder('too many messages before the peer was admitted');
    } else {
      this.#waiting.push(frame);
    }
  }

  #read(bytes: Buffer, receive: (call: IncomingCall) => void): void {
    const reading = readFrame(bytes);
    switch (reading.kind) {
      case 'ignored':
        this.#logger.debug({ error: reading.error.message }, 'ignored a malformed notification');
        return;
      case 'refused':
        this.send(textFrame(serializeError(reading.id, reading.error)));
        return;
      case 'call':
        if (reading.call.method === 'ping') this.#pong(reading.call);
        else receive(this.#incoming(reading.call));
    }
  }

  #pong({ id }: Call): void {
    if (id !== undefined) this.send(textFrame(serializeResult(id, { timestamp: this.#clock.now() })));
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
      answer: (result) => once((id) => this.send(textFrame(serializeResult(id, result)))),
      refuse: (error) => once((id) => this.send(textFrame(serializeError(id, error)))),
    };
  }
}

function sizeOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
}
