import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Origin, originPlugin, sharedIngestToken } from '@amphi/origin';
import Fastify from 'fastify';
import { startPlatform } from '../../apps/server/test/platform/platform-server.ts';
import { type Feed, playlistPath, RENDITION, STREAM, startFeed } from './origin/feed.ts';
import { printResult, progress } from './result.ts';

/**
 * How many playlist requests a second the server answers, with all its routes and hooks, beside the origin's plugin
 * alone in a Fastify of its own and a bare `node:http` server that answers the same bytes, in turns in the same run; and
 * how long the server takes to answer a crowd that waits for the same part. `ratio_to_bare` should be near
 * `plugin_ratio_to_bare`: what the other routes need costs a player nothing.
 */

/** Of the platform server of the tests, which has everything but media behind it. */
const TOKEN = 'ingest';
const CONNECTIONS = 64;
const ROUND_MS = 1_000;
const ROUNDS = 8;
const CROWD = 2_000;
const CROWD_ROUNDS = 10;
const PLAYLIST = `/hls/${STREAM}/${RENDITION}/index.m3u8`;

/** What a server process tells when it listens. */
interface Listening {
  readonly port: number;
}

/** What it tells when asked: processor time it has used. */
interface Usage {
  readonly cpuMs: number;
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

/** Processor time is what stays comparable when the machine is busy with other things. */
interface Round {
  readonly perSecond: number;
  readonly cpuUsPerRequest: number;
}

const KINDS = ['product', 'plugin', 'bare'] as const;
type Kind = (typeof KINDS)[number];

const role = process.argv[2];
if (role === 'serve-product') await serveProduct();
else if (role === 'serve-plugin') await servePlugin();
else if (role === 'serve-bare') serveBare();
else await measure();

async function measure(): Promise<void> {
  const product = await startServer('product');
  const plugin = await startServer('plugin');
  const feed = await startFeed(`http://127.0.0.1:${product.port}`, TOKEN);
  await startFeed(`http://127.0.0.1:${plugin.port}`, TOKEN);
  const response = await fetch(`http://127.0.0.1:${product.port}${PLAYLIST}`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const body = await response.text();
  const headers = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
  const bare = await startServer('bare', { BENCH_ANSWER: JSON.stringify({ headers: headers.flat(), body }) });
  const servers: Record<Kind, Server> = { product, plugin, bare };

  const rounds: Record<Kind, Round>[] = [];
  for (let i = -1; i < ROUNDS; i++) {
    const round: Partial<Record<Kind, Round>> = {};
    // Each is first in turns: the machine's mood falls on all.
    const turn = [...KINDS.slice((i + 1) % 3), ...KINDS.slice(0, (i + 1) % 3)];
    for (const kind of turn) round[kind] = await runRound(servers[kind]);
    // The first round warms all up.
    if (i < 0) continue;
    rounds.push(round as Record<Kind, Round>);
    const shown = KINDS.map((kind) => {
      const { perSecond, cpuUsPerRequest } = round[kind]!;
      return `${kind} ${Math.round(perSecond)}/s at ${Math.round(cpuUsPerRequest)} µs of processor time`;
    });
    progress(`round ${i + 1}: ${shown.join(', ')}`);
  }
  const crowd = await crowdLatencies(product.port, feed);
  progress(`crowd of ${CROWD}: last answer after ${crowd.map(Math.round).join(', ')} ms`);
  for (const { child } of Object.values(servers)) child.kill();
  const speed = (kind: Kind): number => median(rounds.map((round) => round[kind].perSecond));
  const cpu = (kind: Kind): number => median(rounds.map((round) => round[kind].cpuUsPerRequest));
  const ratio = (kind: Kind): number => median(rounds.map((round) => round[kind].perSecond / round.bare.perSecond));
  const cpuRatio = (kind: Kind): number =>
    median(rounds.map((round) => round[kind].cpuUsPerRequest / round.bare.cpuUsPerRequest));
  printResult({
    product_rps: speed('product'),
    plugin_rps: speed('plugin'),
    bare_rps: speed('bare'),
    ratio_to_bare: ratio('product'),
    plugin_ratio_to_bare: ratio('plugin'),
    product_cpu_us: cpu('product'),
    bare_cpu_us: cpu('bare'),
    cpu_ratio_to_bare: cpuRatio('product'),
    plugin_cpu_ratio_to_bare: cpuRatio('plugin'),
    playlist_bytes: body.length,
    connections: CONNECTIONS,
    crowd: CROWD,
    crowd_answered_ms: median(crowd),
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function startServer(kind: Kind, env: Record<string, string> = {}): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [`serve-${kind}`], { env: { ...process.env, ...env } });
  const [{ port }] = (await once(child, 'message')) as [Listening];
  return { child, port };
}

async function cpuMsOf({ child }: Server): Promise<number> {
  const answer = once(child, 'message');
  child.send('usage');
  return ((await answer) as [Usage])[0].cpuMs;
}

/** Keeps every connection busy with one request at a time. All answers have the same length, so bytes are counted. */
async function runRound(server: Server): Promise<Round> {
  const request = requestFor(PLAYLIST);
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(server.port)));
  const answerBytes = await lengthOfAnswer(sockets[0]!, request);
  let answers = 0;
  const cpuBefore = await cpuMsOf(server);
  for (const socket of sockets) {
    let received = 0;
    socket.on('data', (data) => {
      received += data.length;
      if (received < answerBytes) return;
      received = 0;
      answers++;
      socket.write(request);
    });
    socket.write(request);
  }
  const startedAt = performance.now();
  await new Promise((done) => setTimeout(done, ROUND_MS));
  const perSecond = (answers * 1000) / (performance.now() - startedAt);
  const cpuMs = (await cpuMsOf(server)) - cpuBefore;
  for (const socket of sockets) socket.destroy();
  return { perSecond, cpuUsPerRequest: (cpuMs * 1000) / answers };
}

function requestFor(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: origin\r\n\r\n`);
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function lengthOfAnswer(socket: Socket, request: Buffer): Promise<number> {
  socket.write(request);
  let text = '';
  for (;;) {
    const [data] = (await once(socket, 'data')) as [Buffer];
    text += data.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
    if (end !== -1 && text.length >= end + 4 + length) return end + 4 + length;
  }
}

/** From the sending of a part to the last answer of a crowd that waits for it, in milliseconds. */
async function crowdLatencies(port: number, feed: Feed): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: CROWD }, () => open(port)));
  const latencies: number[] = [];
  for (let round = 0; round < CROWD_ROUNDS; round++) {
    const request = requestFor(playlistPath(feed.next()));
    const answered = sockets.map((socket) => once(socket, 'data'));
    for (const socket of sockets) socket.write(request);
    // Time for all requests to arrive; they wait there.
    await new Promise((done) => setTimeout(done, 500));
    const startedAt = performance.now();
    await feed.sendNext();
    await Promise.all(answered);
    latencies.push(performance.now() - startedAt);
  }
  for (const socket of sockets) socket.destroy();
  return latencies;
}

async function serveProduct(): Promise<void> {
  const platform = await startPlatform();
  tellWhenAsked(Number(new URL(await platform.listen()).port));
}

async function servePlugin(): Promise<void> {
  const app = Fastify();
  const origin = new Origin();
  await app.register(originPlugin, { origin, isIngestTokenValid: sharedIngestToken(TOKEN) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  tellWhenAsked((app.server.address() as AddressInfo).port);
}

function serveBare(): void {
  const { headers, body } = JSON.parse(process.env.BENCH_ANSWER ?? '') as { headers: string[]; body: string };
  const bytes = Buffer.from(body);
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(bytes);
  });
  server.listen(0, '127.0.0.1', () => {
    tellWhenAsked((server.address() as AddressInfo).port);
  });
}

function tellWhenAsked(port: number): void {
  process.send?.({ port } satisfies Listening);
  // A benchmark that failed must leave no server behind.
  process.on('disconnect', () => process.exit());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1000 } satisfies Usage);
  });
}
