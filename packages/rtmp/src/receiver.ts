import { type AmfValue, propertiesOf, readAmf, writeAmf } from './amf0.ts';
import { ChunkReader, ChunkWriter, type RtmpMessage } from './chunks.ts';
import { numberIn, PING_REQUEST, PING_RESPONSE, u32 } from './control-bodies.ts';
import { RtmpError } from './errors.ts';
import { HANDSHAKE_BYTES, MESSAGE, VERSION } from './message-types.ts';

/** Of ours: answers to commands fit into one. */
const CHUNK_SIZE = 4_096;
/** Until its stream is taken: commands have some hundred bytes. */
const MAX_COMMAND_BYTES = 16 * 1024;
/** Of an audio or video message: a keyframe of 4K at 100 Mbit/s has 2 MB. */
export const MAX_MEDIA_BYTES = 4 * 1024 * 1024;
/** Bytes after which each side tells the other that it has them. */
const WINDOW_BYTES = 2_500_000;
/** Commands before it publishes; encoders send about six. */
const MAX_COMMANDS = 64;

const CONTROL = 2;
const COMMANDS = 3;
/** There is one stream to a connection. */
const STREAM = 1;

const STREAM_BEGIN = 0;
/** How far `peerBandwidth` binds: as the other side likes (5.4.5). */
const DYNAMIC = 2;

/** What a publisher asks for. Both are what it wrote, and may hold anything. */
export interface Publication {
  readonly app: string;
  /** Secret: with it anybody can publish. */
  readonly streamKey: string;
}

/** Codes of answers that end a publication (7.2.2.6 of the commands, and those that servers have added). */
export type PublishRefusal = 'NetStream.Publish.BadName' | 'NetStream.Publish.Denied' | 'NetStream.Publish.Rejected';

type Phase = 'greeting' | 'commands' | 'asked' | 'publishing' | 'over';

/**
 * The receiving side of an RTMP connection of a publisher: from bytes that came to bytes to send (Adobe RTMP 1.0, 5.2
 * and 7.2). It knows no socket and no time. Whoever has them gives it what arrives, answers the one `onPublish` by `accept` or
 * `refuse`, and closes when it fails.
 */
export class RtmpReceiver {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #onPublish: (publication: Publication) => void;
  readonly #onMedia: (message: RtmpMessage) => void;
  readonly #onEnd: () => void;
  readonly #writer = new ChunkWriter();
  readonly #reader = new ChunkReader({ maxMessageBytes: MAX_COMMAND_BYTES });
  #phase: Phase = 'greeting';
  #greeting = new Uint8Array(0);
  #isGreeted = false;
  #app: string | undefined;
  #commands = 0;
  #received = 0;
  #acknowledged = 0;
  #window = WINDOW_BYTES;

  constructor(options: {
    readonly send: (bytes: Uint8Array) => void;
    /** It wants to publish; called once. */
    readonly onPublish: (publication: Publication) => void;
    /** Audio and video, once it is accepted. */
    readonly onMedia: (message: RtmpMessage) => void;
    /** It has said that nothing more comes. */
    readonly onEnd: () => void;
  }) {
    this.#send = options.send;
    this.#onPublish = options.onPublish;
    this.#onMedia = options.onMedia;
    this.#onEnd = options.onEnd;
  }

  /** @throws RtmpError `rtmp_malformed`, when the connection is of no use any more */
  receive(data: Uint8Array): void {
    this.#received += data.byteLength;
    const rest = this.#phase === 'greeting' ? this.#greet(data) : data;
    if (rest.byteLength > 0) for (const message of this.#reader.read(rest)) this.#take(message);
    if (this.#received - this.#acknowledged >= this.#window) {
      this.#acknowledged = this.#received;
      this.#control(MESSAGE.acknowledgement, u32(this.#received >>> 0));
    }
  }

  /** Its audio and video are taken from now on. */
  accept(): void {
    if (this.#phase !== 'asked') return;
    this.#phase = 'publishing';
    this.#reader.maxMessageBytes = MAX_MEDIA_BYTES;
    this.#control(MESSAGE.userControl, Uint8Array.of(0, STREAM_BEGIN, ...u32(STREAM)));
    this.#status('status', 'NetStream.Publish.Start', 'publishing');
  }

  /** It is not, or not any more. @param description for people; must not hold the key */
  refuse(code: PublishRefusal, description: string): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#status('error', code, description);
  }

  /** @returns what came after the handshake */
  #greet(data: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(this.#greeting.byteLength + data.byteLength);
    bytes.set(this.#greeting);
    bytes.set(data, this.#greeting.byteLength);
    this.#greeting = bytes;
    if (bytes.byteLength > 0 && bytes[0] !== VERSION) {
      throw new RtmpError('rtmp_malformed', `version ${bytes[0]}, wanted ${VERSION}`);
    }
    const first = 1 + HANDSHAKE_BYTES;
    if (bytes.byteLength >= first && !this.#isGreeted) {
      this.#isGreeted = true;
      // Nothing of S1 is secret: the random bytes only tell one connection from another.
      const own = Uint8Array.from({ length: first }, () => Math.floor(Math.random() * 256));
      own[0] = VERSION;
      own.fill(0, 1, 9);
      this.#send(own);
      this.#send(bytes.slice(1, first));
    }
    // Only our own random bytes would be in C2.
    if (bytes.byteLength < first + HANDSHAKE_BYTES) return new Uint8Array(0);
    this.#phase = 'commands';
    this.#greeting = new Uint8Array(0);
    return bytes.subarray(first + HANDSHAKE_BYTES);
  }

  #take(message: RtmpMessage): void {
    const { type, body } = message;
    switch (type) {
      case MESSAGE.audio:
      case MESSAGE.video:
        if (this.#phase === 'publishing') this.#onMedia(message);
        break;
      case MESSAGE.command:
        this.#command(readAmf(body));
        break;
      case MESSAGE.command3:
        this.#command(readAmf(body.subarray(1)));
        break;
      case MESSAGE.windowSize:
        this.#window = Math.min(WINDOW_BYTES, Math.max(1, numberIn(body)));
        break;
      case MESSAGE.userControl:
        if (body.byteLength >= 6 && body[0] === 0 && body[1] === PING_REQUEST) {
          this.#control(MESSAGE.userControl, Uint8Array.of(0, PING_RESPONSE, ...body.subarray(2, 6)));
        }
        break;
    }
  }

  #command([name, transaction, object, argument]: readonly AmfValue[]): void {
    if (this.#phase === 'over') return;
    this.#commands += 1;
    if (this.#phase !== 'publishing' && this.#commands > MAX_COMMANDS) {
      throw new RtmpError('rtmp_malformed', `more than ${MAX_COMMANDS} commands, and no stream`);
    }
    switch (name) {
      case 'connect':
        this.#connect(transaction, object);
        break;
      case 'createStream':
        this.#answer('_result', transaction, null, STREAM);
        break;
      case 'releaseStream':
      case 'FCPublish':
      case '_checkbw':
        this.#answer('_result', transaction, null, undefined);
        break;
      case 'publish':
        this.#publish(argument);
        break;
      case 'play':
      case 'play2':
        this.#phase = 'over';
        this.#status('error', 'NetStream.Play.StreamNotFound', 'nothing is played here');
        this.#onEnd();
        break;
      case 'FCUnpublish':
      case 'deleteStream':
      case 'closeStream':
        if (this.#phase !== 'publishing') break;
        this.#phase = 'over';
        this.#status('status', 'NetStream.Unpublish.Success', 'ended');
        this.#onEnd();
        break;
    }
  }

  #connect(transaction: AmfValue | undefined, object: AmfValue | undefined): void {
    if (this.#app !== undefined) throw new RtmpError('rtmp_malformed', 'a second connect');
    const { app } = propertiesOf(object);
    this.#app = typeof app === 'string' ? app : '';
    this.#control(MESSAGE.windowSize, u32(WINDOW_BYTES));
    this.#control(MESSAGE.peerBandwidth, Uint8Array.of(...u32(WINDOW_BYTES), DYNAMIC));
    this.#control(MESSAGE.setChunkSize, u32(CHUNK_SIZE));
    this.#writer.chunkSize = CHUNK_SIZE;
    const info = {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'connected',
      // Whatever it asked for: we speak AMF 0.
      objectEncoding: 0,
    };
    // Some encoders read the version, and go on only with one that they know.
    this.#answer('_result', transaction, { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }, info);
  }

  #publish(streamKey: AmfValue | undefined): void {
    if (this.#app === undefined) throw new RtmpError('rtmp_malformed', 'publish before connect');
    if (this.#phase !== 'commands') throw new RtmpError('rtmp_malformed', 'a second publish');
    this.#phase = 'asked';
    this.#onPublish({ app: this.#app, streamKey: typeof streamKey === 'string' ? streamKey : '' });
  }

  #status(level: 'status' | 'error', code: string, description: string): void {
    this.#command0(STREAM, 'onStatus', 0, null, { level, code, description });
  }

  #answer(...values: readonly AmfValue[]): void {
    this.#command0(0, ...values);
  }

  #command0(streamId: number, ...values: readonly AmfValue[]): void {
    this.#write(COMMANDS, MESSAGE.command, streamId, writeAmf(...values));
  }

  #control(type: number, body: Uint8Array): void {
    this.#write(CONTROL, type, 0, body);
  }

  #write(chunkStream: number, type: number, streamId: number, body: Uint8Array): void {
    this.#send(this.#writer.write(chunkStream, { type, streamId, timestamp: 0, body }));
  }
}
