import { fileURLToPath } from 'node:url';
import { percentile } from '@amphi/testkit';
import type { WebSocket } from 'ws';
import { Crowd, type Round } from './chat-crowds/crowd.ts';
import { forkSubject } from './chat-crowds/forked.ts';
import { startRedis } from './chat-crowds/redis.ts';
import { printResult, progress } from './result.ts';
import { createBareHost, PUBLIC_URL, serve } from './signaling/bare-host.ts';

/**
 * What a chat message costs. One sender's messages go out to many listeners, through the whole signaling path (frame,
 * schema, permission, recipients, fan-out) and, in turns, through a bare `ws` server and through Redis, which send as many
 * bytes to as many sockets and know nothing of rooms. Each server is a process of its own, so that its CPU time can be told
 * from the clients'. Deliveries per second depend on the machine; `cpu_ratio` (CPU per delivery, ours to bare) is to be
 * ≤ 1.1. `p99_ms`: from the sending of one message, while nothing else is sent, to its arrival, clients' reading included.
 * `bytes_per_socket`: resident memory of the server for each who listens. Arguments: `--listeners N` (500), `--messages N` (200).
 */

const option = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const LISTENERS = option('listeners', 500);
const MESSAGES = option('messages', 200);
const PAIRS = 5;
const DELAYED_MESSAGES = 40;
const TEXT = 'x'.repeat(80);
const THIS = fileURLToPath(import.meta.url);

async function measure(): Promise<void> {
  const amphi = await Crowd.gather(await forkSubject('amphi', THIS, ['serve-amphi'], TEXT), LISTENERS);
  const { deliveryBytes } = amphi;
  const bare = await Crowd.gather(
    await forkSubject('bare', THIS, ['serve-bare', String(deliveryBytes)], TEXT),
    LISTENERS,
  );
  const redis = await Crowd.gather(await startRedis(deliveryBytes), LISTENERS);
  const crowds = [amphi, bare, redis];
  const rounds = new Map<Crowd, Round[]>(crowds.map((crowd) => [crowd, []]));
  for (const crowd of crowds) await crowd.round(Math.ceil(MESSAGES / 4));
  for (let pair = 0; pair < PAIRS; pair++) {
    // In turns, and each first in every other pair: the machine's mood falls on all.
    for (const crowd of pair % 2 === 0 ? crowds : [...crowds].reverse()) {
      const round = await crowd.round(MESSAGES);
      rounds.get(crowd)!.push(round);
      progress(`${crowd.name}: ${Math.round(round.deliveriesPerSecond)} deliveries/s`);
    }
  }
  const delays = new Map<Crowd, number>();
  for (const crowd of crowds) delays.set(crowd, await crowd.delays(DELAYED_MESSAGES));
  for (const crowd of crowds) await crowd.close();
  const speed = (of: Crowd) => median(rounds.get(of)!.map(({ deliveriesPerSecond }) => deliveriesPerSecond));
  const cpu = (of: Crowd) => median(rounds.get(of)!.map(({ cpuMicrosPerDelivery }) => cpuMicrosPerDelivery));
  const ratioTo = (peer: Crowd) =>
    median(
      rounds.get(amphi)!.map((round, i) => round.cpuMicrosPerDelivery / rounds.get(peer)![i]!.cpuMicrosPerDelivery),
    );
  printResult({
    listeners: LISTENERS,
    delivery_bytes: deliveryBytes,
    deliveries_per_s: speed(amphi),
    bare_deliveries_per_s: speed(bare),
    redis_deliveries_per_s: speed(redis),
    cpu_us_per_delivery: cpu(amphi),
    bare_cpu_us_per_delivery: cpu(bare),
    redis_cpu_us_per_delivery: cpu(redis),
    cpu_ratio: ratioTo(bare),
    cpu_ratio_to_redis: ratioTo(redis),
    p99_ms: delays.get(amphi)!,
    bare_p99_ms: delays.get(bare)!,
    redis_p99_ms: delays.get(redis)!,
    bytes_per_socket: amphi.bytesPerSocket,
    bare_bytes_per_socket: bare.bytesPerSocket,
  });
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

const median = (values: readonly number[]): number => percentile(values, 0.5);

const kind = process.argv[2];
if (kind === 'serve-amphi') await serveAmphi();
else if (kind === 'serve-bare') await serveBare();
else await measure();
