import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, readJson } from './index.ts';

const read = (text: string, maxBytes = 1_000_000) => readJson(text, { what: 'body', maxBytes });
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('readJson', () => {
  it('reads what JSON.parse reads, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(read(text)).toEqual(JSON.parse(text));
        expect(readJson(Buffer.from(text), { what: 'body', maxBytes: 1_000_000 })).toEqual(JSON.parse(text));
      }),
    );
  });

  it('SIG90: bounds the nesting before it parses; brackets in strings are none', () => {
    expect(read(nested(MAX_JSON_DEPTH))).toBeInstanceOf(Array);
    const deep = () => read(nested(MAX_JSON_DEPTH + 1));
    expect(deep).toThrow(expect.objectContaining({ code: 400, message: 'body: nested deeper than 64 levels' }));
    expect(() => read(nested(1_000_000), 10_000_000)).toThrow('nested deeper');
    expect(() => read('{"a":'.repeat(30_000))).toThrow('nested deeper');
    const brackets = String.raw`\"[{`.repeat(100);
    expect(read(`{"text":"${brackets}"}`)).toEqual({ text: '"[{'.repeat(100) });
  });

  it('SIG97: U+0000 is refused wherever it is', () => {
    const refusal = expect.objectContaining({ code: 400, message: 'body: U+0000 is in no text' });
    for (const text of [
      String.raw`"\u0000"`,
      String.raw`{"a":["x\u0000y"]}`,
      String.raw`{"\u0000":1}`,
      String.raw`"\\\u0000"`,
    ]) {
      expect(() => read(text)).toThrow(refusal);
    }
    expect(read(String.raw`"\\u0000"`)).toBe(String.raw`\u0000`);
  });

  it('SIG97: half a surrogate pair becomes U+FFFD, whole pairs stay', () => {
    expect(read(String.raw`"\ud83d\ude00 \uD83D\uDE00"`)).toBe('😀 😀');
    expect(read(String.raw`["\ud83d","\ude00\ud83d","\ud83d\ud83d\ude00","\ud83dx"]`)).toEqual([
      '�',
      '��',
      '�😀',
      '�x',
    ]);
    expect(read(String.raw`{"\udfff":"é\ud800"}`)).toEqual({ '�': 'é�' });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units);
        expect(read(JSON.stringify({ text }))).toEqual({ text: Buffer.from(text).toString() });
      }),
    );
  });

  it('counts bytes, not characters', () => {
    expect(read('"ééé"', 8)).toBe('ééé');
    expect(() => read('"ééé"', 7)).toThrow(expect.objectContaining({ code: 413, message: 'body: 8 bytes, at most 7' }));
  });

  it('says what is wrong in words of its own', () => {
    for (const text of ['', '{', 'nope', ']['])
      expect(() => read(text)).toThrow(expect.objectContaining({ code: 400, message: 'body: not JSON' }));
  });
});
