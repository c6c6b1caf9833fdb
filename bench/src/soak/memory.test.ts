import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from '@amphi/testkit';
import { expect, it } from 'vitest';
import { commandOf, familyOf, MemoryWatch, residentMb, slope, socketsOf } from './memory.ts';

it('the slope is that of the line, whatever lies around it', () => {
  const line = Array.from({ length: 10 }, (_, x) => [x, 3 * x + 7] as const);
  expect(slope(line)).toBeCloseTo(3);
  expect(slope(line.map(([x, y], i) => [x, y + (i % 2)] as const))).toBeCloseTo(3, 0);
  expect(slope(line.map(([x]) => [x, 5] as const))).toBe(0);
});

it('a family are a process and those that it has started; their memory is sampled', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const watch = new MemoryWatch(process.pid, 50);
  try {
    expect(familyOf(process.pid)).toEqual(expect.arrayContaining([process.pid, child.pid]));
    await waitFor('it runs its program', () => commandOf(child.pid!).includes('setInterval'));
    const seen = (await waitFor('samples', () => {
      const since = watch.since(0);
      return Number.isFinite(since.slopeMbPerHour) && since;
    })) as ReturnType<MemoryWatch['since']>;
    // Two Node processes.
    expect(seen.firstMb).toBeGreaterThan(50);
    expect(seen.lastMb).toBeGreaterThan(50);
  } finally {
    watch.close();
    child.kill();
    await ended;
  }
  expect(commandOf(child.pid!)).toBe('');
});

it('sockets of a process are counted, as long as it is there', async () => {
  const listens = "for (let i = 0; i < 20; i++) require('net').createServer().listen(0, () => console.log('listens'))";
  const child = spawn(process.execPath, ['-e', listens], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await waitFor('it has them', () => socketsOf(child.pid!) >= 20);
    expect(residentMb(child.pid!)).toBeGreaterThan(20);
  } finally {
    child.kill();
    await ended;
  }
  expect(socketsOf(child.pid!)).toBe(0);
});
