import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SyntheticStream } from './media.ts';

/** Where a server takes a connection, from its SDP. */
export interface ServerTransport {
  readonly ip: string;
  readonly port: number;
  readonly ufrag: string;
  readonly password: string;
}

/** What SDP must say of the peers' side: all of them are alike. */
export interface PeerIdentity {
  readonly fingerprint: string;
  readonly ufrag: string;
  readonly password: string;
}

/** What was received, and sent, since the last reset. */
export interface PeerReport {
  readonly receivers: number;
  /** Receivers that got nothing. */
  readonly silent: number;
  readonly received: number;
  /** By gaps in the sequence numbers that receivers see. */
  readonly lost: number;
  /** From sending by the publisher to the receiver's kernel, of one packet in 16. */
  readonly delaySamples: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly streams: readonly { readonly ssrc: number; readonly sent: number; readonly keyframeRequests: number }[];
}

type Told =
  | ({ readonly event: 'ready' } & PeerIdentity)
  | { readonly event: 'up'; readonly id: number; readonly profile: string }
  | { readonly event: 'first'; readonly id: number; readonly atMs: number }
  | { readonly event: 'failed'; readonly id: number; readonly why: string }
  | { readonly event: 'plain'; readonly id: number; readonly port: number }
  | ({ readonly event: 'report' } & PeerReport);

/** The path of a program that the set-up has made from `bench/native`. */
export function nativeProgram(name: string): string {
  const folder = process.env.BENCH_PROGRAMS;
  if (!folder) throw new Error('BENCH_PROGRAMS is not set: run this by "npm run bench -- NAME"');
  return join(folder, name);
}

/** `bench/native/peers.c`: synthetic WebRTC peers in one process. */
export class PeerProcess {
  readonly identity: PeerIdentity;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, { resolve(told: Told): void; reject(error: Error): void }>();

  /** @param core where it runs */
  static async start(core: number): Promise<PeerProcess> {
    const child = spawn('taskset', ['-c', String(core), nativeProgram('peers')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout! });
    const [first] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(([status]) => Promise.reject(new Error(`the peers ended with ${status}`))),
    ])) as [string];
    const ready = JSON.parse(first) as Told;
    if (ready.event !== 'ready') throw new Error(`the peers began with ${first}`);
    const peers = new PeerProcess(child, ready);
    lines.on('line', (line) => peers.#take(JSON.parse(line) as Told));
    return peers;
  }

  private constructor(child: ChildProcess, identity: PeerIdentity) {
    this.#child = child;
    this.identity = identity;
    child.once('exit', (status) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the peers ended with ${status}`));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** A connection that sends `streams`. @returns the SRTP profile, once it is up */
  async publish(id: number, server: ServerTransport, streams: readonly SyntheticStream[]): Promise<string> {
    this.#order('publish', id, ...place(server));
    const { profile } = await this.#told('up', id);
    for (const stream of streams) {
      const { ssrc, payloadType, clockRate, frames, packets, bytes, isVp8, mid, midExtension, rid, ridExtension } =
        stream;
      const shape = [ssrc, payloadType, clockRate, frames, packets, bytes, isVp8 ? 'vp8' : 'other'];
      this.#order('stream', id, ...shape, midExtension, mid, ridExtension, rid ?? '-');
    }
    return profile;
  }

  /**
   * A connection that counts the packets of these payload types.
   * @param options.transportExtension id of transport-wide sequence numbers: feedback is sent with it
   * @returns the SRTP profile, once it is up
   */
  async receive(
    id: number,
    server: ServerTransport,
    options: { readonly transportExtension: number | undefined; readonly payloadTypes: readonly number[] },
  ): Promise<string> {
    const [first = 0, second = 0] = options.payloadTypes;
    this.#order('receive', id, ...place(server), options.transportExtension ?? 0, first, second);
    return (await this.#told('up', id)).profile;
  }

  /** When a receiver's first packet of media arrived, wall clock; to be asked before it can. */
  async firstPacketAt(id: number): Promise<number> {
    return (await this.#told('first', id)).atMs;
  }

  /** A receiver of plain datagrams. @returns its port on loopback */
  async plain(id: number): Promise<number> {
    this.#order('plain', id);
    return (await this.#told('plain', id)).port;
  }

  close(id: number): void {
    this.#order('close', id);
  }

  reset(): void {
    this.#order('reset');
  }

  report(): Promise<PeerReport> {
    this.#order('report');
    return this.#told('report');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
  }

  #order(...words: readonly (string | number)[]): void {
    this.#child.stdin!.write(`${words.join(' ')}\n`);
  }

  #told<Event extends Told['event']>(event: Event, id?: number): Promise<Extract<Told, { event: Event }>> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(keyOf(event, id), { resolve: resolve as (told: Told) => void, reject });
    });
  }

  #take(told: Told): void {
    const id = 'id' in told ? told.id : undefined;
    // A failure is the answer to whatever of that peer is waited for.
    const keys =
      told.event === 'failed' ? ['up', 'first', 'plain'].map((event) => keyOf(event, id)) : [keyOf(told.event, id)];
    for (const key of keys) {
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (told.event === 'failed') waiting?.reject(new Error(`peer ${id}: ${told.why}`));
      else waiting?.resolve(told);
    }
  }
}

function keyOf(event: string, id: number | undefined): string {
  return `${event} ${id ?? ''}`;
}

function place({ ip, port, ufrag, password }: ServerTransport): readonly (string | number)[] {
  return [ip, port, ufrag, password];
}
