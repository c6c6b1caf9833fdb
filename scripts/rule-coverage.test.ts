import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The rules of `docs/specs`, the lines of the security page, and the tests that show them hold name each other. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SPECS = join(ROOT, 'docs/specs');
/** Strict judges that tests call and that name the rule they find broken. */
const JUDGES = ['packages/hls/src/strict-rules.ts', 'packages/hls/src/playlist-update.ts'];

/** First cells of the tables' rows: `| SIG12 |`. */
const RULE = /^\|\s*([A-Z]{2,4}\d+)\s*\|/gm;
const ID = /\b[A-Z]{2,4}\d+\b/g;
/** Titles of tests and of groups of tests, tables included; a title may be a template. */
const TITLE = /(?:\b(?:it|test|describe)|\))\(\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"([^"]*)")/g;

const SECURITY = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

const rules = [
  ...readdirSync(SPECS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(SPECS, name), 'utf8')),
  SECURITY,
].flatMap((page) => matches(page, RULE));

const titles = ['packages', 'apps', 'e2e', 'scripts', 'bench']
  .flatMap((folder) => filesBelow(join(ROOT, folder)))
  // Suites that several tests share stand beside them.
  .filter((path) => /\.test\.tsx?$|\/test\/.*\.ts$/.test(path))
  .flatMap((path) => matches(readFileSync(path, 'utf8'), TITLE));

it('each rule has one place', () => {
  expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
  expect(rules.length).toBeGreaterThan(150);
});

it('each rule is named by a test, or by a judge that tests call', () => {
  const judged = JUDGES.flatMap((path) => readFileSync(join(ROOT, path), 'utf8').match(ID) ?? []);
  const named = new Set([...titles.flatMap(idsOf), ...judged]);
  expect(rules.filter((rule) => !named.has(rule))).toEqual([]);
});

it('tests name no rule that is not there', () => {
  const prefixes = new Set(rules.map((rule) => rule.replace(/\d+$/, '')));
  const named = new Set(titles.flatMap(idsOf).filter((id) => prefixes.has(id.replace(/\d+$/, ''))));
  expect([...named].filter((id) => !rules.includes(id))).toEqual([]);
});

it('each line of the security page leads to its tests', () => {
  const lines = SECURITY.split('\n').filter((line) => /^\| [A-Z]{3}\d+ \|/.test(line));
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    const [, id = '', , , tests = ''] = line.split('|').map((cell) => cell.trim());
    const files = tests.match(/[\w/-]+\.test\.ts/g) ?? [];
    expect(files, id).not.toEqual([]);
    for (const file of files) {
      const path = join(ROOT, /^(apps|packages)\//.test(file) ? file : `apps/server/test/${file}`);
      expect(matches(readFileSync(path, 'utf8'), TITLE).flatMap(idsOf), `${id} in ${file}`).toContain(id);
    }
  }
});

/** `SIG3–SIG5` and `SIG3-5` name what lies between, too. */
function idsOf(title: string): string[] {
  const spans = [...title.matchAll(/\b([A-Z]{2,4})(\d+)\s?[–-]\s?(?:\1)?(\d+)\b/g)].flatMap(([, prefix, from, to]) =>
    Array.from(
      { length: Math.max(0, Number(to) - Number(from) + 1) },
      (_, index) => `${prefix}${Number(from) + index}`,
    ),
  );
  return [...(title.match(ID) ?? []), ...spans];
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match.slice(1).find((group) => group !== undefined) ?? []);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
