import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepRun } from './result-file.ts';
import { checkedOutCommit, type Run, thisMachine } from './run.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amphi-results-'));
  path = join(folder, 'results', 'chat.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const machine = { cpu: 'A', cores: 2, memoryGb: 8, node: 'v20.19.0' };
const run = (change: Partial<Run> = {}): Run => ({
  at: '2026-01-02T03:04:05.000Z',
  commit: 'abc1234',
  machine,
  loadBefore: 0.5,
  arguments: '',
  figures: { ratio: 1.5 },
  ...change,
});
const kept = (): unknown => JSON.parse(readFileSync(path, 'utf8'));

it('the first run makes the file, and nothing beside it', () => {
  keepRun(path, run());
  expect(kept()).toEqual([run()]);
  expect(readdirSync(join(folder, 'results'))).toEqual(['chat.json']);
});

it('a run takes the place of the one before on the same machine, and of no other', () => {
  const elsewhere = run({ machine: { ...machine, cpu: 'B' } });
  const shorter = run({ arguments: '--seconds 5' });
  const later = run({ at: '2026-02-02T03:04:05.000Z', figures: { ratio: 1.6 } });
  for (const each of [run(), elsewhere, shorter, later]) keepRun(path, each);
  expect(kept()).toEqual([elsewhere, shorter, later]);
});

it('a file that cannot be read is not written over', () => {
  keepRun(path, run());
  writeFileSync(path, '[{');
  expect(() => keepRun(path, run())).toThrow(SyntaxError);
  expect(readFileSync(path, 'utf8')).toBe('[{');
});

it('the machine and the commit are those of this process', () => {
  expect(thisMachine()).toMatchObject({ node: process.version });
  expect(thisMachine().cpu).not.toBe('');
  expect(thisMachine().cores).toBeGreaterThan(0);
  expect(checkedOutCommit()).toMatch(/^([0-9a-f]{7,})?$/);
});
