import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Clock, CodedError, type Millis, Scope } from '@amphi/base';
import { isRefusedAddress, PrivateAddressError, publicLookup } from '@amphi/outbound';
import { RtmpPublisher, type RtmpTarget } from '@amphi/rtmp';

export interface RtmpFailure {
  readonly code: 'rtmp_private' | 'rtmp_unreachable' | 'rtmp_refused' | 'rtmp_malformed' | 'rtmp_lost' | 'rtmp_stalled';
  /** Without the stream key. */
  readonly message: string;
}

/** From the first packet until the server takes the stream. */
const PUBLISH_DEADLINE_MS: Millis = 10_000;
/** A server that takes nothing for so long is gone. */
const STALL_MS: Millis = 15_000;
const WATCH_MS: Millis = 1_000;
/** For what is still under way at the end. */
const END_DEADLINE_MS: Millis = 3_000;

/** One connection to another platform, from the socket to its end. What is written never waits; how much does is told. */
export class RtmpConnection {
  readonly #publisher: RtmpPublisher;
  readonly #socket: Socket;
  readonly #scope: Scope;
  readonly #clock: Clock;
  readonly #onPublishing: () => void;
  readonly #onOver: (failure: RtmpFailure) => void;
  #isPublishing = false;
  #progressAt: Millis;
  #ended: (() => void) | undefined;

  /** @param options.onOver once, unless it was ended or closed before */
  constructor(options: {
    readonly target: RtmpTarget;
    readonly allowPrivate: boolean;
    readonly onPublishing: () => void;
    readonly onOver: (failure: RtmpFailure) => void;
    readonly clock: Clock;
  }) {
    const { target, clock } = options;
    this.#clock = clock;
    this.#onPublishing = options.onPublishing;
    this.#onOver = options.onOver;
    this.#scope = new Scope({ clock });
    this.#progressAt = clock.now();
    this.#publisher = new RtmpPublisher({
      target,
      send: (bytes) => this.#write(bytes),
      onPublishing: () => this.#handlePublishing(),
    });
    this.#socket = openSocket(target, options.allowPrivate);
    this.#scope.defer(() => {
      this.#socket.destroy();
    });
    this.#socket.setNoDelay(true);
    this.#socket.once(target.isSecure ? 'secureConnect' : 'connect', () => this.#publisher.start());
    this.#socket.on('data', (data) => this.#receive(data));
    this.#socket.on('error', (error) => this.#fail(failureOf(error, target.host, this.#isPublishing)));
    this.#socket.once('close', () => {
      const code = this.#isPublishing ? 'rtmp_lost' : 'rtmp_refused';
      this.#fail({ code, message: `${target.host} closed the connection` });
    });
    this.#scope.after(PUBLISH_DEADLINE_MS, () => {
      if (this.#isPublishing) return;
      const message = `${target.host} did not take the stream within ${PUBLISH_DEADLINE_MS} ms`;
      this.#fail({ code: 'rtmp_unreachable', message });
    });
    this.#scope.every(WATCH_MS, () => {
      if (this.waitingBytes === 0) this.#progressAt = this.#clock.now();
      else if (this.#clock.now() - this.#progressAt >= STALL_MS) {
        this.#fail({ code: 'rtmp_stalled', message: `${target.host} took nothing for ${STALL_MS} ms` });
      }
    });
  }

  /** What has been written, and is not with the operating system yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** Sends, once it publishes. */
  get publisher(): Pick<RtmpPublisher, 'metadata' | 'video' | 'audio'> {
    return this.#publisher;
  }

  /** Sends what waits and ends the stream. Resolves when that is done, or will never be. */
  async end(): Promise<void> {
    if (this.#scope.isClosed) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      this.#scope.defer(resolve);
      this.#scope.after(END_DEADLINE_MS, resolve);
      this.#publisher.end();
      this.#socket.end();
    });
    this.close();
  }

  /** Idempotent. */
  close(): void {
    this.#scope.close();
  }

  #write(bytes: Uint8Array): void {
    if (this.#scope.isClosed || !this.#socket.writable) return;
    this.#socket.write(bytes, () => {
      this.#progressAt = this.#clock.now();
    });
  }

  #receive(data: Uint8Array): void {
    if (this.#scope.isClosed) return;
    try {
      this.#publisher.receive(data);
    } catch (error) {
      // Nothing but what the other side sent can be wrong here.
      const isRefused = error instanceof CodedError && error.code === 'rtmp_refused';
      const message = error instanceof CodedError ? error.message : 'the server answers in a way that is not RTMP';
      this.#fail({ code: isRefused ? 'rtmp_refused' : 'rtmp_malformed', message });
    }
  }

  #handlePublishing(): void {
    this.#isPublishing = true;
    this.#onPublishing();
  }

  #fail(failure: RtmpFailure): void {
    if (this.#scope.isClosed) return;
    // What goes wrong with a stream that is over is nobody's trouble.
    if (this.#ended) this.#ended();
    else {
      this.#scope.close();
      this.#onOver(failure);
    }
  }
}

function openSocket({ host, port, isSecure }: RtmpTarget, allowPrivate: boolean): Socket {
  // Numbers are not looked up.
  const isRefused = !allowPrivate && isRefusedAddress(host);
  const options = { host, port, ...(allowPrivate ? {} : { lookup: publicLookup }) };
  const socket = isSecure
    ? connectTls({ ...options, ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connectTcp(options);
  if (isRefused) socket.destroy(new PrivateAddressError(`${host} is not a public address`));
  return socket;
}

function failureOf(error: Error, host: string, isPublishing: boolean): RtmpFailure {
  if (error instanceof PrivateAddressError) {
    const message = `${host} is not a public address; the setting rtmp.allowPrivateAddresses permits such`;
    return { code: 'rtmp_private', message };
  }
  const { code } = error as NodeJS.ErrnoException;
  return { code: isPublishing ? 'rtmp_lost' : 'rtmp_unreachable', message: `${host}: ${code ?? error.name}` };
}
