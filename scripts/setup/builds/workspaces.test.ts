import { expect, it } from 'vitest';
import { folderWith } from '../test/folder.ts';
import { readWorkspaces, withDependencies } from './workspaces.mjs';

const packageJson = (name: string, uses: readonly string[]) => ({
  name: `@amphi/${name}`,
  dependencies: Object.fromEntries([...uses.map((use) => [`@amphi/${use}`, '0.1.0']), ['zod', '4.0.0']]),
});

it('lists what an app is made of, dependencies first, each once', () => {
  const root = folderWith({
    'packages/base/package.json': packageJson('base', []),
    'packages/protocol/package.json': packageJson('protocol', ['base']),
    'packages/rooms/package.json': packageJson('rooms', ['protocol', 'base']),
    'packages/unused/package.json': packageJson('unused', ['rooms']),
    'packages/empty-folder/readme.txt': '',
    'apps/server/package.json': packageJson('server', ['rooms', 'base']),
  });
  const names = withDependencies(readWorkspaces(root), '@amphi/server').map(({ name }) => name);
  expect(names).toEqual(['@amphi/base', '@amphi/protocol', '@amphi/rooms', '@amphi/server']);
});

it('names a dependency that does not exist and a circle', () => {
  const root = folderWith({
    'packages/a/package.json': packageJson('a', ['b']),
    'packages/b/package.json': packageJson('b', ['a']),
    'packages/c/package.json': packageJson('c', ['nowhere']),
  });
  const workspaces = readWorkspaces(root);
  expect(() => withDependencies(workspaces, '@amphi/a')).toThrow('@amphi/a → @amphi/b → @amphi/a');
  expect(() => withDependencies(workspaces, '@amphi/c')).toThrow('@amphi/c needs @amphi/nowhere');
});
