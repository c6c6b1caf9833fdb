import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureDependencies, firstDifference, installationFailed } from './npm-dependencies.mjs';
import { folderWith } from './test/folder.ts';

const lockfile = {
  packages: {
    '': { name: 'demo' },
    'packages/own': { name: '@amphi/own' },
    'node_modules/zod': { version: '4.6.7', integrity: 'sha512-a' },
    'node_modules/esbuild-win32': { version: '1.0.0', optional: true },
  },
};
const installed = { packages: { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-a' } } };
const checkout = (more: Record<string, unknown> = {}) =>
  folderWith({
    'package-lock.json': lockfile,
    'node_modules/.package-lock.json': installed,
    'node_modules/zod/package.json': {},
    ...more,
  });

describe('firstDifference', () => {
  it('sees none when everything is there, packages for other systems aside', () => {
    expect(firstDifference(checkout(), JSON.stringify(lockfile))).toBeUndefined();
  });

  it.each([
    ['another version', { version: '4.6.8', integrity: 'sha512-a' }, 'node_modules/zod has another version'],
    ['other content', { version: '4.6.7', integrity: 'sha512-b' }, 'node_modules/zod has another version'],
  ])('sees %s', (_, zod, expected) => {
    const wanted = { packages: { ...lockfile.packages, 'node_modules/zod': zod } };
    expect(firstDifference(checkout(), JSON.stringify(wanted))).toBe(expected);
  });

  it('sees what is missing, damaged or not there at all', () => {
    const wanted = { packages: { ...lockfile.packages, 'node_modules/ws': { version: '8.23.0' } } };
    expect(firstDifference(checkout(), JSON.stringify(wanted))).toBe('node_modules/ws is not installed');
    const damaged = folderWith({ 'node_modules/.package-lock.json': installed });
    expect(firstDifference(damaged, JSON.stringify(lockfile))).toBe('node_modules/zod is damaged');
    expect(firstDifference(folderWith(), JSON.stringify(lockfile))).toBe('nothing is installed');
  });
});

it('adopts what is installed already, and then goes by its stamp', async () => {
  const root = checkout();
  const never = () => expect.unreachable('npm is not needed');
  expect(await ensureDependencies(root, never)).toBe('already installed');
  expect(existsSync(join(root, 'node_modules/.amphi-dependencies.json'))).toBe(true);
  expect(await ensureDependencies(root, never)).toBe('unchanged');
});

describe('installationFailed', () => {
  it.each([
    [127, 'spawn npm ENOENT', /npm is not on the PATH/, /npm/],
    [
      1,
      'npm error code ECONNREFUSED\nnpm error FetchError: reason: connect ECONNREFUSED',
      /registry is out of reach/,
      /proxy/,
    ],
    [1, 'npm error code EAI_AGAIN', /registry is out of reach/, /npm ping/],
    [228, 'npm error code ENOSPC', /disk is full/, /Free/],
    [243, 'npm error code EACCES', /may not write/, /chown/],
    [1, 'npm error code EUSAGE', /do not agree/, /npm install && npm run lockfile/],
    [1, 'npm error something new', /npm ci ended with 1:\nnpm error something new/, /Repair/],
  ])('explains status %i with %j', (exitCode, output, message, remedy) => {
    const error = installationFailed(exitCode, output);
    expect(error.message).toMatch(message);
    expect(error.remedy.join('\n')).toMatch(remedy);
  });
});
