import { type AmfValue, propertiesOf, readAmf, writeAmf } from './amf0.ts';
import { ChunkReader, ChunkWriter, type RtmpMessage } from './chunks.ts';
import { numberIn, PING_REQUEST, PING_RESPONSE, u32 } from './control-bodies.ts';
import { RtmpError } from './errors.ts';
import { HANDSHAKE_BYTES, MESSAGE, VERSION } from './message-types.ts';
import type { RtmpTarget } from './target.ts';

/** Of ours; a picture is a few of them. */
const CHUNK_SIZE = 4_096;
/** What a server says to a publisher is some hundred bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Bytes after which the other side is to tell that it has them. */
const WINDOW_BYTES = 5_000_000;

const CONTROL = 2;
const COMMANDS = 3;
const AUDIO = 4;
const DATA = 5;
const VIDEO = 6;

const CONNECT = 1;
const CREATE_STREAM = 4;
const PUBLISH = 5;

/**
 * The publishing side of an RTMP connection: from bytes that came to bytes to send (Adobe RTMP 1.0, 5.2 and 7.2). It
 * knows no socket and no time; whoever has them begins with `start`, gives it what arrives, and closes when it fails.
 */
export class RtmpPublisher {
  readonly #target: Pick<RtmpTarget, 'app' | 'url' | 'streamKey'>;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #onPublishing: () => void;
  readonly #writer = new ChunkWriter();
  readonly #reader = new ChunkReader({ maxMessageBytes: MAX_MESSAGE_BYTES });
  /** Until the handshake is over. */
  #handshake: Uint8Array | undefined = new Uint8Array(0);
  #hasAnswered = false;
  #streamId = 0;
  #isPublishing = false;
  #received = 0;
  #acknowledged = 0;
  #window = Number.POSITIVE_INFINITY;

  constructor(options: {
    readonly target: Pick<RtmpTarget, 'app' | 'url' | 'streamKey'>;
    readonly send: (bytes: Uint8Array) => void;
    /** The server takes audio and video from now on. */
    readonly onPublishing: () => void;
  }) {
    this.#target = options.target;
    this.#send = options.send;
    this.#onPublishing = options.onPublishing;
  }

  /** C0 and C1 (5.2.2, 5.2.3). Nothing of it is secret: the random bytes only tell one connection from another. */
  start(): void {
    const bytes = Uint8Array.from({ length: 1 + HANDSHAKE_BYTES }, () => Math.floor(Math.random() * 256));
    bytes[0] = VERSION;
    bytes.fill(0, 1, 9);
    this.#send(bytes);
  }

  /** @throws RtmpError when the connection is of no use any more */
  receive(data: Uint8Array): void {
    this.#received += data.byteLength;
    const rest = this.#handshake ? this.#shake(this.#handshake, data) : data;
    for (const message of this.#reader.read(rest)) this.#take(message);
    if (this.#received - this.#acknowledged >= this.#window) {
      this.#acknowledged = this.#received;
      this.#control(MESSAGE.acknowledgement, u32(this.#received >>> 0));
    }
  }

  /** What is said of the stream, before its headers. @param body `streamMetadata` */
  metadata(body: Uint8Array): void {
    this.#write(DATA, MESSAGE.data, this.#streamId, 0, body);
  }

  /** @param body of `flv.ts` */
  video(timestamp: number, body: Uint8Array): void {
    this.#write(VIDEO, MESSAGE.video, this.#streamId, timestamp, body);
  }

  /** @param body of `flv.ts` */
  audio(timestamp: number, body: Uint8Array): void {
    this.#write(AUDIO, MESSAGE.audio, this.#streamId, timestamp, body);
  }

  /** Tells the server that nothing more comes. */
  end(): void {
    if (!this.#isPublishing) return;
    this.#isPublishing = false;
    this.#command(0, 'FCUnpublish', 6, null, this.#target.streamKey);
    this.#command(0, 'deleteStream', 7, null, this.#streamId);
  }

  /** @returns what came after the handshake */
  #shake(before: Uint8Array, data: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(before.byteLength + data.byteLength);
    bytes.set(before);
    bytes.set(data, before.byteLength);
    this.#handshake = bytes;
    if (bytes.byteLength > 0 && bytes[0] !== VERSION) {
      throw new RtmpError('rtmp_malformed', `version ${bytes[0]}, wanted ${VERSION}`);
    }
    if (bytes.byteLength >= 1 + HANDSHAKE_BYTES && !this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#send(bytes.slice(1, 1 + HANDSHAKE_BYTES));
      this.#connect();
    }
    // Only our own address would be in S2.
    if (bytes.byteLength < 1 + 2 * HANDSHAKE_BYTES) return new Uint8Array(0);
    this.#handshake = undefined;
    return bytes.subarray(1 + 2 * HANDSHAKE_BYTES);
  }

  #connect(): void {
    this.#control(MESSAGE.setChunkSize, u32(CHUNK_SIZE));
    this.#writer.chunkSize = CHUNK_SIZE;
    const { app, url } = this.#target;
    this.#command(0, 'connect', CONNECT, {
      app,
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; Amphi)',
      tcUrl: url,
    });
  }

  #take({ type, body }: RtmpMessage): void {
    switch (type) {
      case MESSAGE.command:
        this.#answer(readAmf(body));
        break;
      case MESSAGE.windowSize:
        this.#window = Math.max(1, numberIn(body));
        break;
      case MESSAGE.peerBandwidth:
        this.#control(MESSAGE.windowSize, u32(WINDOW_BYTES));
        break;
      case MESSAGE.userControl:
        if (body.byteLength >= 6 && body[1] === PING_REQUEST && body[0] === 0) {
          this.#control(MESSAGE.userControl, Uint8Array.of(0, PING_RESPONSE, ...body.subarray(2, 6)));
        }
        break;
    }
  }

  #answer([name, transaction, , info]: readonly AmfValue[]): void {
    if (name === '_error') {
      // Those of releaseStream and FCPublish are nothing: not every server knows them.
      if (transaction === CONNECT || transaction === CREATE_STREAM) throw refused(info);
    } else if (name === '_result' && transaction === CONNECT) {
      const { streamKey } = this.#target;
      this.#command(0, 'releaseStream', 2, null, streamKey);
      this.#command(0, 'FCPublish', 3, null, streamKey);
      this.#command(0, 'createStream', CREATE_STREAM, null);
    } else if (name === '_result' && transaction === CREATE_STREAM) {
      if (typeof info !== 'number') throw new RtmpError('rtmp_malformed', 'a stream without a number');
      this.#streamId = info;
      this.#command(info, 'publish', PUBLISH, null, this.#target.streamKey, 'live');
    } else if (name === 'onStatus') this.#status(info);
    else if (name === 'close') throw refused(info);
  }

  #status(info: AmfValue | undefined): void {
    const { level, code } = propertiesOf(info);
    if (code === 'NetStream.Publish.Start') {
      if (this.#isPublishing) return;
      this.#isPublishing = true;
      this.#onPublishing();
    } else if (level === 'error' || code === 'NetStream.Unpublish.Success') throw refused(info);
  }

  #command(streamId: number, ...values: readonly AmfValue[]): void {
    this.#write(COMMANDS, MESSAGE.command, streamId, 0, writeAmf(...values));
  }

  #control(type: number, body: Uint8Array): void {
    this.#write(CONTROL, type, 0, 0, body);
  }

  #write(chunkStream: number, type: number, streamId: number, timestamp: number, body: Uint8Array): void {
    this.#send(this.#writer.write(chunkStream, { type, streamId, timestamp: timestamp >>> 0, body }));
  }
}

/** By its code, which is of a known form; its description may repeat the stream key. */
function refused(info: AmfValue | undefined): RtmpError {
  const { code } = propertiesOf(info);
  const known =
    typeof code === 'string' && /^Net[A-Za-z]{1,20}(\.[A-Za-z]{1,40}){1,4}$/.test(code) ? code : 'without a reason';
  return new RtmpError('rtmp_refused', `the server refused the stream: ${known}`);
}
