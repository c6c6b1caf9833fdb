import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textParts } from './text-parts.ts';

const links = (message: string): string[] =>
  textParts(message).flatMap((part) => (part.kind === 'link' ? [part.url] : []));

describe('a message', () => {
  it.each([
    ['see https://a.example/x?y=1#z, then come', ['https://a.example/x?y=1#z']],
    ['(https://a.example/b)', ['https://a.example/b']],
    ['https://a.example/b_(c)', ['https://a.example/b_(c)']],
    ['HTTP://A.EXAMPLE http://b.example', ['HTTP://A.EXAMPLE', 'http://b.example']],
    ['javascript:alert(1) ftp://x www.y.example https://', []],
  ])('%s', (message, expected) => {
    expect(links(message)).toEqual(expected);
  });

  it('loses nothing', () => {
    const address = fc.string().map((text) => `https://a.example/${text}`);
    const piece = fc.oneof(fc.string(), address, fc.constantFrom(' ', '.', ')', '('));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const message = pieces.join('');
        expect(
          textParts(message)
            .map((part) => part.text)
            .join(''),
        ).toBe(message);
      }),
    );
  });
});
