import { createServer, type Server, type Socket } from 'node:net';
import {
  type AmfValue,
  ChunkReader,
  ChunkWriter,
  HANDSHAKE_BYTES,
  MESSAGE,
  type RtmpMessage,
  readAmf,
  VERSION,
  writeAmf,
} from '@amphi/rtmp';

/** What a server does with those who publish. */
export type RtmpBehaviour =
  | 'takes'
  /** The stream key is wrong, and it says so, with the key in its words. */
  | 'refuses'
  /** Accepts the connection, and that is all. */
  | 'silent'
  /** Takes the stream, then reads no more. */
  | 'stalls';

export interface Publication {
  readonly app: string;
  readonly streamKey: string;
  /** Audio, video and data. */
  readonly messages: RtmpMessage[];
  readonly isOver: boolean;
  /** Closes the connection. */
  drop(): void;
  /** Reads again. */
  resume(): void;
}

/** A platform that takes streams by RTMP, as far as a publisher sees one. */
export class RtmpServer {
  readonly publications: Publication[] = [];
  behaviour: RtmpBehaviour = 'takes';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that there were. */
  connections = 0;

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @returns the port */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    if (this.behaviour === 'silent') return;
    new Serving(socket, this.behaviour, (publication) => this.publications.push(publication));
  }
}

class Serving {
  readonly #socket: Socket;
  readonly #behaviour: RtmpBehaviour;
  readonly #onPublish: (publication: Publication) => void;
  readonly #reader = new ChunkReader({ maxMessageBytes: 8 * 1024 * 1024 });
  readonly #writer = new ChunkWriter();
  readonly #messages: RtmpMessage[] = [];
  #greeting = Buffer.alloc(0);
  #isGreeted = false;
  #app = '';
  #isOver = false;

  constructor(socket: Socket, behaviour: RtmpBehaviour, onPublish: (publication: Publication) => void) {
    this.#socket = socket;
    this.#behaviour = behaviour;
    this.#onPublish = onPublish;
    socket.on('data', (data) => this.#receive(data));
    socket.on('close', () => {
      this.#isOver = true;
    });
  }

  #receive(data: Buffer): void {
    if (this.#isGreeted) {
      for (const message of this.#reader.read(data)) this.#take(message);
      return;
    }
    const before = this.#greeting.byteLength;
    this.#greeting = Buffer.concat([this.#greeting, data]);
    const first = 1 + HANDSHAKE_BYTES;
    if (before < first && this.#greeting.byteLength >= first) {
      const own = Buffer.alloc(first, 7);
      own[0] = VERSION;
      this.#socket.write(Buffer.concat([own, this.#greeting.subarray(1, first)]));
    }
    if (this.#greeting.byteLength < first + HANDSHAKE_BYTES) return;
    this.#isGreeted = true;
    for (const message of this.#reader.read(this.#greeting.subarray(first + HANDSHAKE_BYTES))) this.#take(message);
  }

  #take(message: RtmpMessage): void {
    const { type, body } = message;
    if (type === MESSAGE.command) this.#command(readAmf(body));
    else if (type === MESSAGE.audio || type === MESSAGE.video || type === MESSAGE.data) this.#messages.push(message);
  }

  #command([name, transaction, object, first]: readonly AmfValue[]): void {
    if (name === 'connect') {
      this.#app = String((object as { app?: AmfValue }).app);
      this.#answer('_result', transaction, { fmsVer: 'FMS/3,0,1,123' }, { code: 'NetConnection.Connect.Success' });
    } else if (name === 'createStream') this.#answer('_result', transaction, null, 1);
    else if (name === 'publish') this.#publish(String(first));
    else if (name === 'releaseStream') this.#answer('_error', transaction, null, { code: 'NetConnection.Call.Failed' });
  }

  #publish(streamKey: string): void {
    if (this.#behaviour === 'refuses') {
      const code = 'NetStream.Publish.BadName';
      this.#answer('onStatus', 0, null, { level: 'error', code, description: `no stream ${streamKey}` });
      return;
    }
    this.#answer('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start' });
    const serving = this;
    this.#onPublish({
      app: this.#app,
      streamKey,
      messages: this.#messages,
      get isOver() {
        return serving.#isOver;
      },
      drop: () => this.#socket.destroy(),
      resume: () => this.#socket.resume(),
    });
    if (this.#behaviour === 'stalls') this.#socket.pause();
  }

  #answer(...values: readonly AmfValue[]): void {
    const body = writeAmf(...values);
    this.#socket.write(this.#writer.write(3, { type: MESSAGE.command, streamId: 0, timestamp: 0, body }));
  }
}
