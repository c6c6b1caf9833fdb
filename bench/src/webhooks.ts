import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type WebhookDelivery } from '@amphi/store';
import { type AmphiServer, percentile, startAmphi, waitFor } from '@amphi/testkit';
import { heard, startPart } from './parts/part.ts';
import { BackEnd } from './peers/back-end.ts';
import { printResult, progress } from './result.ts';
import { type Load, spanOf } from './webhooks/load.ts';
import { type Arrival, beReceivers } from './webhooks/receivers.ts';
import { beRoleChangers, type PairCodes, type Told } from './webhooks/role-changers.ts';

/**
 * How soon back ends are told, and that they are. People in 64 rooms change roles 1,000 times a second by their sockets,
 * under the limits that a server has by default; each change is an event for one of eight receivers on loopback, one of
 * which accepts and never answers. In the middle the server is killed (SIGKILL) under its supervisor. Aims: `lag_p99_s` ≤ 1,
 * from what happened to its arrival, of all that did not have to wait for the next server; `lost` = 0: of what the store
 * holds for the living receivers, all has come. `duplicates` came twice under one id. `ungathered` are changes that were
 * acknowledged and not yet written when the server was killed, which history.md allows for 100 ms. `events_per_s` is of the
 * time before the kill, `events_per_s_after` of that after it, in which the people have to come back first. `limited_by` says what
 * stood in the way of more.
 */

const EVENTS_PER_SECOND = 1_000;
const ROOMS = 64;
const LIVING = 7;
const WARM_MS = 5_000;
const SPAN_MS = 15_000;
/** Nothing has come for so long: nothing is on its way. Longer than a call may take. */
const QUIET_MS = 6_000;
const PATIENCE_MS = 120_000;

const [role, ...args] = process.argv.slice(2);
if (role === 'receivers') await beReceivers(LIVING);
else if (role === 'changers') {
  await beRoleChangers(args[0]!, JSON.parse(args[1]!) as PairCodes[], EVENTS_PER_SECOND);
} else await measure();

/** Of one run, all times by the clock of this machine. */
interface Run {
  /** From here on it counts. */
  readonly startedAt: number;
  readonly killedAt: number;
  /** A server listened again. */
  readonly backAt: number;
  /** The last change was asked for. */
  readonly endedAt: number;
  readonly told: Told;
  readonly arrivals: readonly Arrival[];
  /** Before the kill and after it. */
  readonly loads: readonly Load[];
}

async function measure(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'amphi-webhooks-'));
  const children: ChildProcess[] = [];
  const env = { AMPHI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES: 'true', AMPHI_LOG_LEVEL: 'warn' };
  const server = await startAmphi({ supervised: true, dataDir, env });
  try {
    const receivers = startPart('receivers');
    children.push(receivers);
    const urls = await heard<readonly string[]>(receivers);
    const rooms = await makeRooms(server, urls);
    const changers = startPart('changers', server.links.local, JSON.stringify(rooms));
    children.push(changers);
    await heard(changers);
    progress(`${2 * ROOMS} people are there`);
    const run = await runOnce(server, { receivers, changers });
    progress(`${run.told.acknowledged.length} changes, ${run.arrivals.length} calls`);
    await server.stop();
    printResult(figuresOf(run, await written(dataDir, urls.at(-1)!)));
  } finally {
    for (const child of children) child.kill();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A template of roles without media, so that nothing else is measured, and rooms that take the receivers in turn. */
async function makeRooms(server: AmphiServer, urls: readonly string[]): Promise<PairCodes[]> {
  const backEnd = await BackEnd.of(server);
  const template = await backEnd.post<{ id: string }>('/templates', {
    name: 'webhooks-bench',
    roles: {
      host: { name: 'host', permissions: { changeRole: true } },
      viewer: { name: 'viewer' },
      fan: { name: 'fan' },
    },
  });
  const rooms: PairCodes[] = [];
  for (let index = 0; index < ROOMS; index++) {
    const webhook = { url: urls[index % urls.length]!, headers: { 'x-key': 'bench' } };
    const body = { name: `webhooks-bench-${index}`, template_id: template.id, webhook };
    const { id } = await backEnd.post<{ id: string }>('/rooms', body);
    const { data } = await backEnd.post<{ data: { role: string; code: string }[] }>(`/room-codes/room/${id}`, {});
    const codeOf = (role: string): string => data.find((code) => code.role === role)!.code;
    rooms.push({ id, host: codeOf('host'), guest: codeOf('viewer') });
  }
  return rooms;
}

async function runOnce(
  server: AmphiServer,
  { receivers, changers }: { readonly receivers: ChildProcess; readonly changers: ChildProcess },
): Promise<Run> {
  const arrivals: Arrival[] = [];
  const take = async (): Promise<number> => {
    const some = heard<readonly Arrival[]>(receivers);
    receivers.send('take');
    arrivals.push(...(await some));
    return arrivals.length;
  };
  const span = (): (() => Load) =>
    spanOf({ server: server.serverPid(), changers: changers.pid!, receivers: receivers.pid! });
  changers.send('go');
  await sleep(WARM_MS);
  const startedAt = Date.now();
  const before = span();
  await sleep(SPAN_MS);
  const loads = [before()];
  const killedAt = Date.now();
  process.kill(server.serverPid(), 'SIGKILL');
  const isBack = async (): Promise<number | false> => (await fetch(`${server.links.local}/readyz`)).ok && Date.now();
  const backAt = (await waitFor('a server listens again', isBack, PATIENCE_MS)) as number;
  progress(`back after ${backAt - killedAt} ms`);
  await take();
  const after = span();
  await sleep(SPAN_MS);
  loads.push(after());
  const endedAt = Date.now();
  const told = heard<Told>(changers);
  changers.send('stop');
  // All who are in the rooms stay there, so that nothing more happens.
  const result = { startedAt, killedAt, backAt, endedAt, told: await told, arrivals, loads };
  for (let [known, quietSince] = [0, Date.now()]; Date.now() - quietSince < QUIET_MS; await sleep(500)) {
    const count = await take();
    if (count !== known) [known, quietSince] = [count, Date.now()];
  }
  return result;
}

/** What the store of a server that has ended holds, for the living receivers and for the dead one. */
async function written(
  dataDir: string,
  dead: string,
): Promise<{ readonly living: readonly WebhookDelivery[]; readonly dead: readonly WebhookDelivery[] }> {
  const store = await openStore({ dataDir: join(dataDir, 'database') });
  try {
    const node = (await readFile(join(dataDir, 'node'), 'utf8')).trim();
    const all: WebhookDelivery[] = await store.webhooks.waiting(node, { after: 0, limit: 1e6 });
    const workspaceId = all[0]?.workspaceId ?? '';
    const filter = { workspaceId, from: new Date(0), to: new Date(4e12) };
    all.push(...(await store.webhooks.list(filter, { limit: 1e6, offset: 0 })).rows);
    return { living: all.filter(({ url }) => url !== dead), dead: all.filter(({ url }) => url === dead) };
  } finally {
    await store.close();
  }
}

function figuresOf(run: Run, store: Awaited<ReturnType<typeof written>>): Record<string, number | string> {
  const { startedAt, killedAt, backAt, endedAt, told, loads } = run;
  const came = new Map<string, Arrival>();
  for (const arrival of run.arrivals) if (!came.has(arrival.id)) came.set(arrival.id, arrival);
  const waitedForServer = ({ happenedAt, cameAt }: Arrival): boolean => happenedAt <= killedAt && cameAt >= killedAt;
  const counted = [...came.values()].filter(({ happenedAt }) => happenedAt >= startedAt && happenedAt < endedAt);
  const lags = counted.filter((arrival) => !waitedForServer(arrival)).map(lagOf);
  const overKill = counted.filter(waitedForServer).map(lagOf);
  const lost = store.living.filter(({ eventId, at }) => at.getTime() < endedAt && !came.has(eventId));
  const rate = (from: number, to: number): number =>
    told.acknowledged.filter(({ at }) => at >= from && at < to).length / ((to - from) / 1_000);
  const eventsPerSecond = rate(startedAt, killedAt);
  const lagP99 = percentile(lags, 0.99) / 1_000;
  return {
    events_per_s: eventsPerSecond,
    events_per_s_after: rate(backAt, endedAt),
    lag_p50_s: percentile(lags, 0.5) / 1_000,
    lag_p99_s: lagP99,
    lag_max_s: percentile(lags, 1) / 1_000,
    lost: lost.length,
    duplicates: run.arrivals.length - came.size,
    ungathered: ungathered(told, [...store.living, ...store.dead]),
    unanswered: told.unanswered,
    came: came.size,
    over_kill: overKill.length,
    over_kill_max_s: Math.max(0, ...overKill) / 1_000,
    down_s: (backAt - killedAt) / 1_000,
    dead_waiting: store.dead.filter(({ state }) => state === 'waiting').length,
    server_cores: most(loads, 'server'),
    changers_cores: most(loads, 'changers'),
    receivers_cores: most(loads, 'receivers'),
    idle_cores: Math.min(...loads.map(({ idle }) => idle)),
    load_average: loadavg()[0]!,
    limited_by: limitOf({ eventsPerSecond, lagP99, loads }),
  };
}

function lagOf({ happenedAt, cameAt }: Arrival): number {
  return cameAt - happenedAt;
}

function most(loads: readonly Load[], part: keyof Load): number {
  return Math.max(...loads.map((load) => load[part]));
}

/** Changes that were acknowledged, room by room, beyond those that are written. */
function ungathered({ acknowledged }: Told, rows: readonly WebhookDelivery[]): number {
  const missing = new Map<string, number>();
  const add = (roomId: string, by: number): unknown => missing.set(roomId, (missing.get(roomId) ?? 0) + by);
  for (const { roomId } of acknowledged) add(roomId, 1);
  for (const { roomId, type } of rows) if (type === 'role.change.success') add(roomId, -1);
  return [...missing.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
}

function limitOf({
  eventsPerSecond,
  lagP99,
  loads,
}: {
  readonly eventsPerSecond: number;
  readonly lagP99: number;
  readonly loads: readonly Load[];
}): string {
  if (eventsPerSecond >= 0.98 * EVENTS_PER_SECOND && lagP99 <= 1) return 'what was asked for';
  // One thread does all that the server does here.
  if (most(loads, 'server') > 0.9) return "the server's core";
  return Math.min(...loads.map(({ idle }) => idle)) < 0.1 ? "the machine's cores" : 'neither its core nor the machine';
}
