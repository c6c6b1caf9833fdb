import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ContenderAnswer, ContenderOrder } from '../test/platform/lock-contender.ts';
import { claimDataDirectory } from './data-directory.ts';

/** More of them by hand: AMPHI_LOCK_ROUNDS=200. */
const ROUNDS = Number(process.env.AMPHI_LOCK_ROUNDS ?? 12);
const CONTENDERS = 8;
/** Processes that run from source need a moment to start on a busy machine. */
const PATIENCE_MS = 120_000 + ROUNDS * 5_000;

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'amphi-lock-')), 'data');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const lock = (): string => join(folder, 'server.lock');

describe('claimDataDirectory', () => {
  it('makes the directory for this account only, names the holder in it, and lets it go again', async () => {
    const release = await claimDataDirectory(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(lock())).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(lock(), 'utf8'))).toEqual({ host: hostname(), pid: process.pid });
    release();
    (await claimDataDirectory(folder))();
  });

  it('shuts a directory that was there and open to others', async () => {
    await mkdir(folder, { mode: 0o755 });
    await chmod(folder, 0o755);
    (await claimDataDirectory(folder))();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('refuses a second server, with the remedy', async () => {
    const release = await claimDataDirectory(folder);
    await expect(claimDataDirectory(folder)).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringMatching(
        new RegExp(`in use by another Amphi server, process ${process.pid}\\.\nStop it, or`),
      ),
    });
    release();
  });

  it('knows the holder by the lock alone, whatever the file says', async () => {
    const release = await claimDataDirectory(folder);
    for (const [text, who] of [
      ['{"host":"elsewhere","pid":1}', 'server, process 1 on elsewhere.'],
      ['half a fi', 'server.\n'],
    ] as const) {
      await writeFile(lock(), text);
      await expect(claimDataDirectory(folder)).rejects.toThrow(who);
    }
    release();
    await writeFile(lock(), JSON.stringify({ host: 'elsewhere', pid: 1 }));
    (await claimDataDirectory(folder))();
  });

  it('says so when there is nothing to lock with', async () => {
    const bin = join(folder, '..', 'bin');
    await mkdir(bin);
    const path = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    process.env.PATH = bin;
    await expect(claimDataDirectory(folder)).rejects.toThrow(/server\.lock cannot be locked: .*flock.*ENOENT/);
    await writeFile(join(bin, 'flock'), '#!/bin/sh\necho "flock: 3: No locks available" >&2\nexit 71\n');
    await chmod(join(bin, 'flock'), 0o755);
    await expect(claimDataDirectory(folder)).rejects.toThrow('No locks available');
  });
});

describe('processes that want the same data directory', () => {
  it(
    `have one winner in each of ${ROUNDS} rounds, whatever they find and however the winner ends`,
    async () => {
      const contenders = Array.from({ length: CONTENDERS }, newContender);
      for (let round = 0; round < ROUNDS; round += 1) {
        const dataDir = join(folder, String(round));
        const found = [undefined, '', '{"host":"', JSON.stringify({ host: hostname(), pid: 1 << 22 })][round % 4];
        await mkdir(dataDir, { recursive: true });
        if (found !== undefined) await writeFile(join(dataDir, 'server.lock'), found);
        const answers = await Promise.all(contenders.map(({ ask }) => ask({ type: 'claim', dataDir })));
        const winners = contenders.filter((_, index) => answers[index]?.type === 'won');
        expect(winners, JSON.stringify(answers)).toHaveLength(1);
        expect(answers.filter(({ type }) => type === 'in_use')).toHaveLength(CONTENDERS - 1);
        const [winner] = winners;
        if (round % 6 === 5) {
          await winner!.kill();
          contenders.splice(contenders.indexOf(winner!), 1, newContender());
        } else {
          expect(await winner!.ask({ type: 'release' })).toEqual({ type: 'released' });
        }
        const [next] = contenders;
        expect(await next!.ask({ type: 'claim', dataDir })).toEqual({ type: 'won' });
        await next!.ask({ type: 'release' });
      }
    },
    PATIENCE_MS,
  );

  it(
    'do not leave the lock with what they have started',
    async () => {
      const contender = newContender();
      expect(await contender.ask({ type: 'claim', dataDir: folder })).toEqual({ type: 'won' });
      const left = await contender.ask({ type: 'leaveChild' });
      const pid = left.type === 'child' ? left.pid : 0;
      expect(pid).toBeGreaterThan(0);
      onTestFinished(() => void process.kill(pid, 'SIGKILL'));
      await contender.kill();
      (await claimDataDirectory(folder))();
      expect(process.kill(pid, 0)).toBe(true);
    },
    PATIENCE_MS,
  );
});

interface Contender {
  ask(order: ContenderOrder): Promise<ContenderAnswer>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

function newContender(): Contender {
  const program = fileURLToPath(new URL('../test/platform/lock-contender.ts', import.meta.url));
  const child: ChildProcess = fork(program, [], { execArgv: ['--conditions=source', '--import', 'tsx'] });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    async ask(order) {
      const answer = once(child, 'message');
      child.send(order);
      return ((await answer) as [ContenderAnswer])[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
