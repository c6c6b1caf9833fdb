import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/**
 * An app carries what it imports of our libraries and no more, and importing them does nothing by itself. From the sources:
 * they are published module by module, as they stand there.
 */

const ROOT = join(import.meta.dirname, '..');
const ENTRIES = ['client', 'client/embed', 'player', 'react', 'react/embed', 'layout'];
/** What one import may cost, minified, in bytes. */
const COSTS: readonly (readonly [entry: string, imported: string, bytes: number])[] = [
  ['client', 'readJoinLink', 1_000],
  ['client', 'peersInOrder', 2_000],
  ['client', 'summarizeStats', 2_500],
  ['client', 'ClientError', 1_500],
  ['client', 'PINNED_MESSAGES', 1_500],
  ['client', 'showTrack', 1_000],
  ['client', 'decodeAuthToken', 20_000],
  ['client', 'runDiagnostics', 55_000],
  ['player', 'PlayerError', 500],
  ['player', 'createPlayer', 25_000],
  ['react', 'shallowEqual', 600],
  ['react', 'useSessionState', 1_500],
  ['react', 'useVideo', 1_000],
  ['react', 'useChat', 4_000],
  ['react', 'PictureHandover', 4_000],
];
/** Of a session alone. */
const FEATURES = /packages\/client\/src\/(session\.ts|features\/(board|polls|roles|moderation)\.ts)/;
/** Two that zod has for itself: one for all copies of it in a page. */
const FOREIGN_GLOBALS = ['__zod_globalConfig', '__zod_globalRegistry'];

async function bundle(contents: string, format: 'esm' | 'iife', external: readonly string[] = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format,
    platform: 'browser',
    conditions: ['source', 'browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    external: [...external],
    logOverride: { 'ignored-bare-import': 'silent' },
    write: false,
    metafile: true,
  });
  const inputs = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  return {
    code: outputFiles[0]!.text,
    modules: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path),
  };
}

/** What apps have anyway, or is loaded late. */
const OUTSIDE = ['react', 'react/jsx-runtime', 'hls.js'];

it.each(COSTS)(
  '%s: %s alone is less than %i bytes, and nothing of what sessions do',
  async (entry, imported, bytes) => {
    const { code, modules } = await bundle(`export { ${imported} } from '@amphi/${entry}';`, 'esm', OUTSIDE);
    expect(code).toContain(imported);
    expect(code.length, modules.join('\n')).toBeLessThan(bytes);
    expect(modules.filter((path) => FEATURES.test(path))).toEqual([]);
  },
);

it('a session comes without diagnostics and without what embeds the room', async () => {
  const { modules } = await bundle(`export { createSession } from '@amphi/client';`, 'esm');
  expect(modules.filter((path) => FEATURES.test(path))).toHaveLength(5);
  expect(modules.filter((path) => /client\/src\/(diagnostics|embed)\//.test(path))).toEqual([]);
});

it.each(ENTRIES)('%s: an import of which nothing is used costs nothing', async (entry) => {
  expect((await bundle(`import '@amphi/${entry}';`, 'esm')).code.trim()).toBe('');
});

it.each(ENTRIES)('%s: importing all of it defines no globals, and needs no page', async (entry) => {
  const { code } = await bundle(`import * as all from '@amphi/${entry}'; globalThis.all = all;`, 'iife');
  const context = createContext({ TextEncoder, TextDecoder });
  const globals = (): string[] => runInContext('Object.getOwnPropertyNames(globalThis)', context);
  const before = new Set([...globals(), ...FOREIGN_GLOBALS]);
  runInContext(code, context);
  expect(globals().filter((name) => !before.has(name))).toEqual(['all']);
});
