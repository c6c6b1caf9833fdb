import { RtmpError } from './errors.ts';
import { MESSAGE } from './message-types.ts';

export interface RtmpMessage {
  readonly type: number;
  /** 0: of the connection itself. */
  readonly streamId: number;
  /** Milliseconds; wraps at 2^32. */
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** Until the other side is told otherwise (5.4.1). */
const DEFAULT_CHUNK_SIZE = 128;
/** From here on a timestamp has four bytes of its own (5.3.1.3). */
const EXTENDED = 0xffffff;
/** One for each kind of message is usual. */
const MAX_CHUNK_STREAMS = 64;

/** Messages to chunks (5.3). Each has a full header: twelve bytes a message are nothing beside a picture. */
export class ChunkWriter {
  #chunkSize = DEFAULT_CHUNK_SIZE;

  /** Of what is written from now on; the other side has to be told before. */
  set chunkSize(bytes: number) {
    this.#chunkSize = bytes;
  }

  /** @param chunkStream 2 to 63: messages of one are never mixed */
  write(chunkStream: number, { type, streamId, timestamp, body }: RtmpMessage): Uint8Array {
    const isExtended = timestamp >= EXTENDED;
    const chunks = Math.max(1, Math.ceil(body.byteLength / this.#chunkSize));
    const extended = isExtended ? 4 : 0;
    const bytes = new Uint8Array(12 + extended + (chunks - 1) * (1 + extended) + body.byteLength);
    const view = new DataView(bytes.buffer);
    bytes[0] = chunkStream;
    view.setUint32(1, isExtended ? EXTENDED << 8 : timestamp << 8);
    view.setUint32(4, (body.byteLength << 8) | type);
    view.setUint32(8, streamId, true);
    let at = 12;
    for (let chunk = 0; chunk < chunks; chunk++) {
      if (chunk > 0) bytes[at++] = 0xc0 | chunkStream;
      if (isExtended) {
        view.setUint32(at, timestamp);
        at += 4;
      }
      const part = body.subarray(chunk * this.#chunkSize, (chunk + 1) * this.#chunkSize);
      bytes.set(part, at);
      at += part.byteLength;
    }
    return bytes;
  }
}

/** A chunk stream as it is being read. */
interface Incoming {
  type: number;
  streamId: number;
  timestamp: number;
  delta: number;
  isExtended: boolean;
  length: number;
  body: Uint8Array;
  received: number;
  isUnderWay: boolean;
}

/** Chunks to messages. Keeps at most one message for each chunk stream, and together twice the longest. */
export class ChunkReader {
  /** Of a message that begins from now on; longer ones are refused. */
  maxMessageBytes: number;
  readonly #streams = new Map<number, Incoming>();
  #chunkSize = DEFAULT_CHUNK_SIZE;
  #waiting = new Uint8Array(0);
  /** Of messages that have begun and are not whole. */
  #underWay = 0;

  constructor(options: { readonly maxMessageBytes: number }) {
    this.maxMessageBytes = options.maxMessageBytes;
  }

  /**
   * What the bytes complete, in order.
   * @throws RtmpError `rtmp_malformed`; nothing more can be read then
   */
  read(data: Uint8Array): RtmpMessage[] {
    this.#waiting = joined(this.#waiting, data);
    const messages: RtmpMessage[] = [];
    for (;;) {
      const taken = this.#chunk(messages);
      if (taken === 0) return messages;
      this.#waiting = this.#waiting.subarray(taken);
    }
  }

  /** @returns bytes of the chunk; 0 when it is not whole yet */
  #chunk(messages: RtmpMessage[]): number {
    const header = this.#header();
    if (!header) return 0;
    const { stream, at } = header;
    const size = Math.min(this.#chunkSize, stream.length - stream.received);
    if (this.#waiting.byteLength < at + size) return 0;
    header.apply();
    if (stream.received === 0) {
      if (size < stream.length) this.#begin(stream.length);
      stream.body = new Uint8Array(stream.length);
      stream.isUnderWay = size < stream.length;
    }
    stream.body.set(this.#waiting.subarray(at, at + size), stream.received);
    stream.received += size;
    if (stream.received === stream.length) {
      const { type, streamId, timestamp, body } = stream;
      this.#end(stream);
      this.#take({ type, streamId, timestamp, body }, messages);
    }
    return at + size;
  }

  #begin(length: number): void {
    this.#underWay += length;
    if (this.#underWay > 2 * this.maxMessageBytes) {
      throw new RtmpError('rtmp_malformed', `${this.#underWay} bytes of messages that are not whole`);
    }
  }

  #end(stream: Incoming): void {
    if (stream.isUnderWay) this.#underWay -= stream.length;
    stream.isUnderWay = false;
    stream.received = 0;
  }

  /** The next chunk's header, and the chunk stream as it says; undefined when it is not whole yet. */
  #header(): { readonly stream: Incoming; readonly at: number; apply(): void } | undefined {
    const bytes = this.#waiting;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength < 1) return undefined;
    const format = bytes[0]! >> 6;
    const short = bytes[0]! & 0x3f;
    let at = short > 1 ? 1 : short + 2;
    const fields = [11, 7, 3, 0][format]!;
    if (bytes.byteLength < at + fields) return undefined;
    const id = short > 1 ? short : short === 0 ? bytes[1]! + 64 : bytes[1]! + bytes[2]! * 256 + 64;
    const known = this.#streams.get(id);
    if (!known && format !== 0) throw new RtmpError('rtmp_malformed', `chunk stream ${id} begins without its header`);
    const before: Incoming = known ?? {
      type: 0,
      streamId: 0,
      timestamp: 0,
      delta: 0,
      isExtended: false,
      length: 0,
      body: bytes,
      received: 0,
      isUnderWay: false,
    };
    const isContinued = before.received > 0;
    if (isContinued && format !== 3) {
      throw new RtmpError('rtmp_malformed', `a message begins in chunk stream ${id} inside another`);
    }
    const stream = { ...before };
    let time = format < 3 ? (view.getUint16(at) << 8) | view.getUint8(at + 2) : 0;
    if (format < 2) {
      stream.length = view.getUint32(at + 3) >>> 8;
      stream.type = bytes[at + 6]!;
    }
    if (format === 0) stream.streamId = view.getUint32(at + 7, true);
    if (format < 3) stream.isExtended = time === EXTENDED;
    at += fields;
    if (stream.isExtended) {
      if (bytes.byteLength < at + 4) return undefined;
      time = view.getUint32(at);
      at += 4;
    }
    if (!isContinued && stream.length > this.maxMessageBytes) {
      throw new RtmpError('rtmp_malformed', `a message of ${stream.length} bytes, at most ${this.maxMessageBytes}`);
    }
    if (format === 0) {
      stream.timestamp = time;
      // A chunk of type 3 after it, which begins a message, adds this (5.3.1.2.4).
      stream.delta = time;
    } else if (format < 3) {
      stream.delta = time;
      stream.timestamp = (stream.timestamp + time) >>> 0;
    } else if (!isContinued) stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
    return {
      stream,
      at,
      apply: () => {
        if (!known && this.#streams.size >= MAX_CHUNK_STREAMS) {
          throw new RtmpError('rtmp_malformed', `more than ${MAX_CHUNK_STREAMS} chunk streams`);
        }
        this.#streams.set(id, stream);
      },
    };
  }

  /** What is about the chunks themselves is followed here; all is given on. */
  #take(message: RtmpMessage, messages: RtmpMessage[]): void {
    const { type, body } = message;
    if (type === MESSAGE.setChunkSize || type === MESSAGE.abort) {
      if (body.byteLength < 4) throw new RtmpError('rtmp_malformed', 'a control message without its value');
      const value = new DataView(body.buffer, body.byteOffset).getUint32(0) & 0x7fffffff;
      if (type === MESSAGE.abort) {
        const aborted = this.#streams.get(value);
        if (aborted) this.#end(aborted);
      } else if (value === 0) throw new RtmpError('rtmp_malformed', 'a chunk size of 0');
      else this.#chunkSize = value;
    }
    messages.push(message);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
