import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';

/**
 * The faces that text is drawn in. All are shipped, as a bare system has none: Inter for Latin, Greek and Cyrillic, Noto for the world's other
 * scripts, Noto's emoji. A face comes in files, each for some ranges of characters; a file is read when the first text
 * needs it: all of them are 40 MB, a name in Chinese needs two of 50 kB.
 */

interface Face {
  /** Of the npm package: `@fontsource/inter`. */
  readonly packageName: string;
  /** End of its files' names. */
  readonly ending: string;
  /** Only these of its files; by default all. */
  readonly subsets?: readonly string[];
  /** Instead of its numbered files: one that has all of them. */
  readonly wholeFile?: string;
}

const noto = (name: string, ...subsets: readonly string[]): Face => ({
  packageName: `@fontsource-variable/noto-${name}`,
  ending: 'wght-normal.woff2',
  ...(subsets.length > 0 && { subsets }),
});

const INTER: Face = {
  packageName: '@fontsource/inter',
  ending: '600-normal.woff2',
  subsets: ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'greek-ext', 'vietnamese'],
};
/**
 * Its numbered files, which say for which characters it is, have layers that nothing is drawn of here; the one with all characters has
 * pictures. The first use costs most of a second and 60 MB.
 */
const EMOJI: Face = { packageName: '@fontsource/noto-color-emoji', ending: '400-normal.woff2', wholeFile: 'emoji' };
const SCRIPTS: readonly Face[] = [
  ...['arabic', 'hebrew', 'devanagari', 'bengali', 'gurmukhi', 'gujarati', 'oriya', 'tamil', 'telugu', 'kannada'],
  ...['malayalam', 'sinhala', 'thai', 'lao', 'khmer', 'myanmar', 'georgian', 'armenian', 'ethiopic', 'thaana'],
].map((script) => noto(`sans-${script}`, script));
const CHINESE = [noto('sans-sc'), noto('sans-tc')];
const JAPANESE = noto('sans-jp');
const KOREAN = noto('sans-kr');
const LAST: readonly Face[] = [
  noto('serif-tibetan', 'tibetan'),
  noto('sans'),
  noto('sans-symbols', 'symbols'),
  { packageName: '@fontsource/noto-sans-symbols-2', ending: '400-normal.woff2' },
  { packageName: '@fontsource/noto-sans-math', ending: '400-normal.woff2' },
];

/** A file of a face: the characters that it is for. */
interface FontFile {
  readonly path: string;
  readonly family: string;
  readonly ranges: readonly (readonly [first: number, last: number])[];
  isLoaded: boolean;
}

const { resolve } = createRequire(import.meta.url);
const filesByFace = new Map<Face, readonly FontFile[]>();

function filesOf(face: Face): readonly FontFile[] {
  let files = filesByFace.get(face);
  if (!files) {
    const ranges = JSON.parse(readFileSync(resolve(`${face.packageName}/unicode.json`), 'utf8')) as Record<
      string,
      string
    >;
    const name = face.packageName.split('/')[1];
    const fileOf = (subset: string, list: string): FontFile => ({
      path: resolve(`${face.packageName}/files/${name}-${subset}-${face.ending}`),
      family: `Amphi ${name} ${subset}`,
      ranges: rangesOf(list),
      isLoaded: false,
    });
    files = face.wholeFile
      ? [fileOf(face.wholeFile, Object.values(ranges).join())]
      : Object.entries(ranges).flatMap(([key, list]) => {
          // Numbered ones are written `[12]`.
          const subset = key.replace(/[[\]]/g, '');
          return !face.subsets || face.subsets.includes(subset) ? [fileOf(subset, list)] : [];
        });
    filesByFace.set(face, files);
  }
  return files;
}

/** `U+23,U+2a,U+30-39`. */
function rangesOf(list: string): (readonly [number, number])[] {
  return list.split(',').map((range) => {
    const [first, last = first] = range
      .replace('U+', '')
      .split('-')
      .map((hex) => Number.parseInt(hex, 16));
    return [first!, last!];
  });
}

/** Characters; when there are more, all are forgotten. */
const MAX_REMEMBERED = 10_000;

/** Faces in the order in which they are asked for a character, and what they answered. */
interface FaceOrder {
  readonly faces: readonly Face[];
  /** Of characters asked for before: asking goes through hundreds of ranges. */
  readonly answers: Map<string, FontFile | undefined>;
}

const orderOf = (...han: readonly Face[]): FaceOrder => ({
  faces: [INTER, ...SCRIPTS, ...han, ...LAST, EMOJI],
  answers: new Map(),
});
const KOREAN_FIRST = orderOf(KOREAN, JAPANESE, ...CHINESE);
const JAPANESE_FIRST = orderOf(JAPANESE, KOREAN, ...CHINESE);
const CHINESE_FIRST = orderOf(...CHINESE, JAPANESE, KOREAN);

/**
 * Chinese, Japanese and Korean share characters that each writes differently: which face comes first is told by what only one of
 * them has, kana or hangul.
 */
function facesFor(text: string): FaceOrder {
  if (/\p{Script=Hangul}/u.test(text)) return KOREAN_FIRST;
  return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? JAPANESE_FIRST : CHINESE_FIRST;
}

/** Drawn by whatever draws its neighbours, or not at all: joiners, variation selectors, spaces. */
const WITHOUT_LOOK = /[\p{Cf}\p{Zs}\p{Variation_Selector}]/u;
/** Those that are pictures by themselves, and those that are told to be. */
const IS_EMOJI = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Regional_Indicator}/u;

/**
 * The families of a text for a font string, their files read; in the order of preference.
 * @returns quoted, separated by commas
 */
export function familiesOf(text: string): string {
  const faces = facesFor(text);
  const needed = new Set<FontFile>(filesOf(INTER).filter((file) => file.family.endsWith(' latin')));
  for (const cluster of graphemesOf(text)) {
    if (IS_EMOJI.test(cluster)) {
      for (const file of filesOf(EMOJI)) needed.add(file);
      continue;
    }
    for (const char of cluster) {
      const file = WITHOUT_LOOK.test(char) ? undefined : fileOf(char, faces);
      if (file) needed.add(file);
    }
  }
  for (const file of needed) load(file);
  return [...needed].map(({ family }) => `"${family}"`).join(', ');
}

function fileOf(char: string, { faces, answers }: FaceOrder): FontFile | undefined {
  let file = answers.get(char);
  if (file === undefined && !answers.has(char)) {
    const code = char.codePointAt(0)!;
    for (const face of faces) {
      file = filesOf(face).find((each) => covers(each, code));
      if (file) break;
    }
    if (answers.size >= MAX_REMEMBERED) answers.clear();
    answers.set(char, file);
  }
  return file;
}

function covers({ ranges }: FontFile, code: number): boolean {
  return ranges.some(([first, last]) => first <= code && code <= last);
}

function load(file: FontFile): void {
  if (file.isLoaded) return;
  GlobalFonts.registerFromPath(file.path, file.family);
  file.isLoaded = true;
}

/** No font has this one. */
const MISSING = '\u{10fffe}';
const systemHas = new Map<string, boolean>();
/** More have no room on a canvas. */
const MAX_CHARACTERS = 200;

/**
 * The text as it can be drawn: without characters that neither a shipped face nor the system has, which would be boxes, and without
 * those that turn the direction of what follows: a name must not reorder its label.
 */
export function drawable(text: string): string {
  const faces = facesFor(text);
  return [...text.normalize('NFC')]
    .slice(0, MAX_CHARACTERS)
    .map((char) => (/\s/u.test(char) ? ' ' : char))
    .filter((char) => {
      if (/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(char)) return false;
      return WITHOUT_LOOK.test(char) || fileOf(char, faces) !== undefined || isInSystem(char);
    })
    .join('')
    .trim();
}

/** Scripts beyond those of the shipped faces, on systems that have a font for them. */
function isInSystem(char: string): boolean {
  let known = systemHas.get(char);
  if (known === undefined) {
    known = looksOf(char) !== looksOf(MISSING);
    if (systemHas.size >= MAX_REMEMBERED) systemHas.clear();
    systemHas.set(char, known);
  }
  return known;
}

function looksOf(char: string): string {
  const size = 20;
  const g = createCanvas(size, size).getContext('2d');
  g.font = `600 14px sans-serif`;
  g.textBaseline = 'middle';
  g.fillText(char, 2, size / 2);
  return Buffer.from(g.getImageData(0, 0, size, size).data).toString('latin1');
}

/** Direction of a text's first letter that has one (UAX #9, P2 and P3). */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter &&
    /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thaana}\p{Script=Syriac}\p{Script=Nko}\p{Script=Adlam}]/u.test(letter)
    ? 'rtl'
    : 'ltr';
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What people see as characters: a letter with its marks, a family of emoji. */
export function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
