import fc from 'fast-check';

/** Edits at places given as fractions of the length, so that one list of edits means something for every seed. */
type Edit =
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'insert'; readonly at: number; readonly value: number; readonly times: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number };

/** Values at which lengths and counters break. */
const EDGES = [0x00, 0x01, 0x02, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.oneof({ weight: 4, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(400) });
const value = fc.oneof(fc.constantFrom(...EDGES), fc.nat(255));

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), at: place, value }) },
    fc.record({ kind: fc.constant('insert' as const), at: place, value, times: length }),
    fc.record({ kind: fc.constant('cut' as const), at: place, length }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, length }),
  ),
  { maxLength: 6 },
);

/** Well-formed inputs with a few bytes changed, put in, taken out or repeated; now and then plain noise. */
export function mutatedBytes(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...seeds), edits).map(([seed, list]) => edited(seed, list)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 256 }) },
  );
}

/** The same for text, whose lines are repeated, dropped, swapped and filled with odd words. */
export function mutatedText(seeds: readonly string[]): fc.Arbitrary<string> {
  const bytes = seeds.map((seed) => Buffer.from(seed));
  return fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...seeds), lineEdits).map(([seed, list]) => relined(seed, list)) },
    { weight: 4, arbitrary: mutatedBytes(bytes).map((mutated) => Buffer.from(mutated).toString('latin1')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  );
}

/** JSON texts: well-formed values of which some members are something else, and texts broken beyond JSON. */
export function mutatedJson(seeds: readonly unknown[]): fc.Arbitrary<string> {
  const texts = seeds.map((seed) => JSON.stringify(seed));
  const swapped = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(200), oddValue), { minLength: 1, maxLength: 3 }))
    .map(([seed, swaps]) => swaps.reduce((text, [at, odd]) => withMember(text, at, odd), JSON.stringify(seed)));
  return fc.oneof(
    { weight: 6, arbitrary: swapped },
    { weight: 2, arbitrary: mutatedText(texts) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(...texts) },
  );
}

/** JSON texts that stand where others are expected: other types, edges of numbers, names of object members, deep nests. */
const oddValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('null', 'true', '{}', '[]', '""', '0', '-0', '-1', '1e999', '9007199254740993', '4294967296'),
  fc.constantFrom('"__proto__"', '"constructor"', '"toString"', '"\\u0000"', '"\\ud800"', '{"__proto__":{"a":1}}'),
  fc.nat(20_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.nat(12_000).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.nat(40_000).map((times) => JSON.stringify('\u0001'.repeat(times))),
  fc.json({ maxDepth: 3 }),
);

/** Puts `odd` in the place of the value that follows the n-th colon or comma. */
function withMember(text: string, at: number, odd: string): string {
  const starts = [...text.matchAll(/[:,[](?=["[{\dtfn-])/g)].map((match) => match.index + 1);
  const start = starts[at % Math.max(1, starts.length)];
  if (start === undefined) return odd;
  const rest = text.slice(start);
  const end = /^(?:"(?:[^"\\]|\\.)*"|[^,\]}]*)/.exec(rest)?.[0].length ?? 0;
  return text.slice(0, start) + odd + rest.slice(end);
}

type LineEdit = readonly ['drop' | 'double' | 'swap' | 'word', number, string];

const oddWord = fc.constantFrom(
  '',
  '0',
  '-1',
  '65536',
  '4294967296',
  '1e9',
  '__proto__',
  '\u0000',
  'a'.repeat(5000),
  '*',
);
const lineEdits: fc.Arbitrary<LineEdit[]> = fc.array(
  fc.tuple(
    fc.constantFrom('drop' as const, 'double' as const, 'swap' as const, 'word' as const),
    fc.nat(1000),
    oddWord,
  ),
  { minLength: 1, maxLength: 5 },
);

function relined(seed: string, list: readonly LineEdit[]): string {
  const lines = seed.split('\n');
  for (const [kind, number, word] of list) {
    const at = number % Math.max(1, lines.length);
    const line = lines[at] ?? '';
    if (kind === 'drop') lines.splice(at, 1);
    else if (kind === 'double') lines.splice(at, 0, line);
    else if (kind === 'swap') lines.splice(at, 1, ...lines.splice(number % 7, 1, line));
    else lines[at] = withWord(line, number, word);
  }
  return lines.join('\n');
}

function withWord(line: string, number: number, word: string): string {
  const parts = line.split(/([ :=;,/&?])/);
  parts[number % parts.length] = word;
  return parts.join('');
}

function edited(seed: Uint8Array, list: readonly Edit[]): Uint8Array {
  let bytes = Array.from(seed);
  for (const edit of list) {
    const at = Math.floor(edit.at * bytes.length);
    if (edit.kind === 'set') {
      if (bytes.length > 0) bytes[Math.min(at, bytes.length - 1)] = edit.value;
    } else if (edit.kind === 'insert') {
      bytes.splice(at, 0, ...Array<number>(edit.times).fill(edit.value));
    } else if (edit.kind === 'cut') {
      bytes.splice(at, edit.length);
    } else {
      bytes = [...bytes.slice(0, at + edit.length), ...bytes.slice(at)];
    }
  }
  return Uint8Array.from(bytes);
}
