import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language, SOURCE } from './languages.ts';
import { englishWords, loadWords } from './words.ts';

const OTHERS = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== SOURCE);

/** The same in all languages, as they are marks, names of things or words that travel. */
const ALIKE: ReadonlySet<string> = new Set([
  'comma',
  'room.panes.chat',
  'live.live',
  'viewer.live',
  'viewer.stream',
  'platforms.server',
  'polls.quiz',
  'polls.quizBegins',
]);

const [NUMBERS, NAMES] = [
  [7, 9],
  ['Ada', 'Bo'],
] as const;

/** Every leaf as it is said, under its path. A word that takes something is said with names, then with numbers. */
function said(words: object, path = ''): [path: string, text: string][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = path === '' ? key : `${path}.${key}`;
    if (key === 'format' || key === 'language') return [];
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function') return [[at, speak(value as Speaker)]];
    return said(value as object, at);
  });
}

type Speaker = (...given: readonly (string | number)[]) => string;

function speak(word: Speaker): string {
  try {
    return word(...NUMBERS);
  } catch {
    return word(...NAMES);
  }
}

describe.each(OTHERS)('%s', (language) => {
  it('WRD1: says everything, and nothing in English', async () => {
    const english = new Map(said(englishWords([])));
    const other = said(await loadWords(language, []));
    expect(other.map(([path]) => path).sort()).toEqual([...english.keys()].sort());
    expect(other.length).toBeGreaterThan(400);
    for (const [path, text] of other) {
      expect(text.trim(), path).not.toBe('');
      // Units and numbers alone are the same everywhere.
      if (!ALIKE.has(path) && /\p{L}{3}/u.test(text)) expect(text, path).not.toBe(english.get(path));
    }
  });

  it('WRD1: takes up the names and numbers that English has', async () => {
    const english = new Map(said(englishWords([])));
    for (const [path, text] of said(await loadWords(language, []))) {
      for (const part of [...NUMBERS.map(String), ...NAMES]) {
        const isIn = english.get(path)?.includes(part) ?? false;
        expect(text.includes(part), `${path}: ${text}`).toBe(isIn);
      }
    }
  });
});

it('WRD4: each has the forms of its counted things', async () => {
  const counts = [0, 1, 2, 5, 11, 100];
  const answersIn = async (language: Language) => counts.map((await loadWords(language, [])).polls.answers);
  expect(await answersIn('en')).toEqual([
    '0 answers',
    '1 answer',
    '2 answers',
    '5 answers',
    '11 answers',
    '100 answers',
  ]);
  expect(await answersIn('de')).toContain('1 Antwort');
  expect(new Set(await answersIn('ar')).size).toBe(counts.length);
});
