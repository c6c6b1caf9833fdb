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
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom(' ', '.', ')', '('))), (pieces) => {
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
