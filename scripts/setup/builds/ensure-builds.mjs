import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { onProcessEnd } from '../exit-guard.mjs';
import { readStamp, removeLeftovers, replaceDirectory, temporaryBeside, writeStamp } from '../files.mjs';
import { SetupError } from '../setup-error.mjs';
import { contentHash, listInputs, quickHash } from './input-state.mjs';
import { bundleForNode, copyMigrations, entryPoints } from './node-bundle.mjs';
import { bundleForWeb } from './web-bundle.mjs';
import { readWorkspaces, withDependencies } from './workspaces.mjs';

/** Inside each `dist`, so that it goes where its build goes. */
const STAMP = '.build.json';

/** What every build depends on besides the sources of our packages. */
const COMMON_INPUTS = ['package-lock.json', 'tsconfig.base.json', 'scripts/setup/builds', 'config/precompress.ts'];

/**
 * @typedef {object} AppBuild
 * @property {string} app folder below apps/
 * @property {'node' | 'web'} kind
 */

/** @type {readonly AppBuild[]} */
const APP_BUILDS = [
  { app: 'server', kind: 'node' },
  { app: 'egress', kind: 'node' },
  { app: 'origin', kind: 'node' },
  { app: 'dashboard', kind: 'web' },
  { app: 'room', kind: 'web' },
];

/**
 * Builds the apps whose sources changed since their last build.
 * @param {string} root of the checkout
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was done
 * @throws {SetupError} when a build fails
 */
export async function ensureBuilds(root, progress) {
  const workspaces = readWorkspaces(root);
  /** @type {string[]} */
  const built = [];
  /** @type {string[]} */
  const empty = [];
  for (const build of APP_BUILDS) {
    const appDir = join(root, 'apps', build.app);
    const workspace = [...workspaces.values()].find(({ dir }) => dir === appDir);
    const parts = workspace === undefined ? [] : withDependencies(workspaces, workspace.name);
    const packageDirs = parts.map(({ dir }) => dir).filter((dir) => dir !== appDir);
    if (!hasEntryPoint(build, appDir)) {
      empty.push(build.app);
      continue;
    }
    const inputs = listInputs(root, [
      ...COMMON_INPUTS,
      relative(root, appDir),
      ...packageDirs.map((dir) => relative(root, dir)),
    ]);
    if (isUpToDate(root, appDir, inputs)) continue;
    progress(`building apps/${build.app}`);
    await buildApp(root, build, appDir, packageDirs, inputs);
    built.push(build.app);
  }
  const outcome = built.length === 0 ? 'unchanged' : `built ${built.join(', ')}`;
  return empty.length === 0 ? outcome : `${outcome}; nothing to build yet: ${empty.join(', ')}`;
}

/**
 * @param {AppBuild} build
 * @param {string} appDir
 */
function hasEntryPoint({ kind }, appDir) {
  return existsSync(join(appDir, kind === 'node' ? 'src/main.ts' : 'index.html'));
}

/**
 * @param {string} root
 * @param {string} appDir
 * @param {readonly string[]} inputs
 */
function isUpToDate(root, appDir, inputs) {
  const stampPath = join(appDir, 'dist', STAMP);
  const stamp = readStamp(stampPath);
  if (stamp === undefined) return false;
  const quick = quickHash(root, inputs);
  if (stamp.quick === quick) return true;
  if (stamp.content !== contentHash(root, inputs)) return false;
  writeStamp(stampPath, { ...stamp, quick });
  return true;
}

/**
 * @param {string} root
 * @param {AppBuild} build
 * @param {string} appDir
 * @param {readonly string[]} packageDirs
 * @param {readonly string[]} inputs
 */
async function buildApp(root, { app, kind }, appDir, packageDirs, inputs) {
  const place = join(appDir, 'dist');
  removeLeftovers(place);
  const outDir = temporaryBeside(place);
  const removeOutDir = () => rmSync(outDir, { recursive: true, force: true });
  const takeBack = onProcessEnd(removeOutDir);
  // Taken before the build reads them: what is saved meanwhile is built the next time.
  const stamp = { quick: quickHash(root, inputs), content: contentHash(root, inputs) };
  try {
    if (kind === 'web') {
      await bundleForWeb({ root, appDir, outDir });
    } else {
      await bundleForNode({ entries: entryPoints(appDir, packageDirs), appDir, outDir });
      if (app === 'server') copyMigrations(root, outDir);
    }
    writeStamp(join(outDir, STAMP), stamp);
    replaceDirectory(outDir, place);
  } catch (error) {
    throw new SetupError(
      `apps/${app} cannot be built:\n${error instanceof Error ? error.message : String(error)}`,
      'Correct the source that is named, then run the same command again. Deleting node_modules is worth a try if you changed none.',
      error,
    );
  } finally {
    takeBack();
    removeOutDir();
  }
}
