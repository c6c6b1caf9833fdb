import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { expect, it } from 'vitest';

/** Words that people see stand in the catalogues alone, so that every language has them. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['apps/room/src', 'packages/ui/src'];
const CATALOGUES = ['apps/room/src/words/', 'packages/ui/src/words.ts'];
/** The name of the product is the same in every language. */
const BRAND: ReadonlySet<string> = new Set(['Amphi']);

/** Attributes whose value nobody reads. All others, those that are not thought of yet included, are read. */
const TECHNICAL =
  /^(accept|className|class|style|key|ref|id|type|role|href|target|rel|htmlFor|dir|lang|name|value|variant|size|tone|side|align|form|place|kind|level|shape|fit|view|toasts|testId|shortcut|prefix|autoComplete|inputMode|enterKeyHint|swipeDirection|viewBox|preserveAspectRatio|fill|fillRule|stroke\w*|d|data-.*|aria-(live|relevant|keyshortcuts|hidden|controls|describedby|labelledby|haspopup|orientation))$/;
/** Members of objects that end up before somebody's eyes. */
const TOLD = /^(title|description|label|hint|message|text|advice|placeholder|confirmLabel|retryLabel|altText)$/;
/** What nobody would write but to be read: words that begin like a sentence, or end like one. */
const SENTENCE = /^\p{Lu}\p{Ll}*’? \p{Ll}|\p{Ll} \p{L}+[.…?!]$/u;
const LETTER = /\p{L}/u;
/** Types and imports are not run; faults are told to developers. */
const UNSEEN = /^TS|^ImportDeclaration$|^Export(All|Named)Declaration$|^ThrowStatement$/;

/** A node of the syntax tree (ESTree with JSX). */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Words for people that stand in a source file, with their lines. */
function wordsIn(name: string, source: string): { readonly line: number; readonly text: string }[] {
  const { program, errors } = parseSync(name, source);
  expect(errors, name).toEqual([]);
  const found = new Map<number, string>();
  const note = (node: Node, text: string): void => {
    if (LETTER.test(text) && !BRAND.has(text.trim())) found.set(node.start, text.trim());
  };
  /** Notes the literals that the expression may come to. */
  const noteValue = (node: Node): void => {
    const text = textOf(node);
    if (text !== undefined) note(node, text);
    // The condition of a choice is not what is shown; what is shown are its branches.
    for (const field of ['consequent', 'alternate', 'left', 'right', 'expression', 'elements']) {
      for (const child of nodesOf(node[field])) if (VALUES.test(node.type)) noteValue(child);
    }
  };
  const visit = (node: Node): void => {
    if (UNSEEN.test(node.type) && !isExportedValue(node)) return;
    if (node.type === 'JSXAttribute') {
      if (TECHNICAL.test(nameOf(node.name))) return;
      nodesOf(node.value).forEach(noteValue);
    }
    if (node.type === 'JSXText') note(node, String(node.value));
    if (node.type === 'JSXElement' || node.type === 'JSXFragment') nodesOf(node.children).forEach(noteValue);
    if (node.type === 'ObjectExpression') {
      const members = nodesOf(node.properties);
      // What has a code is told to programs, and its message to developers.
      const isFault = members.some(({ key }) => nameOf(key) === 'code');
      for (const { key, value } of members) if (!isFault && TOLD.test(nameOf(key))) nodesOf(value).forEach(noteValue);
    }
    const text = textOf(node);
    if (text !== undefined && SENTENCE.test(text)) note(node, text);
    for (const field of Object.values(node)) nodesOf(field).forEach(visit);
  };
  visit(program as unknown as Node);
  return [...found].map(([start, text]) => ({ line: source.slice(0, start).split('\n').length, text }));
}

/** Expressions that come to one of their parts. */
const VALUES = /^(Conditional|Logical|Parenthesized|Array)Expression$|^JSXExpressionContainer$/;

/** `as` and `satisfies` belong to types by name only, and so does an export that declares something. */
function isExportedValue(node: Node): boolean {
  return /^TS(As|Satisfies|NonNull)Expression$/.test(node.type) || nodesOf(node.declaration).length > 0;
}

function nodesOf(field: unknown): Node[] {
  const all: readonly unknown[] = Array.isArray(field) ? field : [field];
  return all.filter((value) => typeof value === 'object' && value !== null && 'type' in value) as Node[];
}

function nameOf(field: unknown): string {
  const [node] = nodesOf(field);
  if (node?.type === 'JSXNamespacedName') return `${nameOf(node.namespace)}:${nameOf(node.name)}`;
  return String(node?.name ?? node?.value ?? '');
}

/** Of a string or a template, without what is put in; undefined of anything else. */
function textOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return nodesOf(node.quasis)
    .map(({ value }) => (value as { readonly cooked: string }).cooked)
    .join('');
}

it('WRD2: the components have no words of their own', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .filter((path) => !CATALOGUES.some((catalogue) => path.startsWith(catalogue)));
  expect(files.length).toBeGreaterThan(90);
  const left = files.flatMap((path) =>
    wordsIn(path, readFileSync(join(ROOT, path), 'utf8')).map(({ line, text }) => `${path}:${line} ${text}`),
  );
  expect(left).toEqual([]);
});

it.each([
  ['<p>Hello</p>', 'Hello'],
  ['<p>{isOn && "hello"}</p>', 'hello'],
  ['<p>{isOn ? "one" : many}</p>', 'one'],
  ['<IconButton label="Leave" />', 'Leave'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
  ['<img alt={`Picture of ${name}`} />', 'Picture of'],
  ['<Thing ofTomorrow={name || "somebody"} />', 'somebody'],
  ['toaster.show({ title: "failed" })', 'failed'],
  ['attempt("That did not work", work)', 'That did not work'],
  ['export const WORDS = { on: "Your microphone is on" } as const', 'Your microphone is on'],
])('WRD2: %s is found', (source, text) => {
  expect(wordsIn('a.tsx', source)).toEqual([{ line: 1, text }]);
});

it.each([
  '<p className="flex items-center" data-testid="chat">{words.chat.send}</p>',
  '<p>{count} · {share}</p>',
  'if (key === "Enter") throw new Error("Not in a room.")',
  'import { Mic } from "lucide-react";',
  'parent.tell({ code: "bad_link", message: "the link names no room" })',
  'type Told = { readonly title: "Not words" };',
])('WRD2: %s is let be', (source) => {
  expect(wordsIn('a.tsx', source)).toEqual([]);
});
