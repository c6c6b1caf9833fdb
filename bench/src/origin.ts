import type { ChildProcess } from 'node:child_process';
import { percentile, waitFor } from '@amphi/testkit';
import { startPlatform } from '../../apps/server/test/platform/platform-server.ts';
import { serveBare } from './origin/bare-node.ts';
import { type Feed, type PartPlace, partPath, playlistPath, startFeed } from './origin/feed.ts';
import { Nginx, type ServedFile } from './origin/nginx.ts';
import { gather } from './origin/players.ts';
import { askWithoutEnd } from './origin/wrk.ts';
import { heard, startPart } from './parts/part.ts';
import { printResult, progress } from './result.ts';
import { cpuSeconds, PEERS_CORE, pin, requireTwoCores, SERVER_CORE } from './rtp-peers/cores.ts';

/**
 * What the stream audience costs the server. Three questions, one stream of 2.4 Mb/s with parts of 1/3 s, fed by hand:
 *
 * - How many blocking playlist requests and part fetches a second a core answers, beside Debian's nginx (one worker, files
 *   in the page cache, `sendfile`) with the same bytes on the same core, in turns, asked by wrk on the other core. A player
 *   asks for one of each a part: `ratio_to_nginx` compares the CPU of such a pair (aim 0.8). Node's HTTP server with
 *   nothing behind it takes its turn, too: `ratio_to_node` and `node_ratio_to_nginx` tell our part of it from Node's.
 * - How long 5,000 players who wait for the next part's playlist wait for the last answer, and what each costs; beside
 *   5,000 who ask nginx at one time.
 * - How often the server is asked when nginx stands before it as a cache, two edges with players of their own, most of
 *   whom ask before the part is there: `origin_hits_per_part` counts for each edge (aim 1).
 *
 * The server is the product's HTTP with all routes and hooks, with nothing behind it but the origin. Arguments: `--rounds
 * N` (7), `--seconds N` of a turn (2).
 */

/** Of the platform server of the tests. */
const TOKEN = 'ingest';
const CONNECTIONS = 64;
const CROWD = 5_000;
const CROWD_ROUNDS = 5;
const EDGES = 2;
const EARLY_PLAYERS = 200;
const LATE_PLAYERS = 50;
const EDGE_PARTS = 12;
/** A crowd arrives as fast as the machine can connect it. */
const PATIENCE_MS = 60_000;

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

if (process.argv[2] === 'serve') await serve();
else if (process.argv[2] === 'bare') await bare(process.argv[3]!, process.argv.slice(4));
else await measure();

interface Subject {
  readonly url: string;
  readonly pid: number;
}

async function measure(): Promise<void> {
  requireTwoCores();
  pin(process.pid, PEERS_CORE);
  const child = startPart('serve');
  const parts = [child];
  const started: Nginx[] = [];
  try {
    const { url } = await heard<{ url: string }>(child);
    const product: Subject = { url, pid: pinned(child) };
    const feed = await startFeed(url, TOKEN);
    const paths = [playlistPath(feed.last()), partPath(feed.last())] as const;
    const files = await Promise.all(paths.map((path) => fileOf(url, path)));
    const nginx = await Nginx.serving(files);
    started.push(nginx);
    pin(nginx.workerPid, SERVER_CORE);
    const peer: Subject = { url: nginx.url, pid: nginx.workerPid };
    const bareChild = startPart('bare', url, ...paths);
    parts.push(bareChild);
    const node: Subject = { ...(await heard<{ url: string }>(bareChild)), pid: pinned(bareChild) };

    const speeds = await compare({ product, peer, node }, paths);
    bareChild.kill();
    const crowd = await crowds(product, peer, feed);
    const edges = await Promise.all(Array.from({ length: EDGES }, () => Nginx.caching(url)));
    started.push(...edges);
    for (const { workerPid } of edges) pin(workerPid, PEERS_CORE);
    const cached = await cache(url, edges, feed);
    printResult({
      ...speeds,
      ...crowd,
      ...cached,
      playlist_bytes: files[0]!.body.byteLength,
      part_bytes: files[1]!.body.byteLength,
      connections: CONNECTIONS,
    });
  } finally {
    for (const each of started) await each.stop();
    for (const each of parts) each.kill();
  }
}

function pinned(child: ChildProcess): number {
  pin(child.pid!, SERVER_CORE);
  return child.pid!;
}

/** What the server answers, for nginx to answer the same. */
async function fileOf(url: string, path: string): Promise<ServedFile> {
  const response = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const same = ['cache-control', 'vary', 'access-control-allow-origin', 'access-control-expose-headers'];
  return {
    path: new URL(path, url).pathname,
    body: Buffer.from(await response.arrayBuffer()),
    contentType: response.headers.get('content-type')!,
    headers: Object.fromEntries(
      same.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name)!]] : [])),
    ),
  };
}

/** Answers a second of CPU time. */
interface Speed {
  readonly playlist: number;
  readonly part: number;
}

type Subjects = 'product' | 'peer' | 'node';

async function compare(
  subjects: Readonly<Record<Subjects, Subject>>,
  [playlist, part]: readonly [string, string],
): Promise<Record<string, number>> {
  const seconds = option('seconds', 2);
  const speedOf = async (subject: Subject): Promise<Speed> => {
    const rate = async (path: string): Promise<number> => {
      const before = cpuSeconds(subject.pid);
      const answers = await askWithoutEnd(subject.url + path, { connections: CONNECTIONS, seconds, core: PEERS_CORE });
      return answers / (cpuSeconds(subject.pid) - before);
    };
    return { playlist: await rate(playlist), part: await rate(part) };
  };
  const speeds: Record<Subjects, Speed[]> = { product: [], peer: [], node: [] };
  const order: Subjects[] = ['product', 'peer', 'node'];
  const rounds = option('rounds', 7);
  // The first warms all up; who is first takes turns.
  for (let round = -1; round < rounds; round++) {
    for (const name of order) {
      const speed = await speedOf(subjects[name]);
      if (round >= 0) speeds[name].push(speed);
    }
    order.push(order.shift()!);
    if (round < 0) continue;
    const shown = (name: Subjects): string => {
      const { playlist, part } = speeds[name].at(-1)!;
      return `${Math.round(playlist)} playlists, ${Math.round(part)} parts`;
    };
    progress(`a second of CPU: ${shown('product')}; nginx: ${shown('peer')}; bare Node: ${shown('node')}`);
  }
  const pair = ({ playlist, part }: Speed): number => 1 / playlist + 1 / part;
  /** Below 1: it costs more than the other. */
  const ratio = (subject: Subjects, other: Subjects, of: (speed: Speed) => number): number =>
    median(speeds[subject].map((each, i) => of(speeds[other][i]!) / of(each)));
  const typical = (name: Subjects, kind: keyof Speed): number => median(speeds[name].map((speed) => speed[kind]));
  return {
    ratio_to_nginx: ratio('product', 'peer', pair),
    ratio_to_node: ratio('product', 'node', pair),
    node_ratio_to_nginx: ratio('node', 'peer', pair),
    playlist_ratio_to_nginx: ratio('product', 'peer', ({ playlist }) => 1 / playlist),
    part_ratio_to_nginx: ratio('product', 'peer', ({ part }) => 1 / part),
    playlists_per_core_s: typical('product', 'playlist'),
    parts_per_core_s: typical('product', 'part'),
    nginx_playlists_per_core_s: typical('peer', 'playlist'),
    nginx_parts_per_core_s: typical('peer', 'part'),
    node_playlists_per_core_s: typical('node', 'playlist'),
    node_parts_per_core_s: typical('node', 'part'),
  };
}

async function crowds(product: Subject, nginx: Subject, feed: Feed): Promise<Record<string, number>> {
  const path = playlistPath(feed.last());
  const waiting = await gather(product.url, CROWD);
  const asking = await gather(nginx.url, CROWD);
  const times: Record<'ours' | 'theirs' | 'ourCpu' | 'theirCpu', number[]> = {
    ...{ ours: [], theirs: [], ourCpu: [], theirCpu: [] },
  };
  for (let round = 0; round < CROWD_ROUNDS; round++) {
    const ourCpu = cpuSeconds(product.pid);
    const answered = Promise.all(waiting.map((player) => player.ask(playlistPath(feed.next()))));
    await waitFor(
      'the crowd waits',
      async () => (await metric(product.url, 'amphi_origin_waiting')) === CROWD,
      PATIENCE_MS,
    );
    let startedAt = performance.now();
    await Promise.all([feed.sendNext(), answered]);
    times.ours.push(performance.now() - startedAt);
    times.ourCpu.push(((cpuSeconds(product.pid) - ourCpu) * 1e6) / CROWD);

    const theirCpu = cpuSeconds(nginx.pid);
    startedAt = performance.now();
    await Promise.all(asking.map((player) => player.ask(path)));
    times.theirs.push(performance.now() - startedAt);
    times.theirCpu.push(((cpuSeconds(nginx.pid) - theirCpu) * 1e6) / CROWD);
    progress(`a crowd of ${CROWD}: ${times.ours.at(-1)!.toFixed(0)} ms, nginx ${times.theirs.at(-1)!.toFixed(0)} ms`);
  }
  for (const player of [...waiting, ...asking]) player.leave();
  return {
    crowd: CROWD,
    crowd_answered_ms: median(times.ours),
    nginx_crowd_answered_ms: median(times.theirs),
    crowd_cpu_us: median(times.ourCpu),
    nginx_crowd_cpu_us: median(times.theirCpu),
  };
}

async function cache(url: string, edges: readonly Nginx[], feed: Feed): Promise<Record<string, number>> {
  const early = await Promise.all(edges.map((edge) => gather(edge.url, EARLY_PLAYERS)));
  const late = await Promise.all(edges.map((edge) => gather(edge.url, LATE_PLAYERS)));
  /** @returns hits for each edge and part, and how late players had it in ms */
  const run = async (path: (place: PartPlace) => string): Promise<{ hits: number; lateMs: number[] }> => {
    const before = await metric(url, 'amphi_playback_answers_total');
    const lateMs: number[] = [];
    for (let i = 0; i < EDGE_PARTS; i++) {
      const next = path(feed.next());
      let sentAt = 0;
      const asked = early.flat().map(async (player) => {
        await player.ask(next);
        lateMs.push(performance.now() - sentAt);
      });
      await waitFor(
        'all players wait at their edges',
        async () => (await Promise.all(edges.map((edge) => edge.busyWith()))).every((count) => count >= EARLY_PLAYERS),
        PATIENCE_MS,
      );
      await waitFor('the edges wait', async () => (await metric(url, 'amphi_origin_waiting')) >= EDGES, PATIENCE_MS);
      sentAt = performance.now();
      await feed.sendNext();
      await Promise.all(asked);
      await Promise.all(late.flat().map((player) => player.ask(next)));
    }
    const answers = (await metric(url, 'amphi_playback_answers_total')) - before;
    return { hits: answers / (EDGES * EDGE_PARTS), lateMs };
  };
  const parts = await run(partPath);
  const playlists = await run(playlistPath);
  progress(`behind ${EDGES} edges: ${parts.hits} hits a part, ${playlists.hits} a playlist`);
  for (const player of [...early, ...late].flat()) player.leave();
  return {
    origin_hits_per_part: parts.hits,
    origin_hits_per_playlist: playlists.hits,
    edges: EDGES,
    players_per_edge: EARLY_PLAYERS + LATE_PLAYERS,
    edge_part_p50_ms: percentile(parts.lateMs, 0.5),
    edge_part_p95_ms: percentile(parts.lateMs, 0.95),
  };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${name} in /metrics`);
  return Number(value);
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

async function serve(): Promise<void> {
  // A benchmark that failed leaves no server behind.
  process.on('disconnect', () => process.exit());
  const platform = await startPlatform();
  process.send?.({ url: await platform.listen() });
}

async function bare(url: string, paths: readonly string[]): Promise<void> {
  process.on('disconnect', () => process.exit());
  const files = await Promise.all(paths.map((path) => fileOf(url, path)));
  process.send?.({ url: await serveBare(files) });
}
