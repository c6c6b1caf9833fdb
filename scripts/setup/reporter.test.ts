import { expect, it } from 'vitest';
import { formatSeconds, Reporter } from './reporter.mjs';

it('tells the steps, what they do and what came of them', async () => {
  const lines: string[] = [];
  let now = 0;
  const reporter = new Reporter(
    (line) => lines.push(line),
    () => now,
  );
  await reporter.step('worker', async (progress) => {
    progress('compiling');
    now = 1_500;
    return 'compiled';
  });
  const failing = reporter.step('builds', () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(lines).toEqual([
    '[set-up] worker: … compiling',
    '[set-up] worker: compiled (1.5 s)',
    '[set-up] builds: failed (0.0 s)',
  ]);
});

it.each([
  [40, '0.0 s'],
  [59_900, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('writes %i ms as %s', (ms, expected) => {
  expect(formatSeconds(ms)).toBe(expected);
});
