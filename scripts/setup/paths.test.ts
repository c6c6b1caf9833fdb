import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dataDirectory, ensureDataDirectory } from './data-directory.mjs';
import { cacheDirectory } from './paths.mjs';
import { folderWith } from './test/folder.ts';

it('keeps the cache where XDG says, unless told otherwise', () => {
  expect(cacheDirectory({}, '/home/ada')).toBe('/home/ada/.cache/amphi');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/var/cache/ada' }, '/home/ada')).toBe('/var/cache/ada/amphi');
  expect(cacheDirectory({ XDG_CACHE_HOME: 'relative' }, '/home/ada')).toBe('/home/ada/.cache/amphi');
  expect(cacheDirectory({ AMPHI_CACHE_DIR: '/mnt/c', XDG_CACHE_HOME: '/x' }, '/home/ada')).toBe('/mnt/c');
  expect(() => cacheDirectory({ AMPHI_CACHE_DIR: 'c' }, '/home/ada')).toThrow(/not an absolute path/);
});

it('keeps the data in the checkout, unless told otherwise', () => {
  expect(dataDirectory('/srv/amphi', {})).toBe('/srv/amphi/data');
  expect(dataDirectory('/srv/amphi', { AMPHI_DATA_DIR: '/var/lib/amphi' })).toBe('/var/lib/amphi');
  expect(dataDirectory('/srv/amphi', { AMPHI_DATA_DIR: 'elsewhere' })).toBe('/srv/amphi/elsewhere');
  expect(dataDirectory('/srv/amphi', { AMPHI_SETTINGS: 'amphi.jsonc' })).toBeUndefined();
});

it('makes the data directory for its owner alone', () => {
  const root = folderWith({ file: '' });
  expect(ensureDataDirectory(root, {})).toBe(`made ${root}/data`);
  expect(statSync(`${root}/data`).mode & 0o777).toBe(0o700);
  expect(ensureDataDirectory(root, {})).toBe('there');
  expect(() => ensureDataDirectory(root, { AMPHI_DATA_DIR: 'file/data' })).toThrow(
    /\/file\/data cannot be used: ENOTDIR/,
  );
});
