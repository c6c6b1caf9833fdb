import { cpSync, existsSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { SCOPE } from './workspaces.mjs';

/** @typedef {import('esbuild').Plugin} Plugin */

/**
 * The programs of an app: its main file, and each file that is to run in a thread (`-thread.ts`) or process (`-program.ts`)
 * of its own.
 * @param {string} appDir
 * @param {readonly string[]} packageDirs our packages that it is made of; their threads are its threads
 * @returns {Record<string, string>} output name to source; empty when the app has no main file
 * @throws {Error} when two threads have the same name, for all outputs stand in one folder
 */
export function entryPoints(appDir, packageDirs) {
  const main = join(appDir, 'src/main.ts');
  if (!existsSync(main)) return {};
  /** @type {Record<string, string>} */
  const entries = { main };
  for (const dir of [appDir, ...packageDirs]) {
    for (const path of threadFiles(join(dir, 'src'))) {
      const name = basename(path, '.ts');
      if (entries[name] !== undefined) throw new Error(`two threads are named ${name}: ${entries[name]} and ${path}`);
      entries[name] = path;
    }
  }
  return entries;
}

/**
 * Bundles an app for Node: our own packages from their sources into one file per entry, and one for what several of them
 * or only some of their runs need; the others left to node_modules.
 * @param {object} options
 * @param {Readonly<Record<string, string>>} options.entries
 * @param {string} options.appDir
 * @param {string} options.outDir
 * @returns {Promise<void>}
 */
export async function bundleForNode({ entries, appDir, outDir }) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: { ...entries },
    outdir: outDir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['source'],
    sourcemap: true,
    // What a program imports when it needs it is not loaded before.
    splitting: true,
    // Stack traces name the functions of the source.
    keepNames: true,
    plugins: [packagesFromNodeModules(appDir)],
    // For the CommonJS packages that are inlined after all.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
    // What goes wrong is in the error that is thrown.
    logLevel: 'silent',
  });
}

/**
 * Files that the app reads at run time from beside its program.
 * @param {string} root of the checkout
 * @param {string} outDir
 */
export function copyMigrations(root, outDir) {
  const migrations = join(root, 'packages/store/migrations');
  if (existsSync(migrations)) cpSync(migrations, join(outDir, 'migrations'), { recursive: true });
}

/**
 * Leaves a foreign package to node_modules if the app finds there the very copy that the importing file finds. npm may
 * have put another version, or the only one, below one of our packages, out of the app's sight: such a one is inlined.
 * @param {string} appDir
 * @returns {Plugin}
 */
function packagesFromNodeModules(appDir) {
  const asking = Symbol('asked by this plugin');
  return {
    name: 'packages-from-node-modules',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^[^./]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === asking || kind === 'entry-point') return undefined;
        if (path.startsWith('node:') || builtinModules.includes(path)) return { path, external: true };
        if (path.startsWith(SCOPE)) return undefined;
        const [seen, fromApp] = await Promise.all(
          [resolveDir, appDir].map((dir) => resolve(path, { kind, importer, resolveDir: dir, pluginData: asking })),
        );
        // An optional package that is not installed is the importer's business, at run time.
        if (seen === undefined || seen.errors.length > 0) return { path, external: true };
        return fromApp?.path === seen.path ? { path, external: true } : undefined;
      });
    },
  };
}

/**
 * @param {string} dir
 * @returns {string[]}
 */
function threadFiles(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('-thread.ts') || path.endsWith('-program.ts'))
    .sort()
    .map((path) => join(dir, path));
}
