import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

export interface Narrowness {
  /** Share of datagrams that are lost, each way. */
  readonly lossShare: number;
  /** Each way. */
  readonly bitsPerSecond: number;
  /** What would wait longer than this for its turn is lost. */
  readonly maxQueueMs: number;
}

/** One client behind the link, with a socket of its own towards the server. */
interface Flow {
  readonly upstream: Socket;
  /** When the last datagram that was taken will have left, by direction. */
  readonly busyUntil: { up: number; down: number };
}

/** UDP between clients and a server, which can be made narrow and lossy: as each of them had a bad one of its own. */
export class NarrowLink {
  readonly #socket: Socket;
  readonly #server: { readonly ip: string; readonly port: number };
  readonly #flows = new Map<string, Flow>();
  #narrowness: Narrowness | undefined;

  /** Listens on `ip` on the same port as the server. */
  static async open(ip: string, server: { readonly ip: string; readonly port: number }): Promise<NarrowLink> {
    const link = new NarrowLink(server);
    await new Promise<void>((resolve, reject) => {
      link.#socket.once('error', reject).bind(server.port, ip, () => resolve());
    });
    return link;
  }

  private constructor(server: { readonly ip: string; readonly port: number }) {
    this.#server = server;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (datagram, client) => this.#up(datagram, client));
  }

  /** From now on. @param narrowness undefined: as wide as the machine */
  become(narrowness: Narrowness | undefined): void {
    this.#narrowness = narrowness;
  }

  close(): void {
    this.#socket.close();
    for (const { upstream } of this.#flows.values()) upstream.close();
    this.#flows.clear();
  }

  #up(datagram: Buffer, client: RemoteInfo): void {
    const flow = this.#flowOf(client);
    this.#pass(flow, 'up', datagram, () => flow.upstream.send(datagram, this.#server.port, this.#server.ip));
  }

  #flowOf(client: RemoteInfo): Flow {
    const name = `${client.address}:${client.port}`;
    const known = this.#flows.get(name);
    if (known) return known;
    const flow: Flow = { upstream: createSocket('udp4'), busyUntil: { up: 0, down: 0 } };
    flow.upstream.on('message', (datagram) =>
      this.#pass(flow, 'down', datagram, () => this.#socket.send(datagram, client.port, client.address)),
    );
    this.#flows.set(name, flow);
    return flow;
  }

  #pass(flow: Flow, direction: 'up' | 'down', datagram: Buffer, send: () => void): void {
    const narrowness = this.#narrowness;
    const { busyUntil } = flow;
    if (!narrowness) {
      send();
      return;
    }
    if (Math.random() < narrowness.lossShare) return;
    const now = performance.now();
    const startsAt = Math.max(now, busyUntil[direction]);
    if (startsAt - now > narrowness.maxQueueMs) return;
    busyUntil[direction] = startsAt + (datagram.length * 8000) / narrowness.bitsPerSecond;
    setTimeout(() => {
      if (this.#flows.size > 0) send();
    }, busyUntil[direction] - now);
  }
}
