import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { printResult, progress } from './result.ts';
import { createBareHost, PUBLIC_URL, serve } from './signaling/bare-host.ts';
import { enter, requestFrame, seen } from './signaling/raw-client.ts';

/**
 * What a change of everybody's role costs all the others. A host moves 2,500 viewers from one role to another and back, and
 * asks `ping` every few milliseconds meanwhile; the server, a process of its own, measures how long its event loop is kept.
 * Aim: `turn_max_ms` ≤ 20, so that a ping or a playlist waits no longer than that. `quiet_turn_max_ms` is what the machine
 * does by itself in the same time without a change; `turn_cpu_max_ms` is what of the longest turn is work of ours, on a machine
 * that is busy with other things, too.
 */

const VIEWERS = 2_500;
/** There and back, three times, if the first argument does not say otherwise. */
const CHANGES = Number(process.argv[2] ?? 6);
const PING_EVERY_MS = 5;
const QUIET_MS = 3_000;

interface Turns {
  readonly maxMs: number;
  readonly p99Ms: number;
  readonly maxCpuMs: number;
}

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: process.execArgv });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const turns = async (): Promise<Turns> => {
    server.send('turns');
    return ((await once(server, 'message')) as [Turns])[0];
  };
  const host = await enter(port, 'host');
  const viewers: Socket[] = [];
  for (let i = 0; i < VIEWERS; i++) viewers.push(await enter(port, 'viewer'));
  progress(`${VIEWERS} viewers have joined`);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  await turns();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const quiet = await turns();
  const pings: number[] = [];
  const changes: number[] = [];
  const storms: Turns[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const [from, to] = i % 2 === 0 ? ['viewer', 'fan'] : ['fan', 'viewer'];
    const stop = keepPinging(host, `${i}`, pings);
    const startedAt = performance.now();
    const told = viewers.map((viewer) => seen(viewer, `"on-policy-change","params":{"name":"${to}"`));
    host.write(requestFrame(`change-${i}`, 'role-change-request', { roles: [from], role: to, force: true }));
    await seen(host, `"id":"change-${i}"`);
    await Promise.all(told);
    // Answers come in order with what was told before.
    const last = seen(host, `"id":"end-${i}"`);
    host.write(requestFrame(`end-${i}`, 'peer-update', { name: `change ${i}` }));
    await last;
    changes.push(performance.now() - startedAt);
    await stop();
    storms.push(await turns());
    progress(
      `change ${i + 1}: ${Math.round(changes.at(-1) ?? 0)} ms, longest turn ${storms.at(-1)?.maxMs.toFixed(1)} ms, ${storms.at(-1)?.maxCpuMs.toFixed(1)} ms of CPU`,
    );
  }
  pings.sort((a, b) => a - b);
  printResult({
    viewers: VIEWERS,
    turn_max_ms: Math.max(...storms.map(({ maxMs }) => maxMs)),
    turn_p99_ms: Math.max(...storms.map(({ p99Ms }) => p99Ms)),
    turn_cpu_max_ms: Math.max(...storms.map(({ maxCpuMs }) => maxCpuMs)),
    quiet_turn_max_ms: quiet.maxMs,
    quiet_turn_cpu_max_ms: quiet.maxCpuMs,
    ping_p95_ms: pings[Math.floor(pings.length * 0.95)] ?? Number.NaN,
    change_ms: changes.reduce((sum, ms) => sum + ms, 0) / changes.length,
  });
  for (const socket of [host, ...viewers]) socket.destroy();
  server.disconnect();
}

/** One after the other, with a pause; `samples` gets the time of each. */
function keepPinging(socket: Socket, name: string, samples: number[]): () => Promise<void> {
  let isOver = false;
  const done = (async () => {
    for (let i = 0; !isOver; i++) {
      const id = `ping-${name}-${i}`;
      const at = performance.now();
      const answer = seen(socket, `"id":"${id}"`);
      socket.write(requestFrame(id, 'ping', { timestamp: 0 }));
      await answer;
      samples.push(performance.now() - at);
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
    }
  })();
  return () => {
    isOver = true;
    return done;
  };
}

/**
 * The CPU time of this thread between two looks, one in each turn of the event loop that does anything: what the longest turn
 * worked, whatever else ran on the machine. At most one short turn more than it, as timers have a resolution of 1 ms.
 */
class BusyTurns {
  #last = threadCpuMs();
  #max = 0;

  constructor() {
    setInterval(() => this.#look(), 1);
  }

  /** Since it was asked last. */
  takeMax(): number {
    this.#look();
    const max = this.#max;
    this.#max = 0;
    return max;
  }

  #look(): void {
    const now = threadCpuMs();
    this.#max = Math.max(this.#max, now - this.#last);
    this.#last = now;
  }
}

/** Linux, proc_pid_schedstat: the first number is nanoseconds on a CPU. */
function threadCpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}

async function beServer(): Promise<void> {
  const onStage = { allowed: ['audio', 'video'] };
  const host = createBareHost({
    host: { name: 'host', publishParams: onStage, permissions: { changeRole: true } },
    viewer: { name: 'viewer' },
    fan: { name: 'fan', subscribeParams: { subscribeToRoles: ['host'] } },
  });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const busy = new BusyTurns();
  process.on('message', () => {
    const told: Turns = { maxMs: delays.max / 1e6, p99Ms: delays.percentile(99) / 1e6, maxCpuMs: busy.takeMax() };
    delays.reset();
    process.send?.(told);
  });
  await serve((socket, query, wire) =>
    host.handleSocket(socket, { wire, query, reachedAt: PUBLIC_URL, from: '127.0.0.1' }),
  );
}

if (process.argv[2] === 'serve') await beServer();
else await measure();
