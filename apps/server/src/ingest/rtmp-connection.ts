import type { Socket } from 'node:net';
import {
  type Clock,
  type Closable,
  type CloseReason,
  CodedError,
  type Logger,
  logFaults,
  type Millis,
  messageOf,
  type Release,
  Scope,
} from '@amphi/base';
import { PublicError, SEND_IN_UNSUPPORTED } from '@amphi/protocol';
import {
  MESSAGE,
  type Publication,
  type PublishRefusal,
  type RtmpMessage,
  RtmpReceiver,
  readAudioTag,
  readVideoTag,
} from '@amphi/rtmp';
import type { Expected, Ingests } from './ingests.ts';
import type { SendIn, StartSendIn } from './send-in-process.ts';

/** A connection that does not publish by then is none of an encoder. */
const PUBLISH_WITHIN_MS: Millis = 10_000;
/** One that publishes has to be a peer by then. */
const ENTER_WITHIN_MS: Millis = 40_000;
/** An encoder sends many times a second. */
const SILENT_MS: Millis = 30_000;
/** Its process may take so long until it takes more: it starts, too. */
const STUCK_MS: Millis = 60_000;
const LOOK_EVERY_MS: Millis = 5_000;
/** For what it is told at the end. */
const FAREWELL_MS: Millis = 2_000;
const MAX_UNSENT_BYTES = 64 * 1024;
const MAX_NAME = 256;
const UNNAMED = 'Encoder';

/** One encoder's RTMP connection, from its first byte to its last. A fault at it ends it, and nothing else. */
export class RtmpConnection implements Closable {
  readonly closed: Promise<CloseReason>;
  readonly #options: RtmpConnectionOptions;
  readonly #logger: Logger;
  readonly #scope: Scope;
  readonly #receiver: RtmpReceiver;
  #cancelDeadline: () => void;
  #process: SendIn | undefined;
  #heardAt: Millis;

  constructor(options: RtmpConnectionOptions) {
    const { socket, clock, logger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#scope = new Scope({ clock, onTimerError: (error) => this.#fail(error) });
    this.closed = this.#scope.closed;
    this.#heardAt = clock.now();
    this.#receiver = new RtmpReceiver({
      send: (bytes) => this.#send(bytes),
      onPublish: (publication) => void this.#publish(publication).catch((error: unknown) => this.#fail(error)),
      onMedia: (message) => this.#takeMedia(message),
      onEnd: () => this.close({ by: 'remote' }),
    });
    this.#scope.defer(() => this.#farewell());
    this.#cancelDeadline = this.#scope.after(PUBLISH_WITHIN_MS, () => this.close({ by: 'failure', code: 'idle' }));
    this.#scope.every(LOOK_EVERY_MS, () => {
      const quietMs = clock.now() - this.#heardAt;
      // Paused it cannot be heard: then its process is what takes too long.
      if (quietMs <= (socket.isPaused() ? STUCK_MS : SILENT_MS)) return;
      this.#refuse('NetStream.Publish.Rejected', 'nothing came, or could be taken, for too long');
    });
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => this.#logger.debug({ error: error.message }, 'the connection of an encoder failed'));
    socket.on('close', () => this.close({ by: 'remote' }));
  }

  close(reason: CloseReason = { by: 'self' }): void {
    this.#scope.close(reason);
  }

  #send(bytes: Uint8Array): void {
    const { socket } = this.#options;
    if (socket.writable) socket.write(bytes);
    // Answers are short: who does not read them is no encoder.
    if (socket.writableLength > MAX_UNSENT_BYTES) this.close({ by: 'failure', code: 'unread' });
  }

  #receive(data: Uint8Array): void {
    if (this.#scope.isClosed) return;
    this.#heardAt = this.#options.clock.now();
    try {
      this.#receiver.receive(data);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #publish({ streamKey }: Publication): Promise<void> {
    const { ingests, takePlace, startSendIn, whipUrl, from, reachedAt } = this.#options;
    const { token, name } = readStreamKey(streamKey);
    const release = takePlace();
    if (!release) {
      this.#refuse('NetStream.Publish.Rejected', 'too many encoders send to this server');
      return;
    }
    // Who ends while it is looked up gives its place back all the same.
    this.#scope.defer(release);
    let expected: Expected;
    try {
      expected = await ingests.expect({ token, name, reachedAt, from });
    } catch (error) {
      this.#refuseBy(error);
      return;
    }
    this.#scope.defer(() => expected.callOff());
    if (this.#scope.isClosed) return;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#scope.after(ENTER_WITHIN_MS, () =>
      this.#refuse('NetStream.Publish.Rejected', 'no stream of H.264 and AAC came'),
    );
    this.#feed(startSendIn({ url: whipUrl(), ticket: expected.ticket }));
    void this.#follow(expected);
    this.#receiver.accept();
  }

  #feed(process: SendIn): void {
    const { socket } = this.#options;
    this.#process = process;
    this.#scope.defer(() => process.close());
    process.onDrain(() => socket.resume());
    void process.closed.then(({ code }) => {
      const isUnsupported = code === `exit_${SEND_IN_UNSUPPORTED}`;
      const why = isUnsupported
        ? 'its pictures are not taken: send H.264 of 8 bits, 4:2:0'
        : 'the stream could not be taken further';
      this.#refuse('NetStream.Publish.Rejected', why);
    });
  }

  async #follow(expected: Expected): Promise<void> {
    try {
      const ingest = await expected.opened;
      this.#cancelDeadline();
      this.#scope.defer(() => ingest.end());
      await ingest.closed;
      this.#refuse('NetStream.Publish.Rejected', 'the encoder is not in the room any more');
    } catch (error) {
      this.#refuseBy(error);
    }
  }

  #takeMedia(message: RtmpMessage): void {
    if (this.#scope.isClosed) return;
    const tag = message.type === MESSAGE.video ? readVideoTag(message.body) : readAudioTag(message.body);
    if (tag.kind === 'unsupported') {
      const kind = message.type === MESSAGE.video ? 'video' : 'audio';
      this.#refuse('NetStream.Publish.Rejected', `${kind} codec ${tag.codec} is not taken: send H.264 and AAC`);
      return;
    }
    // It feels that through its connection, and sends less.
    if (this.#process?.write(message) === false) this.#options.socket.pause();
  }

  #refuseBy(error: unknown): void {
    if (!(error instanceof PublicError)) {
      this.#fail(error);
      return;
    }
    const isAboutKey = error.code === 401 || error.code === 403 || error.code === 409;
    this.#refuse(isAboutKey ? 'NetStream.Publish.BadName' : 'NetStream.Publish.Rejected', error.message);
  }

  #refuse(code: PublishRefusal, description: string): void {
    if (this.#scope.isClosed) return;
    this.#logger.info({ code, why: description }, 'an encoder was refused');
    this.#receiver.refuse(code, description);
    this.close({ by: 'self', code: 'refused' });
  }

  #fail(error: unknown): void {
    const isTheirs = error instanceof CodedError && error.code === 'rtmp_malformed';
    if (isTheirs) this.#logger.debug({ error: messageOf(error) }, 'an encoder does not speak RTMP');
    else this.#logger.error({ error: messageOf(error) }, 'failed at an encoder and put it out');
    this.close({ by: 'failure', code: isTheirs ? 'malformed' : 'fault' });
  }

  #farewell(): void {
    const { socket, clock } = this.#options;
    socket.end();
    socket.resume();
    const timer = new Scope({ clock, onTimerError: logFaults(this.#logger, 'the farewell of an encoder failed') });
    timer.after(FAREWELL_MS, () => socket.destroy());
    socket.once('close', () => timer.close());
    if (socket.destroyed) timer.close();
  }
}

export interface RtmpConnectionOptions {
  readonly socket: Socket;
  /** Whom it counts for (`addressKey`). */
  readonly from: string;
  readonly reachedAt: string;
  readonly ingests: Pick<Ingests, 'expect'>;
  readonly startSendIn: StartSendIn;
  /** Where own processes send by WHIP. */
  readonly whipUrl: () => string;
  /** Takes a place among those who send at a time; none when all are taken. */
  readonly takePlace: () => Release | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A stream's name as encoders write it: the key, or a client auth token, and `?name=` of the peer. */
export function readStreamKey(text: string): { readonly token: string; readonly name: string } {
  const [token = '', query = ''] = text.split('?', 2);
  const name = new URLSearchParams(query).get('name')?.trim().slice(0, MAX_NAME);
  return { token, name: name || UNNAMED };
}
