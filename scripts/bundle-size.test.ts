import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/**
 * What a page pays for our libraries: one minified ES module with all that it imports, as an app's bundler makes it. And what
 * the room app costs whoever opens it, as set-up has built it.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** In bytes, gzip at level 9. */
const BUDGETS = { 'client/src': 53_000, 'client/src/embed': 4_000 };
const ROOM = `${ROOT}apps/room/dist/`;
/** In bytes, gzip at level 9, page and code. A viewer's is without the player, which comes beside it. */
const VIEWER_BUDGET = 246_000;
/** With each part that comes late, what changes voice and picture included, and the fonts of Latin letters. */
const BROADCASTER_BUDGET = 500_000;
/** In bytes as it is: woff2 is compressed already. One file, of the weights that are used. */
const FONTS_BUDGET = 35_000;
/** Code that only who watches the stream needs. */
const PLAYER = /\/(stream-viewer|shown-player|use-player|player)-[^/]*\.js$/;
const LATIN = /\/inter-latin-wght-normal-[^/]*\.woff2$/;

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
  expect(zipped(outputFiles[0]!.contents), JSON.stringify(heaviest, null, 2)).toBeLessThan(budget);
});

it('the room app fits its budget: a viewer before the player, and a broadcaster with all that may come', () => {
  const page = readFileSync(`${ROOM}index.html`, 'utf8');
  const first = [...page.matchAll(/"\/room-assets\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, name]) => name!);
  const all = readdirSync(`${ROOM}assets`).map((name) => `assets/${name}`);
  const code = all.filter((name) => /\.(js|css)$/.test(name) && !PLAYER.test(name));
  const sizes = Object.fromEntries(code.map((name) => [name, zipped(readFileSync(ROOM + name))]));
  const sum = (names: readonly string[]): number => names.reduce((bytes, name) => bytes + sizes[name]!, 0);
  const fonts = all
    .filter((name) => LATIN.test(name))
    .reduce((bytes, name) => bytes + readFileSync(ROOM + name).length, 0);
  const told = JSON.stringify({ first, sizes, fonts }, null, 2);
  expect(first.length, told).toBeGreaterThan(1);
  expect(
    first.filter((name) => PLAYER.test(name)),
    told,
  ).toEqual([]);
  expect(zipped(page) + sum(first), told).toBeLessThan(VIEWER_BUDGET);
  expect(zipped(page) + sum(code) + fonts, told).toBeLessThan(BROADCASTER_BUDGET);
  expect(fonts, told).toBeGreaterThan(0);
  expect(fonts, told).toBeLessThan(FONTS_BUDGET);
});

function zipped(content: string | Uint8Array): number {
  return gzipSync(content, { level: 9 }).length;
}
