import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
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
 * The sources behind a package's `exports`, by the name of their output.
 * @param {{ exports: Record<string, string | { source?: string, default?: string }> }} packageJson
 * @returns {Record<string, string>} output without folder and ending, to source relative to the package
 */
export function exportedSources(packageJson) {
  const targets = Object.values(packageJson.exports);
  return Object.fromEntries(
    targets.flatMap((target) =>
      typeof target === 'object' && target.source !== undefined && target.default !== undefined
        ? [[basename(target.default, '.js'), target.source]]
        : [],
    ),
  );
}

/**
 * @param {string} root
 * @param {string} dir
 */
async function buildPackage(root, dir) {
  const { build } = await import('esbuild');
  const sources = exportedSources(JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')));
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
      entryPoints: Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, join(dir, source)])),
      outdir: outDir,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      jsx: 'automatic',
      sourcemap: true,
      logLevel: 'silent',
    });
    writeStamp(project, declarationProject(root, dir, outDir));
    await emitDeclarations(root, project);
    nameOutputsInDeclarations(outDir);
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
function nameOutputsInDeclarations(outDir) {
  const declarations = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.d.ts'),
  );
  for (const path of declarations.map((name) => join(outDir, name))) {
    writeFileSync(path, withOutputNames(readFileSync(path, 'utf8')));
  }
}

/**
 * @param {string} declarations
 * @returns {string} with relative imports of `.ts` and `.tsx` turned to `.js`
 */
export function withOutputNames(declarations) {
  return declarations.replace(/(\bfrom |\bimport ?\(?)(['"])(\.{1,2}\/[^'"]*)\.tsx?\2/g, '$1$2$3.js$2');
}
