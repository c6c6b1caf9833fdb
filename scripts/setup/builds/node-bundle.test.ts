import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../run-command.mjs';
import { folderWith } from '../test/folder.ts';
import { bundleForNode, entryPoints } from './node-bundle.mjs';

/** A foreign package in CommonJS that tells where it was found. */
const foreign = (name: string, where: string) => ({
  [`${where}/node_modules/${name}/package.json`]: { name, version: '1.0.0', main: 'index.js' },
  [`${where}/node_modules/${name}/index.js`]: `require('node:path'); exports.where = ${JSON.stringify(`${name} of ${where}`)};`,
});

function checkout() {
  const root = folderWith({
    'node_modules/.keep': '',
    ...foreign('seen', '.'),
    ...foreign('hidden', 'packages/tool'),
    'packages/tool/package.json': {
      name: '@amphi/tool',
      type: 'module',
      exports: { '.': { source: './src/index.ts', default: './dist/index.js' } },
    },
    'packages/tool/src/index.ts': `
      import { where as seen } from 'seen';
      import { where as hidden } from 'hidden';
      export const found: readonly string[] = [seen, hidden];`,
    'packages/tool/src/draw/draw-thread.ts': "console.log('thread');",
    'apps/app/package.json': { name: '@amphi/app', type: 'module' },
    'apps/app/src/main.ts': `
      import { Worker } from 'node:worker_threads';
      import { found } from '@amphi/tool';
      console.log(found.join());
      new Worker(new URL('./draw-thread.js', import.meta.url));`,
  });
  // npm makes the link to a workspace.
  const scope = folderWith();
  symlinkSync(join(root, 'packages/tool'), join(scope, 'tool'));
  symlinkSync(scope, join(root, 'node_modules/@amphi'));
  return { appDir: join(root, 'apps/app'), toolDir: join(root, 'packages/tool') };
}

it('makes a program that runs, with the threads of its packages beside it', async () => {
  const { appDir, toolDir } = checkout();
  const outDir = join(appDir, 'dist');
  await bundleForNode({ entries: entryPoints(appDir, [toolDir]), appDir, outDir });

  const { exitCode, stdout, stderr } = await runCommand(process.execPath, [join(outDir, 'main.js')]);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: 'seen of .,hidden of packages/tool\nthread\n',
    stderr: '',
  });
  const bundle = readFileSync(join(outDir, 'main.js'), 'utf8');
  expect(bundle).toMatch(/from "seen"/);
  expect(bundle).not.toMatch(/from "(hidden|@amphi\/tool)"/);
});

it('has no entries for an app without a main file', () => {
  expect(entryPoints(folderWith({ 'package.json': '{}' }), [])).toEqual({});
});

it('refuses two threads of one name', () => {
  const appDir = folderWith({ 'src/main.ts': '', 'src/a/draw-thread.ts': '', 'src/b/draw-thread.ts': '' });
  expect(() => entryPoints(appDir, [])).toThrow(/two threads are named draw-thread/);
});
