import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { takeLock } from './lock-file.mjs';
import { runCommand } from './run-command.mjs';
import { folderWith } from './test/folder.ts';

it('lets one in at a time, and the next when the first has left', async () => {
  const folder = folderWith();
  const path = join(folder, '.cache/lock');
  const first = await takeLock(path, () => expect.unreachable('nobody holds it'));

  const inside: string[] = ['first'];
  const onWait = vi.fn<(holder: string) => void>();
  const second = takeLock(path, onWait).then((release) => {
    inside.push('second');
    return release;
  });
  await vi.waitFor(
    () => expect(onWait).toHaveBeenCalledExactlyOnceWith(`process ${process.pid} on ${hostname()}`),
    15_000,
  );
  expect(inside).toEqual(['first']);

  first();
  (await second)();
  expect(inside).toEqual(['first', 'second']);
  expect(readdirSync(join(folder, '.cache'))).toEqual([]);
});

it('takes over from a process that is no more', async () => {
  const path = join(folderWith(), 'lock');
  const gone = await runCommand(process.execPath, ['-p', 'process.pid']);
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: Number(gone.stdout) }));
  const release = await takeLock(path, () => expect.unreachable('its holder is dead'));
  release();
  expect(existsSync(path)).toBe(false);
});

it('takes over from a holder elsewhere that has long not touched its lock, and waits for one that has', async () => {
  const path = join(folderWith(), 'lock');
  const elsewhere = JSON.stringify({ host: 'another machine', pid: 1 });
  writeFileSync(path, elsewhere);
  const onWait = vi.fn<(holder: string) => void>();
  const taken = takeLock(path, onWait);
  await vi.waitFor(() => expect(onWait).toHaveBeenCalledWith('process 1 on another machine'), 15_000);
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, longAgo, longAgo);
  (await taken)();
});

it('keeps order among many that come at once', async () => {
  const path = join(folderWith(), 'lock');
  let inside = 0;
  const visits = Array.from({ length: 6 }, async () => {
    const release = await takeLock(path, () => {});
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    release();
  });
  await Promise.all(visits);
});
