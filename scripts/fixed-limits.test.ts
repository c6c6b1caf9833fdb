import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The limits that `docs/specs/budgets.md` calls fixed are those of the code. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/specs/budgets.md'), 'utf8');
const [, TABLE = ''] = /## Fixed([\s\S]+?)## Defaults/.exec(PAGE) ?? [];

const sources = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, 'src')))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));

/** Rows as they name files and constants, and what they say that these are. */
const rows = [...TABLE.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].map(([, where = '', value = '']) => {
  const names = [...where.matchAll(/`([\w.-]+)`/g)].map(([, name = '']) => name);
  return {
    files: names.filter((name) => name.endsWith('.ts')),
    constants: names.filter((name) => !name.endsWith('.ts')),
    value,
  };
});

/** What stands behind a constant or a member of this name in one of the files. */
function valuesOf(name: string, files: readonly string[]): string[] {
  const texts = sources.filter((path) => files.includes(basename(path))).map((path) => readFileSync(path, 'utf8'));
  const declared = new RegExp(`^(?:export )?const ${name}\\b[^=]*= (.+?)(?: as const)?;$|^  ${name}: (\\d.*),$`, 'm');
  return texts.flatMap(
    (text) =>
      declared
        .exec(text)
        ?.slice(1)
        .find((value) => value !== undefined) ?? [],
  );
}

/** As the table writes it: rates by the second or the minute, milliseconds as seconds, thousands with a comma. */
function written(name: string, code: string): string[] {
  const [, perSecond, burst] = /perSecond: ([\d_. /]+), burst: ([\w.]+)/.exec(code) ?? [];
  const shown = (text: string): string => Number(text.replaceAll('_', '')).toLocaleString('en');
  if (perSecond === undefined || burst === undefined) {
    const number = code.replaceAll('_', '');
    return [name.endsWith('_MS') ? `${Number(number) / 1000} s` : shown(code)];
  }
  const rate = perSecond === '1 / 60' ? '1/min' : `${shown(perSecond)}${name.endsWith('_BYTES') ? ' bytes' : ''}/s`;
  // That of another constant has a row, or a table, of its own.
  return /^\d/.test(burst) ? [rate, `${shown(burst)} at once`] : [rate];
}

/** So that 8 is not found in 80 or 1,008. */
const numbersApart = (text: string): string => text.replace(/\d[\d,.]*(?<=\d)/g, '<$&>');

it('names files that are there, and a constant for each row', () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const { files, constants } of rows) {
    expect(constants.length, files.join()).toBeGreaterThan(0);
    for (const file of files)
      expect(
        sources.some((path) => basename(path) === file),
        file,
      ).toBe(true);
  }
});

it.each(rows.flatMap(({ files, constants, value }) => constants.map((name) => [name, files, value] as const)))(
  'BUD10: %s of %s is what the code has',
  (name, files, value) => {
    const found = valuesOf(name, files);
    expect(found.length, `${name} in ${files.join()}`).toBeGreaterThan(0);
    for (const code of found)
      for (const part of written(name, code)) expect(numbersApart(value)).toContain(numbersApart(part));
  },
);
