import { readFileSync } from 'node:fs';
import { methods, notifications } from '@amphi/protocol';
import { expect, it } from 'vitest';

/** `docs/protocol.md` and the schemas name the same messages. */

const page = readFileSync(new URL('../docs/protocol.md', import.meta.url), 'utf8');

/** Names in the first cells of the table below a heading. */
function namesUnder(heading: string): string[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const cells = section.split('\n## ')[0]!.match(/^\| `[^|]*\|/gm) ?? [];
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)).sort();
}

it('names each method of clients once', () => {
  expect(namesUnder('From clients')).toEqual(Object.keys(methods).sort());
});

it('names each notification of the server once', () => {
  expect(namesUnder('From the server')).toEqual(Object.keys(notifications).sort());
});
