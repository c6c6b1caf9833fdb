import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OutputClock } from './output-clock.ts';

/** The clock runs on real timers; here their time is the test's. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('ticks at the frame rate from its start, whatever happens in between', () => {
  const ticks: [tick: number, dueAt: number, at: number][] = [];
  const now = (): number => performance.now();
  const clock = new OutputClock({ frameRate: 30, now, onTick: (tick, dueAt) => ticks.push([tick, dueAt, now()]) });
  const startedAt = clock.start();
  vi.advanceTimersByTime(1_000);
  expect(ticks.map(([tick]) => tick)).toEqual(Array.from({ length: ticks.length }, (_, i) => i));
  expect(ticks.length).toBeGreaterThanOrEqual(29);
  for (const [tick, dueAt, at] of ticks) {
    expect(dueAt).toBeCloseTo(startedAt + (tick * 1000) / 30, 6);
    expect(Math.abs(at - dueAt)).toBeLessThanOrEqual(1);
  }
  clock.stop();
  const count = ticks.length;
  vi.advanceTimersByTime(1_000);
  expect(ticks).toHaveLength(count);
});

it('makes up for a time in which the thread did not run', () => {
  let late = 0;
  const ticks: number[] = [];
  const clock = new OutputClock({
    frameRate: 50,
    now: () => performance.now() + late,
    onTick: (tick) => ticks.push(tick),
  });
  clock.start();
  vi.advanceTimersByTime(200);
  const before = ticks.length;
  late = 500;
  vi.advanceTimersByTime(60);
  expect(ticks.length).toBeGreaterThanOrEqual(before + 25);
  expect(ticks).toEqual(Array.from({ length: ticks.length }, (_, i) => i));
  clock.stop();
});
