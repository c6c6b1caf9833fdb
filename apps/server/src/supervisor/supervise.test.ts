import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, waitFor } from '@amphi/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_RESTART_POLICY, decideRestart } from './restart-policy.ts';
import { hasRoomForSpare } from './spare.ts';

const SUPERVISED = fileURLToPath(new URL('../../test/platform/supervised.ts', import.meta.url));
const PATIENCE_MS = 120_000;

/** What the stand-in for a server begins with: it notes each start with its arguments, and can say that it listens. */
const PREAMBLE = `
  import { appendFileSync, readFileSync } from 'node:fs';
  const notes = new URL('./notes', import.meta.url);
  appendFileSync(notes, [process.pid, ...process.argv.slice(2)].join(' ') + '\\n');
  const runs = readFileSync(notes, 'utf8').trim().split('\\n').length;
  const listening = () => process.send({ type: 'listening', port: 4711 });
  const stay = () => setInterval(() => {}, 1e6);
  process.on('disconnect', () => process.exit(1));
`;

/** A supervisor in a process of its own over a program that does this. */
function supervised(script: string, ...spareAfterMs: number[]) {
  const folder = mkdtempSync(join(tmpdir(), 'amphi-supervisor-'));
  const program = join(folder, 'program.mjs');
  writeFileSync(program, PREAMBLE + script);
  writeFileSync(join(folder, 'notes'), '');
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', SUPERVISED, program, ...spareAfterMs.map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  /** Of each start: process id and arguments. */
  const starts = (): { pid: number; args: string }[] =>
    readFileSync(join(folder, 'notes'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ pid: Number.parseInt(line, 10), args: line.replace(/^\d+ ?/, '') }));
  return {
    child,
    said: () => said,
    status: async () => (await ended)[0],
    starts,
    started: (count: number) => waitFor(`start ${count}`, () => starts()[count - 1], PATIENCE_MS),
  };
}

it('SUP1: starts the server again after a signal and after a fault, on the same port, and ends as it ends', {
  timeout: PATIENCE_MS,
}, async () => {
  const run = supervised(`
    listening();
    if (runs === 1) process.kill(process.pid, 'SIGSEGV');
    if (runs === 2) process.exit(1);
    process.exit(0);`);
  expect(await run.status()).toBe(0);
  expect(run.starts().map(({ args }) => args)).toEqual(['', '--again --port 4711', '--again --port 4711']);
  expect(run.said()).toMatch(
    /was killed by SIGSEGV; it is started again in \d+ ms\n.*ended with status 1; it is started/,
  );
});

it('SUP2: gives up after a crash loop, with the reason', { timeout: PATIENCE_MS }, async () => {
  const run = supervised('listening(); setTimeout(() => process.exit(9), 50);');
  expect(await run.status()).toBe(1);
  expect(run.starts()).toHaveLength(5);
  expect(run.said()).toContain('the server ended with status 9 and is given up');
});

it.each([
  ['what somebody has to change', 'listening(); setTimeout(() => process.exit(78), 50);', 78],
  ['a first start that fails', 'process.exit(3);', 3],
])('SUP3: does not repeat %s', { timeout: PATIENCE_MS }, async (_, script, status) => {
  const run = supervised(script);
  expect(await run.status()).toBe(status);
  expect(run.starts()).toHaveLength(1);
});

it('SUP4: passes signals on, and is not in the way of a second one', { timeout: PATIENCE_MS }, async () => {
  const run = supervised(`
    let count = 0;
    process.on('SIGINT', () => { count += 1; console.log('asked', count); if (count === 2) process.exit(130); });
    stay();
    listening();
    console.log('ready');`);
  await waitFor('it is ready', () => run.said().includes('ready'), PATIENCE_MS);
  run.child.kill('SIGINT');
  await waitFor('it is asked', () => run.said().includes('asked 1'), PATIENCE_MS);
  run.child.kill('SIGINT');
  expect(await run.status()).toBe(130);
  expect(run.starts()).toHaveLength(1);
});

it('SUP5: takes the server along when it is killed', { timeout: PATIENCE_MS }, async () => {
  const run = supervised('stay(); listening();');
  const { pid } = await run.started(1);
  run.child.kill('SIGKILL');
  await waitFor('the server is gone', () => !isAlive(pid), PATIENCE_MS);
});

it('SUP6: starts the server anew when it is asked to, which is no crash', { timeout: PATIENCE_MS }, async () => {
  const run = supervised(`
    process.on('SIGTERM', () => process.exit(0));
    stay();
    listening();
    console.log('ready', runs);`);
  for (let round = 1; round <= 6; round += 1) {
    await waitFor(`run ${round} is ready`, () => run.said().includes(`ready ${round}`), PATIENCE_MS);
    run.child.kill('SIGUSR2');
  }
  await waitFor('run 7 is ready', () => run.said().includes('ready 7'), PATIENCE_MS);
  run.child.kill('SIGTERM');
  expect(await run.status()).toBe(0);
});

/** As the program does: what is loaded waits until it is needed. */
const SPARE = `
  if (process.argv.includes('--spare')) {
    await new Promise((needed) => {
      process.once('message', ({ port }) => {
        appendFileSync(notes, [process.pid, 'serves', port].join(' ') + '\\n');
        needed();
      });
      process.send({ type: 'loaded' });
    });
  }
  process.on('SIGTERM', () => process.exit(0));
  stay();
  listening();`;

it('SUP7: has a spare that is loaded, which takes the place of the server that dies, and has another made', {
  timeout: PATIENCE_MS,
}, async () => {
  const run = supervised(SPARE, 0);
  const first = await run.started(1);
  const spare = await run.started(2);
  expect(spare.args).toBe('--spare');
  await waitFor('it is loaded', () => run.said().includes('a server waits'), PATIENCE_MS);
  process.kill(first.pid, 'SIGKILL');
  expect(await run.started(3)).toEqual({ pid: spare.pid, args: 'serves 4711' });
  const next = await run.started(4);
  expect(next.args).toBe('--spare');
  run.child.kill('SIGTERM');
  expect(await run.status()).toBe(0);
  expect([first, spare, next].map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
});

it('SUP7: starts as ever when the spare is gone or still loads', { timeout: PATIENCE_MS }, async () => {
  const run = supervised(`if (process.argv.includes('--spare')) process.exit(5);${SPARE}`, 0);
  const first = await run.started(1);
  await waitFor('the spare is gone', async () => !isAlive((await run.started(2)).pid), PATIENCE_MS);
  process.kill(first.pid, 'SIGKILL');
  expect((await run.started(3)).args).toBe('--again --port 4711');
  run.child.kill('SIGTERM');
  expect(await run.status()).toBe(0);
});

it('SUP7: what is started anew on wish is loaded anew, as it may be of another version', {
  timeout: PATIENCE_MS,
}, async () => {
  const run = supervised(SPARE, 0);
  const spare = await run.started(2);
  await waitFor('it is loaded', () => run.said().includes('a server waits'), PATIENCE_MS);
  run.child.kill('SIGUSR2');
  expect((await run.started(3)).args).toBe('--again --port 4711');
  await waitFor('the spare is gone', () => !isAlive(spare.pid), PATIENCE_MS);
  run.child.kill('SIGTERM');
  expect(await run.status()).toBe(0);
});

it.each([
  [1, false],
  [2, true],
])('SUP7: on a machine of %i GiB a spare is made: %s', (gib, isMade) => {
  expect(hasRoomForSpare(gib * 2 ** 30)).toBe(isMade);
});

it('SUP2: waits longer each time, and forgets crashes of long ago', () => {
  const policy = { ...DEFAULT_RESTART_POLICY, backoff: { ...DEFAULT_RESTART_POLICY.backoff, random: () => 1 } };
  const crashes: number[] = [];
  const after = (at: number) => {
    crashes.push(at);
    return decideRestart(crashes, policy);
  };
  expect([0, 1_000, 2_000, 3_000].map(after)).toEqual([100, 200, 400, 800].map((restartInMs) => ({ restartInMs })));
  expect(after(4_000)).toEqual({ giveUp: '5 crashes within 60 s: another start would end like these' });
  expect(after(200_000)).toEqual({ restartInMs: 100 });
});
