import { expect, it } from 'vitest';
import { isolate } from './isolate.ts';

it('fences a name in, whatever direction it has', () => {
  expect(isolate('דנה')).toBe('\u2068דנה\u2069');
});

it.each(['\u202egpj.exe', 'a\u2069b', '\u2067a'])('lets nothing of %j reach beyond its fence', (name) => {
  expect([...isolate(name)].filter((character) => /[\u202a-\u202e\u2066-\u2069]/.test(character))).toEqual([
    '\u2068',
    '\u2069',
  ]);
});
