import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { takeLock } from './lock-file.mjs';
import { folderWith } from './test/folder.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, 'lock-file.mjs')).href;
const PATIENCE_MS = 60_000;

it('lets one in at a time, and the next when the first has left', async () => {
  const path = join(folderWith(), '.cache/lock');
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
});

it.each([
  ['a stale', JSON.stringify({ host: hostname(), pid: 1 << 22 })],
  ['an empty', ''],
  ['a half-written', '{"host":"'],
  ["another machine's", JSON.stringify({ host: 'another machine', pid: 1 })],
])('takes no notice of %s file that nobody has locked', async (_, content) => {
  const path = join(folderWith({ lock: content }), 'lock');
  (await takeLock(path, () => expect.unreachable('its holder is gone')))();
});

it('waits for one that has not written its name', async () => {
  const path = join(folderWith(), 'lock');
  const release = await takeLock(path, () => expect.unreachable('nobody holds it'));
  writeFileSync(path, '');
  const onWait = vi.fn<(holder: string) => void>();
  const next = takeLock(path, onWait);
  await vi.waitFor(() => expect(onWait).toHaveBeenCalledWith('another process'), 15_000);
  release();
  (await next)();
});

it(
  'keeps order among many processes, of which some are killed inside',
  async () => {
    const folder = folderWith({ lock: 'half a fi' });
    const path = join(folder, 'lock');
    const inside = join(folder, 'inside');
    const visit = (last: string) => `
      import { rmSync, writeFileSync } from 'node:fs';
      import { takeLock } from ${JSON.stringify(MODULE)};
      const release = await takeLock(${JSON.stringify(path)}, () => {});
      writeFileSync(${JSON.stringify(inside)}, '', { flag: 'wx' });
      await new Promise((resolve) => setTimeout(resolve, 20));
      rmSync(${JSON.stringify(inside)});
      ${last}`;
    const visits = Array.from({ length: 6 }, async (_, index) => {
      const killed = index % 2 === 0;
      const script = visit(killed ? `process.kill(process.pid, 'SIGKILL');` : 'release();');
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      expect(await once(child, 'exit')).toEqual(killed ? [null, 'SIGKILL'] : [0, null]);
    });
    await Promise.all(visits);
    expect(existsSync(inside)).toBe(false);
    (await takeLock(path, () => expect.unreachable('all have gone')))();
  },
  PATIENCE_MS,
);
