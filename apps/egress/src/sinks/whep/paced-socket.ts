import { createSocket, type Socket } from 'node:dgram';
import { type Clock, Scope } from '@amphi/base';

/** So many leave at once … */
const BURST = 16;
/** … and after so long the next: 100 Mbit/s and more, yet no key frame fills the buffer of who receives. */
const PAUSE_MS = 1;
/** Ten large key frames. What does not fit any more is dropped; who misses it asks for it. */
const MAX_WAITING = 4096;

/** A UDP socket that sends large pictures a few packets at a time. */
export class PacedSocket {
  readonly #socket: Socket;
  readonly #scope: Scope;
  readonly #waiting: Uint8Array[] = [];
  #target: { readonly ip: string; readonly port: number } | undefined;
  #isResting = false;

  constructor(options: { readonly clock: Clock; readonly onMessage: (datagram: Uint8Array) => void }) {
    this.#scope = new Scope({ clock: options.clock });
    this.#socket = createSocket('udp4');
    this.#scope.defer(() => void this.#socket.close());
    this.#socket.on('message', options.onMessage);
    // Nothing to be done about a datagram that could not be sent; who misses it asks for it.
    this.#socket.on('error', () => {});
  }

  /** @returns the port. @throws when there is none */
  open(ip: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(0, ip, () => {
        this.#socket.off('error', reject);
        if (!this.#scope.isClosed) resolve(this.#socket.address().port);
      });
    });
  }

  connect(ip: string, port: number): void {
    this.#target = { ip, port };
  }

  send(datagrams: readonly Uint8Array[]): void {
    if (!this.#target || this.#scope.isClosed) return;
    this.#waiting.push(...datagrams.slice(0, MAX_WAITING - this.#waiting.length));
    if (!this.#isResting) this.#flush();
  }

  close(): void {
    this.#waiting.length = 0;
    this.#scope.close();
  }

  #flush(): void {
    const { ip = '', port } = this.#target ?? {};
    for (const datagram of this.#waiting.splice(0, BURST)) this.#socket.send(datagram, port, ip);
    this.#isResting = this.#waiting.length > 0;
    if (this.#isResting) this.#scope.after(PAUSE_MS, () => this.#flush());
  }
}
