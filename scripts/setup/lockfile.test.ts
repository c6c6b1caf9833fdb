import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missingOptionals, withMissingOptionals } from './lockfile.mjs';
import { ROOT } from './paths.mjs';

const lockfile = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/linux-x64': '2.0.0',
        '@tool/linux-arm64-musl': '2.0.0',
        '@tool/win32-x64-msvc': '2.0.0',
        fsevents: '~2.3.2',
      },
    },
    'node_modules/@tool/linux-x64': { version: '2.0.0', optional: true },
  },
};

it('finds the platform packages that are left out', () => {
  expect(missingOptionals(lockfile).map(({ name }) => name)).toEqual([
    '@tool/linux-arm64-musl',
    '@tool/win32-x64-msvc',
  ]);
});

it('adds an entry for each, with the system that its name tells', () => {
  const complete = withMissingOptionals(lockfile);
  expect(missingOptionals(complete)).toEqual([]);
  expect(complete.packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '2.0.0',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
  expect(complete.packages['node_modules/@tool/win32-x64-msvc']).toMatchObject({ os: ['win32'], cpu: ['x64'] });
  expect(Object.keys(complete.packages)).toEqual(
    Object.keys(complete.packages).sort((a, b) => a.localeCompare(b, 'en')),
  );
});

it('puts another version below the package that wants it', () => {
  const two = {
    packages: {
      'node_modules/old': { version: '1.0.0', optionalDependencies: { '@tool/linux-x64': '1.0.0' } },
      'node_modules/@tool/linux-x64': { version: '2.0.0', optional: true },
    },
  };
  const { packages } = withMissingOptionals(two);
  expect(Object.keys(packages)).toContain('node_modules/old/node_modules/@tool/linux-x64');
});

// npm ci refuses the lockfile otherwise. Repair: npm run lockfile
it('finds nothing to add to the lockfile of this project', () => {
  expect(missingOptionals(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))).toEqual([]);
});
