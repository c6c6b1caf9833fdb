import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Addresses of this machine that players come from, as no origin lets one address have all that waits. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
/** Connections that are made at one time. */
const CONNECTING = 200;

/** One connection of a player, with one request at a time. */
export class Player {
  readonly #socket: Socket;
  #answered: ((error?: Error) => void) | undefined;
  /** Bytes of the answer that are still to come; undefined before its head was read. */
  #left: number | undefined;
  #head = '';

  static async connect(url: string, address: string): Promise<Player> {
    const { port } = new URL(url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: address, noDelay: true });
    await once(socket, 'connect');
    return new Player(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => this.#read(data));
    socket.on('error', () => {});
    socket.on('close', () => this.#settle(new Error('a player was cut off')));
  }

  /** Resolves with the last byte of the answer. @throws when it is not 200 */
  ask(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = (error) => (error ? reject(error) : resolve());
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: origin\r\n\r\n`);
    });
  }

  leave(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    this.#left = this.#left === undefined ? this.#readHead(data) : this.#left - data.length;
    if (this.#left !== undefined && this.#left <= 0) this.#settle();
  }

  /** @returns bytes of the body that are to come; undefined when more of the head is, or the answer is none */
  #readHead(data: Buffer): number | undefined {
    this.#head += data.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const head = this.#head;
    this.#head = '';
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (head.startsWith('HTTP/1.1 200') && !Number.isNaN(length)) return length - (head.length - end - 4);
    this.#settle(new Error(head.slice(0, 500)));
    return undefined;
  }

  #settle(error?: Error): void {
    this.#left = undefined;
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(error);
  }
}

/** Players of many addresses, connected. */
export async function gather(url: string, count: number): Promise<readonly Player[]> {
  const players: Player[] = [];
  while (players.length < count) {
    const some = Array.from({ length: Math.min(CONNECTING, count - players.length) }, (_, index) =>
      Player.connect(url, ADDRESSES[index % ADDRESSES.length]!),
    );
    players.push(...(await Promise.all(some)));
  }
  return players;
}
