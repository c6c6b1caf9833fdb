import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { takeLock } from './lock-file.mjs';
import { folderWith } from './test/folder.ts';

/** More of them by hand: AMPHI_LOCK_ROUNDS=200. */
const ROUNDS = Number(process.env.AMPHI_LOCK_ROUNDS ?? 8);
const VISITORS = 8;
const PATIENCE_MS = 60_000 + ROUNDS * 10_000;

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
  `lets each of ${VISITORS} processes in, one at a time, in each of ${ROUNDS} rounds, whatever they find and however one leaves`,
  async () => {
    const visitors = Array.from({ length: VISITORS }, newVisitor);
    for (let round = 0; round < ROUNDS; round += 1) {
      const found = [undefined, '', '{"host":"', JSON.stringify({ host: hostname(), pid: 1 << 22 })][round % 4];
      const folder = folderWith(found === undefined ? {} : { lock: found });
      // One is killed inside, and leaves neither by itself.
      const killed = round % 6 === 5 ? visitors[round % VISITORS] : undefined;
      const ends = await Promise.all(visitors.map((visitor) => visitor.visit(folder, visitor === killed)));
      expect(ends).toEqual(visitors.map((visitor) => (visitor === killed ? 'killed' : 'left')));
      if (killed) visitors.splice(visitors.indexOf(killed), 1, newVisitor());
      (await takeLock(join(folder, 'lock'), () => expect.unreachable('all have gone')))();
    }
  },
  PATIENCE_MS,
);

interface Visitor {
  visit(folder: string, isKilled: boolean): Promise<'left' | 'killed' | 'met another'>;
}

function newVisitor(): Visitor {
  const child = fork(join(import.meta.dirname, 'test/lock-visitor.mjs'));
  const exited = once(child, 'exit').then(() => 'killed' as const);
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    visit(folder, isKilled) {
      const answer = new Promise<'left' | 'met another'>((resolve) => {
        child.once('message', resolve);
      });
      child.send({ folder, isKilled });
      return Promise.race([answer, exited]);
    },
  };
}
