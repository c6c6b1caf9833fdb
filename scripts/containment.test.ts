import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * What runs by itself in a process that many sessions share, a timer or a listener, has somewhere for its faults to go: by
 * default `Scope` and `Emitter` let the process see them, which ends it for all (CON1, CON4).
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHARED = ['apps/server/src', 'packages/sfu/src'];

const files = SHARED.flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(`${ROOT}${folder}/${name}`, 'utf8') })),
);

it('a scope whose timers run in a shared process says what becomes of their faults', () => {
  const open = files.filter(({ text }) => {
    const scopes = text.match(/new Scope\(/g)?.length ?? 0;
    const contained = text.match(/onTimerError\b(?=:|,| \})/g)?.length ?? 0;
    return scopes > contained && hasTimers(text);
  });
  expect(open.map(({ path }) => path)).toEqual([]);
});

it('an emitter in a shared process says what becomes of the faults of its listeners', () => {
  const open = files.filter(({ text }) => /new Emitter(?:<[^>]*>)?\(\)/.test(text));
  expect(open.map(({ path }) => path)).toEqual([]);
});

/** Of a scope, its own or one that it gives away. */
function hasTimers(text: string): boolean {
  return /(?:[sS]cope|own|timer)\.(?:after|every)\(/.test(text) || /timers: this\.#scope|\bscope,\n/.test(text);
}
