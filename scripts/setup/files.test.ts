import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  hashOf,
  installExecutable,
  readStamp,
  removeLeftovers,
  replaceDirectory,
  replaceFile,
  writeStamp,
} from './files.mjs';
import { folderWith } from './test/folder.ts';

it('replaces a file and leaves nothing beside it', () => {
  const folder = folderWith({ 'a.txt': 'old' });
  replaceFile(join(folder, 'a.txt'), 'new');
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['a.txt']);
});

it('installs an executable into a folder that it makes', () => {
  const folder = folderWith({ program: '#!/bin/sh\n' });
  const to = join(folder, 'out/Release/program');
  installExecutable(join(folder, 'program'), to);
  expect(statSync(to).mode & 0o777).toBe(0o755);
  expect(readdirSync(join(folder, 'out/Release'))).toEqual(['program']);
});

it('keeps what was in place when the new file cannot be had', () => {
  const folder = folderWith({ 'out/program': 'old' });
  expect(() => installExecutable(join(folder, 'missing'), join(folder, 'out/program'))).toThrow(/ENOENT/);
  expect(readFileSync(join(folder, 'out/program'), 'utf8')).toBe('old');
  expect(readdirSync(join(folder, 'out'))).toEqual(['program']);
});

it('replaces a directory as a whole, whether or not there was one', () => {
  const folder = folderWith({ 'dist/old.js': '' });
  const place = join(folder, 'dist');
  for (const name of ['first', 'second']) {
    const fresh = join(folder, 'fresh');
    mkdirSync(fresh);
    writeFileSync(join(fresh, `${name}.js`), '');
    replaceDirectory(fresh, place);
    expect(readdirSync(place)).toEqual([`${name}.js`]);
    expect(existsSync(fresh)).toBe(false);
  }
  expect(readdirSync(folder)).toEqual(['dist']);
});

it('removes what killed runs left, and nothing else', () => {
  const folder = folderWith({
    'dist/a.js': '',
    '.dist.1.ab.tmp/a.js': '',
    '.dist.2.cd.tmp/a.js': '',
    '.other.1.ab.tmp': '',
  });
  removeLeftovers(join(folder, 'dist'));
  expect(readdirSync(folder).sort()).toEqual(['.other.1.ab.tmp', 'dist']);
});

describe('stamps', () => {
  it('come back as they were written', () => {
    const path = join(folderWith(), 'stamp.json');
    writeStamp(path, { key: 'k', size: 3 });
    expect(readStamp(path)).toEqual({ key: 'k', size: 3 });
  });

  it.each(['', '{"key":', '[]', 'null', '"text"'])('count as absent when they read %j', (text) => {
    expect(readStamp(join(folderWith({ 's.json': text }), 's.json'))).toBeUndefined();
  });
});

it('tells parts apart when it hashes them', () => {
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  expect(hashOf(['ab', 'c'])).toBe(hashOf(['ab', new TextEncoder().encode('c')]));
  expect(hashOf([])).toMatch(/^[0-9a-f]{64}$/);
});
