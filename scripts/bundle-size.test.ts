import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What a page pays for our libraries: one minified ES module with all that it imports, as an app's bundler makes it. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** In bytes, gzip at level 9. */
const BUDGETS = { 'client/src': 52_000, 'client/src/embed': 4_000 };

it.each(Object.entries(BUDGETS))('%s fits its budget of %i bytes', async (name, budget) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${ROOT}packages/${name}/index.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['source', 'browser'],
    write: false,
    metafile: true,
  });
  const heaviest = Object.entries(Object.values(metafile.outputs)[0]!.inputs)
    .map(([path, { bytesInOutput }]) => ({ path, bytesInOutput }))
    .sort((a, b) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 10);
  expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length, JSON.stringify(heaviest, null, 2)).toBeLessThan(
    budget,
  );
});
