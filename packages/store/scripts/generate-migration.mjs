/**
 * `node packages/store/scripts/generate-migration.mjs [--name what-changed] [--out folder]`: writes the next migration
 * after a change of `src/schema.ts`, by `drizzle-kit generate`.
 *
 * npm may place drizzle-kit above this workspace, where it does not find the drizzle-orm that the workspace uses;
 * hence the resolve hook.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const store = fileURLToPath(new URL('..', import.meta.url));
const kit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');

const hook = `
const store = ${JSON.stringify(pathToFileURL(join(store, 'package.json')).href)};
export const resolve = (specifier, context, next) =>
  next(specifier, specifier.startsWith('drizzle-orm') ? { ...context, parentURL: store } : context);
`;
const register = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
`;

const args = process.argv.slice(2);
const out = args.includes('--out') ? [] : ['--out', './migrations'];
const { status, error } = spawnSync(
  process.execPath,
  [
    '--import',
    `data:text/javascript,${encodeURIComponent(register)}`,
    kit,
    'generate',
    '--dialect',
    'postgresql',
    '--schema',
    './src/schema.ts',
    ...out,
    ...args,
  ],
  // The hook is for its imports, NODE_PATH for its requires.
  { cwd: store, stdio: 'inherit', env: { ...process.env, NODE_PATH: join(store, 'node_modules') } },
);
if (error) throw error;
process.exit(status ?? 1);
