import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataDirectory } from './data-directory.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'amphi-lock-')), 'data');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const lock = (): string => join(folder, 'server.lock');

describe('claimDataDirectory', () => {
  it('makes the directory for this account only, and lets it go again', async () => {
    const release = await claimDataDirectory(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(lock())).mode & 0o077).toBe(0);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a second server, with the remedy', async () => {
    const release = await claimDataDirectory(folder);
    await expect(claimDataDirectory(folder)).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringMatching(
        new RegExp(`in use by another Amphi server, process ${process.pid}\\.\nStop it, or`),
      ),
    });
    await release();
    await (await claimDataDirectory(folder))();
  });

  it('takes over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    await (await claimDataDirectory(folder))();
    await writeFile(lock(), JSON.stringify({ host: hostname(), pid: child.pid, began: '1' }));
    await (await claimDataDirectory(folder))();
  });

  it('takes over from another process that had the same number', async () => {
    await (await claimDataDirectory(folder))();
    await writeFile(lock(), JSON.stringify({ host: hostname(), pid: process.pid, began: '1' }));
    const release = await claimDataDirectory(folder);
    expect(JSON.parse(await readFile(lock(), 'utf8'))).toMatchObject({ pid: process.pid });
    await release();
  });

  it('does not judge processes of other machines', async () => {
    await (await claimDataDirectory(folder))();
    await writeFile(lock(), JSON.stringify({ host: 'elsewhere', pid: 1, began: '1' }));
    await expect(claimDataDirectory(folder)).rejects.toThrow(/process 1 on elsewhere[\s\S]*delete/);
  });

  it('has one winner when many find a stale lock', async () => {
    await (await claimDataDirectory(folder))();
    await writeFile(lock(), 'half a fi');
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => claimDataDirectory(folder)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['server.lock']);
  });
});
