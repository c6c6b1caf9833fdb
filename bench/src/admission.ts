import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { startAmphi } from '@amphi/testkit';
import { WebSocket } from 'ws';
import { heard, startPart } from './parts/part.ts';
import { printResult, progress } from './result.ts';

/**
 * What it costs to let viewers in: 1,000 of them arrive within 5 s by one link, each by `POST /v2/token`, `GET /init`, a
 * socket and `join`, and stay. The product's server, the viewers and the one who asks `/healthz` all the time are
 * processes of their own. `queries_per_viewer` is what the store itself has counted, from `/metrics`; the times of
 * `/healthz` stand beside those of the same server before anybody came.
 */

const VIEWERS = 1_000;
const ARRIVE_IN_MS = 5_000;
const IDLE_MS = 5_000;
const PROBE_EVERY_MS = 10;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const [role, url = '', code = ''] = process.argv.slice(2);
if (role === 'viewers') await bringViewers();
else if (role === 'probe') await probe();
else await measure();

async function measure(): Promise<void> {
  const server = await startAmphi();
  const children: ChildProcess[] = [];
  try {
    const { url: base, rooms } = server.links;
    const roomCode = new URL(rooms['hls-viewer']!).pathname.split('/').at(-1)!;
    const health = startPart('probe', base);
    children.push(health);
    await heard(health);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const idle = await timesOf(health);
    const before = await statements(base);
    const viewers = startPart('viewers', base, roomCode);
    children.push(viewers);
    const { enteredMs } = await heard<{ enteredMs: readonly number[] }>(viewers);
    const busy = await timesOf(health);
    const queries = (await statements(base)) - before;
    progress(`${enteredMs.length} viewers came in, ${queries} statements`);
    printResult({
      viewers: enteredMs.length,
      queries_per_viewer: queries / enteredMs.length,
      healthz_p95_ms: percentile(busy, 0.95),
      healthz_max_ms: percentile(busy, 1),
      idle_healthz_p95_ms: percentile(idle, 0.95),
      entered_p95_ms: percentile(enteredMs, 0.95),
    });
  } finally {
    for (const child of children) child.kill();
    await server.stop();
  }
}

function timesOf(health: ChildProcess): Promise<readonly number[]> {
  const times = heard<readonly number[]>(health);
  health.send('times');
  return times;
}

async function statements(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const found = /^amphi_database_statements_total (\d+)$/m.exec(text)?.[1];
  if (found === undefined) throw new Error('the server does not count its statements');
  return Number(found);
}

/** Enters all, one after the other in time; tells how long each took. Any that is refused ends the benchmark. */
async function bringViewers(): Promise<void> {
  const entering: Promise<number>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < VIEWERS; index += 1) {
    const dueMs = startedAt + (index * ARRIVE_IN_MS) / VIEWERS - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    entering.push(enter());
  }
  process.send?.({ enteredMs: await Promise.all(entering) });
}

async function enter(): Promise<number> {
  const startedAt = performance.now();
  const { token } = await ask<{ token: string }>('POST', '/v2/token', {}, JSON.stringify({ code }));
  const peerId = randomUUID();
  const { endpoint } = await ask<{ endpoint: string }>('GET', `/init?peer_id=${peerId}`, {
    authorization: `Bearer ${token}`,
  });
  const socket = new WebSocket(`${endpoint}?${new URLSearchParams({ peer: peerId, token })}`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 'join', method: 'join', params: { name: 'Mia', data: '' } }));
  await new Promise<void>((resolve, reject) => {
    socket.on('close', (closed) => reject(new Error(`a viewer's socket closed with ${closed}`)));
    socket.on('message', (data: Buffer) => {
      // The lists of peers are long: most frames are told apart by their beginnings.
      const head = data.subarray(0, 200).toString('latin1');
      if (head.includes('"on-error"')) reject(new Error(`a viewer was refused: ${head}`));
      else if (head.includes('"id":"join"')) resolve();
    });
  });
  return performance.now() - startedAt;
}

function ask<T>(method: string, path: string, headers: Record<string, string>, body?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method, agent, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      if (response.statusCode === 200) resolve(JSON.parse(text) as T);
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Asks `/healthz` without a stop; tells the times since it was last asked for them. */
async function probe(): Promise<void> {
  const one = new Agent({ keepAlive: true, maxSockets: 1 });
  let times: number[] = [];
  process.on('message', () => {
    process.send?.(times);
    times = [];
  });
  process.send?.('ready');
  for (;;) {
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(`${url}/healthz`, { agent: one }, (response) => response.resume().on('end', resolve)).on('error', reject);
    });
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
