import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { onProcessEnd } from '../exit-guard.mjs';
import { removeLeftovers, replaceDirectory, temporaryBeside, writeStamp } from '../files.mjs';
import { lastLines, runCommand } from '../run-command.mjs';
import { SetupError } from '../setup-error.mjs';
import { gatherAppTemplate } from './app-template.mjs';
import { readWorkspaces, SCOPE, withDependencies } from './workspaces.mjs';

/** What other applications import; what these need of ours is built along. */
const PUBLISHED = ['client', 'react', 'player', 'layout'].map((name) => SCOPE + name);

/**
 * Builds the published packages into their `dist`: JavaScript with source maps, and declarations.
 * @param {string} root of the checkout
 * @param {(text: string) => void} progress
 * @returns {Promise<string>} what was built
 * @throws {SetupError}
 */
export async function buildPublishedPackages(root, progress) {
  const workspaces = readWorkspaces(root);
  const wanted = new Set(PUBLISHED.flatMap((name) => withDependencies(workspaces, name)));
  for (const { name, dir } of wanted) {
    progress(`building ${name}`);
    try {
      await buildPackage(root, dir);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SetupError(`${name} cannot be built:\n${reason}`, 'Correct the source that is named.', error);
    }
  }
  gatherAppTemplate(root);
  return `built ${[...wanted].map(({ name }) => name).join(', ')}`;
}

/**
 * What is published of a package: each module by itself, so that apps carry those that they use (`sideEffects: false`).
 * @param {readonly string[]} paths of all files in its `src`
 * @returns {string[]} modules that are no tests
 */
export function publishedModules(paths) {
  return paths.filter((path) => /(?<!\.d)\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path));
}

/**
 * @param {string} root
 * @param {string} dir
 */
async function buildPackage(root, dir) {
  const { build } = await import('esbuild');
  const sources = join(dir, 'src');
  const place = join(dir, 'dist');
  removeLeftovers(place);
  removeLeftovers(join(dir, 'tsconfig.json'));
  const outDir = temporaryBeside(place);
  const project = temporaryBeside(join(dir, 'tsconfig.json'));
  const clear = () => {
    for (const path of [outDir, project]) rmSync(path, { recursive: true, force: true });
  };
  const takeBack = onProcessEnd(clear);
  try {
    await build({
      entryPoints: publishedModules(readdirSync(sources, { recursive: true, encoding: 'utf8' })).map((path) =>
        join(sources, path),
      ),
      outbase: sources,
      outdir: outDir,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      jsx: 'automatic',
      sourcemap: true,
      logLevel: 'silent',
    });
    writeStamp(project, declarationProject(root, dir, outDir));
    await emitDeclarations(root, project);
    nameOutputs(outDir);
    replaceDirectory(outDir, place);
  } finally {
    takeBack();
    clear();
  }
}

/**
 * @param {string} root
 * @param {string} dir
 * @param {string} outDir
 */
function declarationProject(root, dir, outDir) {
  return {
    extends: relative(dir, join(root, 'tsconfig.base.json')),
    compilerOptions: {
      lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: 'src',
      outDir: relative(dir, outDir),
      // Our other packages are read as an application reads them: from their declarations, built before.
      customConditions: [],
    },
    include: ['src'],
    exclude: ['**/*.test.ts', '**/*.test.tsx'],
  };
}

/**
 * @param {string} root
 * @param {string} project
 */
async function emitDeclarations(root, project) {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { exitCode, stdout, stderr } = await runCommand(tsc, ['-p', project], { cwd: dirname(project) });
  if (exitCode !== 0) throw new Error(`tsc ended with ${exitCode}:\n${lastLines(`${stdout}\n${stderr}`, 20)}`);
}

/**
 * Our sources import each other as they are named, with `.ts`; what is published must name what is published.
 * @param {string} outDir
 */
function nameOutputs(outDir) {
  const outputs = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(js|d\.ts)$/.test(path),
  );
  for (const path of outputs.map((name) => join(outDir, name))) {
    writeFileSync(path, withOutputNames(readFileSync(path, 'utf8')));
  }
}

/**
 * @param {string} code declarations, or JavaScript
 * @returns {string} with relative imports of `.ts` and `.tsx` turned to `.js`
 */
export function withOutputNames(code) {
  return code.replace(/(\bfrom |\bimport ?\(?)(['"])(\.{1,2}\/[^'"]*)\.tsx?\2/g, '$1$2$3.js$2');
}
