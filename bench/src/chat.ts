import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { WebSocket } from 'ws';
import { printResult, progress } from './result.ts';
import { createBareHost, PUBLIC_URL, serve } from './signaling/bare-host.ts';
import { enter, requestFrame } from './signaling/raw-client.ts';

/**
 * What a chat message costs. One sender's messages go out to many listeners, through the whole signaling path (frame,
 * schema, permission, recipients, fan-out) and, in turns, through a bare `ws` server that sends the same bytes to the
 * same number of sockets. Both servers are processes of their own, so their CPU time can be told from the clients'.
 * Deliveries per second depend on the machine; `cpu_ratio` (CPU per delivery, ours to bare) should be near 1.
 */

const LISTENERS = 500;
const MESSAGES = 200;
const IN_FLIGHT = 4;
const PAIRS = 5;
const TEXT = 'x'.repeat(80);

type Kind = 'amphi' | 'bare';

interface Round {
  readonly deliveriesPerSecond: number;
  readonly cpuMicrosPerDelivery: number;
}

async function measure(): Promise<void> {
  const amphi = await Crowd.gather('amphi');
  const bare = await Crowd.gather('bare', amphi.deliveryBytes);
  for (const crowd of [amphi, bare]) await crowd.round(MESSAGES / 4);
  const rounds: Record<Kind, Round[]> = { amphi: [], bare: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    // In turns, and each first in every other pair: the machine's mood falls on both.
    for (const crowd of pair % 2 === 0 ? [amphi, bare] : [bare, amphi]) {
      const round = await crowd.round(MESSAGES);
      rounds[crowd.kind].push(round);
      progress(`${crowd.kind}: ${Math.round(round.deliveriesPerSecond)} deliveries/s`);
    }
  }
  amphi.close();
  bare.close();
  const speed = (of: Kind) => median(rounds[of].map((round) => round.deliveriesPerSecond));
  const cpu = (of: Kind) => median(rounds[of].map((round) => round.cpuMicrosPerDelivery));
  printResult({
    listeners: LISTENERS,
    delivery_bytes: amphi.deliveryBytes,
    deliveries_per_s: speed('amphi'),
    bare_deliveries_per_s: speed('bare'),
    cpu_us_per_delivery: cpu('amphi'),
    bare_cpu_us_per_delivery: cpu('bare'),
    cpu_ratio: median(
      rounds.amphi.map((round, i) => round.cpuMicrosPerDelivery / rounds.bare[i]!.cpuMicrosPerDelivery),
    ),
  });
}

/** A server process with its sender and listeners. */
class Crowd {
  readonly kind: Kind;
  /** Of one frame as it arrives, header included. */
  deliveryBytes = 0;
  readonly #server: ChildProcess;
  readonly #sender: Socket;
  readonly #listeners: readonly Socket[];
  #received = 0;
  #answered = 0;
  #wake = (): void => {};

  static async gather(kind: Kind, deliveryBytes?: number): Promise<Crowd> {
    const server = fork(fileURLToPath(import.meta.url), [`serve-${kind}`, String(deliveryBytes ?? 0)], {
      execArgv: process.execArgv,
      serialization: 'json',
    });
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    const sender = await enter(port, 'viewer');
    const listeners: Socket[] = [];
    for (let i = 0; i < LISTENERS; i++) listeners.push(await enter(port, 'viewer'));
    const crowd = new Crowd(kind, server, sender, listeners);
    await crowd.#learnDelivery();
    progress(`${kind}: ${LISTENERS} listeners, ${crowd.deliveryBytes} bytes a delivery`);
    return crowd;
  }

  private constructor(kind: Kind, server: ChildProcess, sender: Socket, listeners: readonly Socket[]) {
    this.kind = kind;
    this.#server = server;
    this.#sender = sender;
    this.#listeners = listeners;
    for (const socket of listeners) {
      socket.on('data', (data) => {
        this.#received += data.length;
        this.#wake();
      });
    }
    sender.on('data', (data) => {
      // Answers to the sender are short and say "message_id" once each.
      this.#answered += data.toString('latin1').split('"message_id"').length - 1;
      this.#wake();
    });
  }

  async round(messages: number): Promise<Round> {
    const cpuBefore = await this.#serverCpuMicros();
    const receivedBefore = this.#received;
    const answeredBefore = this.#answered;
    const startedAt = performance.now();
    let sent = 0;
    const deliveries = messages * this.#listeners.length;
    await this.#until(() => {
      while (sent < messages && sent - (this.#answered - answeredBefore) < IN_FLIGHT) {
        this.#sender.write(broadcastFrame());
        sent += 1;
      }
      return this.#received - receivedBefore >= deliveries * this.deliveryBytes;
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const extra = this.#received - receivedBefore - deliveries * this.deliveryBytes;
    if (extra !== 0) throw new Error(`${this.kind}: ${extra} bytes more than the deliveries`);
    const cpu = (await this.#serverCpuMicros()) - cpuBefore;
    return { deliveriesPerSecond: deliveries / seconds, cpuMicrosPerDelivery: cpu / deliveries };
  }

  close(): void {
    for (const socket of [this.#sender, ...this.#listeners]) socket.destroy();
    this.#server.disconnect();
  }

  /** Waits for silence, then takes one delivery's size from what one message causes. */
  async #learnDelivery(): Promise<void> {
    await this.#silence();
    const before = this.#received;
    this.#sender.write(broadcastFrame());
    await this.#until(() => this.#received > before);
    await this.#silence();
    this.deliveryBytes = (this.#received - before) / this.#listeners.length;
    if (!Number.isInteger(this.deliveryBytes)) throw new Error(`${this.kind}: listeners got different bytes`);
  }

  async #silence(): Promise<void> {
    for (let before = -1; before !== this.#received; ) {
      before = this.#received;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (!isDone()) return;
        this.#wake = () => {};
        resolve();
      };
      this.#wake();
    });
  }

  async #serverCpuMicros(): Promise<number> {
    this.#server.send('cpu');
    const [{ cpuMicros }] = (await once(this.#server, 'message')) as [{ cpuMicros: number }];
    return cpuMicros;
  }
}

function broadcastFrame(): Buffer {
  return requestFrame(randomUUID(), 'broadcast', { info: { type: 'chat', message: TEXT } });
}

async function serveAmphi(): Promise<void> {
  const host = createBareHost({ viewer: { name: 'viewer' } });
  await serve((socket, query, wire) =>
    host.handleSocket(socket, { wire, query, reachedAt: PUBLIC_URL, from: '127.0.0.1' }),
  );
}

/** The least a fan-out can be: the same bytes to all, one `send` each. */
async function serveBare(): Promise<void> {
  const deliveryBytes = Number(process.argv[3]);
  // Four bytes of header (RFC 6455, 5.2) come before the text.
  const delivery = Buffer.alloc(deliveryBytes - 4, 'x');
  const answer = Buffer.from(
    JSON.stringify({ id: 'x'.repeat(36), result: { timestamp: 0, message_id: 'x'.repeat(36) } }),
  );
  const all = new Set<WebSocket>();
  await serve((socket) => {
    all.add(socket);
    socket.once('message', () => {
      socket.send('{"id":"join"}');
      socket.on('message', () => {
        socket.send(answer, { binary: false });
        for (const other of all) if (other !== socket) other.send(delivery, { binary: false });
      });
    });
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const kind = process.argv[2];
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
if (kind === 'serve-amphi') await serveAmphi();
else if (kind === 'serve-bare') await serveBare();
else await measure();
