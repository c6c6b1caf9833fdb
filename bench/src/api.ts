import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerPrograms, percentile, startAmphi, startPostgres } from '@amphi/testkit';
import { ask, beAsker, type Job, type Question } from './api/asking.ts';
import { type BareRoute, beBare } from './api/bare.ts';
import { CONTROL, PAGES, writeHistory } from './api/history.ts';
import { heard, startPart } from './parts/part.ts';
import { BackEnd } from './peers/back-end.ts';
import { printResult, progress } from './result.ts';
import { cpuSeconds } from './rtp-peers/cores.ts';

/**
 * What a request of a back end or of a client who comes in costs. One read from memory answers most: get a room, list them,
 * get a template, a token by room code, `/init`; the database writes a room that is created. Each is asked by eight
 * connections in turns with a bare Fastify route that answers the same bytes and does nothing else; requests are counted by
 * the CPU time of the processes that answer, the database's among them, so that a busy machine changes little. `…_ratio` is
 * ours to the bare one's, `ratio_to_bare` the worst of those that memory answers (aim: ≥ 0.5). All of it once on the embedded
 * database and once on PostgreSQL, where Debian's is there (`fsync` off, as in the tests).
 *
 * Then 10,000 rooms and 1,000,000 sessions: pages of 100 of the lists, one after the other, from the middle and by each
 * filter. Aim: `pages_p99_ms` ≤ 50 of the worst of them, which `pages_worst` names; `control_p99_ms` is what the machine
 * makes of `/healthz` in between.
 *
 * `npm run bench -- api pglite|postgres` takes one database alone.
 */

const CONNECTIONS = 8;
const ROUNDS = 3;
const TURN_MS = 1_500;
const PAGE_REQUESTS = 150;
/** Each page is asked for no longer, however slow it is. */
const PAGE_MS = 20_000;
const PLENTY = { perSecond: 1e9, burst: 1e9 };
const LIMITS = { restRequestsPerWorkspace: PLENTY, tokensPerCrowd: PLENTY };

const DATABASES = ['pglite', 'postgres'] as const;
type DatabaseKind = (typeof DATABASES)[number];
type Figures = Record<string, number | string>;

const [role] = process.argv.slice(2);
if (role === 'bare') await beBare();
else if (role === 'asker') beAsker();
else await measure(role === undefined ? DATABASES : DATABASES.filter((kind) => kind === role));

async function measure(kinds: readonly DatabaseKind[]): Promise<void> {
  const all: Figures = {};
  for (const kind of kinds) {
    const figures = await measureOn(kind);
    if (!figures) {
      progress("postgres: left out, Debian's package postgresql is not here");
      continue;
    }
    for (const [name, value] of Object.entries(figures)) all[`${kind}_${name}`] = value;
  }
  const ratios = Object.entries(all).filter(([name]) => /(?<!create_room)_ratio$/.test(name));
  const pages = Object.entries(all).filter(([name]) => name.endsWith('pages_p99_ms'));
  printResult({
    ratio_to_bare: Math.min(...ratios.map(([, value]) => Number(value))),
    pages_p99_ms: Math.max(...pages.map(([, value]) => Number(value))),
    ...all,
    load_average: loadavg()[0]!,
  });
}

/** Undefined when there is no such database here. */
async function measureOn(kind: DatabaseKind): Promise<Figures | undefined> {
  const programs = kind === 'postgres' ? findServerPrograms() : undefined;
  if (kind === 'postgres' && programs === undefined) return undefined;
  const dataDir = await mkdtemp(join(tmpdir(), 'amphi-api-'));
  const postgres = programs === undefined ? undefined : startPostgres(programs);
  const asker = startPart('asker');
  try {
    await heard(asker);
    const env = {
      AMPHI_LOG_LEVEL: 'warn',
      AMPHI_LIMITS: JSON.stringify(LIMITS),
      ...(postgres && { AMPHI_DATABASE_URL: postgres.url }),
    };
    const figures: Figures = {};
    const server = await startAmphi({ dataDir, env });
    const backEnd = await BackEnd.of(server).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    try {
      const pids = (): number[] => [
        server.serverPid(),
        ...(postgres ? [postgres.pid, ...childrenOf(postgres.pid)] : []),
      ];
      Object.assign(figures, await routeFigures({ kind, url: server.links.local, backEnd, asker, pids }));
    } finally {
      await server.stop();
    }
    progress(`${kind}: writing years of history`);
    await writeHistory(postgres ? { url: postgres.url } : { dataDir: join(dataDir, 'database') });
    const again = await startAmphi({ dataDir, env });
    try {
      Object.assign(figures, await pageFigures({ kind, url: again.links.local, backEnd, asker }));
    } finally {
      await again.stop();
    }
    return figures;
  } finally {
    asker.kill();
    postgres?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Asking {
  readonly kind: DatabaseKind;
  readonly url: string;
  readonly backEnd: BackEnd;
  readonly asker: ChildProcess;
}

async function routeFigures({
  kind,
  url,
  backEnd,
  asker,
  pids,
}: Asking & { readonly pids: () => readonly number[] }): Promise<Figures> {
  const questions = await questionsOf(url, backEnd);
  const bare = startPart('bare');
  try {
    await heard(bare);
    const routes: BareRoute[] = [];
    for (const [path, question] of questions.values()) {
      routes.push({ method: question.method, path, answer: await ask(url, question, 0) });
    }
    const listening = heard<number>(bare);
    bare.send(routes);
    const bareUrl = `http://127.0.0.1:${await listening}`;
    const turn = async (base: string, question: Question, of: () => readonly number[], forMs: number) => {
      const cpuOf = (): number => of().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
      const before = cpuOf();
      const times = await timesOf(asker, { base, question, connections: CONNECTIONS, forMs, atMost: 1e9 });
      return { times, perCore: times.length / (cpuOf() - before) };
    };
    const figures: Figures = {};
    for (const [name, [, question]] of questions) {
      const [ours, theirs, ratios, times]: [number[], number[], number[], number[]] = [[], [], [], []];
      const sides = [
        { base: url, of: pids, perCore: ours },
        { base: bareUrl, of: () => [bare.pid!], perCore: theirs },
      ];
      for (const { base, of } of sides) await turn(base, question, of, TURN_MS);
      for (let round = 0; round < ROUNDS; round++) {
        // Each first in every other round: the machine's mood falls on both.
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
          const told = await turn(side.base, question, side.of, TURN_MS);
          side.perCore.push(told.perCore);
          if (side.base === url) times.push(...told.times);
        }
        ratios.push(ours.at(-1)! / theirs.at(-1)!);
      }
      figures[`${name}_ratio`] = percentile(ratios, 0.5);
      figures[`${name}_per_core`] = Math.round(percentile(ours, 0.5));
      figures[`${name}_bare_per_core`] = Math.round(percentile(theirs, 0.5));
      figures[`${name}_p99_ms`] = percentile(times, 0.99);
      progress(`${kind}: ${name} ${figures[`${name}_per_core`]} a second and core`);
    }
    return figures;
  } finally {
    bare.kill();
  }
}

/** By name, with the path as Fastify writes it. */
async function questionsOf(url: string, backEnd: BackEnd): Promise<ReadonlyMap<string, readonly [string, Question]>> {
  const room = await backEnd.post<{ id: string; template_id: string }>('/rooms', { name: 'api-bench' });
  const { id, template_id: templateId } = room;
  for (let more = 0; more < 10; more++) await backEnd.post('/rooms', { name: `api-bench-${more}` });
  const { data } = await backEnd.post<{ data: { code: string; role: string }[] }>(`/room-codes/room/${id}`, {});
  const byCode: Question = {
    method: 'POST',
    path: '/v2/token',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: data[0]!.code }),
  };
  const { token } = JSON.parse(await ask(url, byCode, 0)) as { token: string };
  const headers = { authorization: `Bearer ${backEnd.managementToken}` };
  return new Map<string, readonly [string, Question]>([
    ['get_room', ['/v2/rooms/:roomId', { method: 'GET', path: `/v2/rooms/${id}`, headers }]],
    ['list_rooms', ['/v2/rooms', { method: 'GET', path: '/v2/rooms', headers }]],
    ['get_template', ['/v2/templates/:templateId', { method: 'GET', path: `/v2/templates/${templateId}`, headers }]],
    ['token', ['/v2/token', byCode]],
    ['init', ['/init', { method: 'GET', path: '/init?peer_id={n}', headers: { authorization: `Bearer ${token}` } }]],
    // Last, as it makes the list longer and longer.
    [
      'create_room',
      [
        '/v2/rooms',
        {
          method: 'POST',
          path: '/v2/rooms',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ name: 'made-{n}', description: 'A room of many' }),
        },
      ],
    ],
  ]);
}

async function pageFigures({ kind, url, backEnd, asker }: Asking): Promise<Figures> {
  const headers = { authorization: `Bearer ${backEnd.managementToken}` };
  const figures: Figures = {};
  const p99s: [name: string, ms: number][] = [];
  const control: number[] = [];
  for (const [name, path] of Object.entries(PAGES)) {
    const ask = (path: string): Promise<readonly number[]> =>
      timesOf(asker, {
        base: url,
        question: { method: 'GET', path, headers },
        connections: 1,
        forMs: PAGE_MS,
        atMost: PAGE_REQUESTS,
      });
    const times = await ask(path);
    control.push(percentile(await ask(CONTROL), 0.99));
    p99s.push([name, percentile(times, 0.99)]);
    figures[`page_${name}_ms`] = percentile(times, 0.5);
    const shown = [percentile(times, 0.5), p99s.at(-1)![1], control.at(-1)!].map((ms) => ms.toFixed(1));
    progress(`${kind}: ${name} p50 ${shown[0]} ms, p99 ${shown[1]} ms, of ${CONTROL} ${shown[2]} ms`);
  }
  const [worst, ms] = p99s.sort(([, a], [, b]) => b - a)[0]!;
  return { ...figures, pages_p99_ms: ms, pages_worst: worst, control_p99_ms: Math.max(...control) };
}

async function timesOf(asker: ChildProcess, job: Job): Promise<readonly number[]> {
  const times = heard<readonly number[]>(asker);
  asker.send(job);
  return times;
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
