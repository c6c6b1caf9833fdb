import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { folderWith } from '../test/folder.ts';
import { contentHash, listInputs, quickHash } from './input-state.mjs';

const places = ['packages/base', 'package-lock.json', 'missing'];
let root: string;
const state = () => {
  const files = listInputs(root, places);
  return { quick: quickHash(root, files), content: contentHash(root, files) };
};

beforeEach(() => {
  root = folderWith({
    'package-lock.json': '{}',
    'packages/base/package.json': '{}',
    'packages/base/src/clock.ts': 'export {};',
    'packages/base/src/clock.test.ts': 'it();',
    'packages/base/dist/index.js': '',
    'packages/base/node_modules/x/index.js': '',
    'packages/other/src/index.ts': '',
  });
});

it('lists what can get into a build, and nothing else', () => {
  expect(listInputs(root, places)).toEqual([
    'package-lock.json',
    'packages/base/package.json',
    'packages/base/src/clock.ts',
  ]);
});

it('stays the same as long as nothing happens', () => {
  expect(state()).toEqual(state());
});

it('stays the same in content when a file is only written again', () => {
  const before = state();
  utimesSync(join(root, 'packages/base/src/clock.ts'), 1, 1);
  const after = state();
  expect(after.quick).not.toBe(before.quick);
  expect(after.content).toBe(before.content);
});

it.each<[string, () => void]>([
  ['changed', () => writeFileSync(join(root, 'packages/base/src/clock.ts'), 'export const x = 1;')],
  ['added', () => writeFileSync(join(root, 'packages/base/src/units.ts'), '')],
  ['removed', () => rmSync(join(root, 'packages/base/src/clock.ts'))],
  [
    'moved',
    () => {
      rmSync(join(root, 'packages/base/src/clock.ts'));
      mkdirSync(join(root, 'packages/base/src/time'));
      writeFileSync(join(root, 'packages/base/src/time/clock.ts'), 'export {};');
    },
  ],
])('differs when a file is %s', (_, change) => {
  const before = state();
  change();
  const after = state();
  expect(after.quick).not.toBe(before.quick);
  expect(after.content).not.toBe(before.content);
});

it('ignores what no build reads', () => {
  const before = state();
  writeFileSync(join(root, 'packages/base/src/clock.test.ts'), 'it(2);');
  writeFileSync(join(root, 'packages/other/src/index.ts'), '1;');
  expect(state()).toEqual(before);
});
