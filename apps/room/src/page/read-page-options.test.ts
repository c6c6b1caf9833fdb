import { describe, expect, it } from 'vitest';
import { readPageOptions } from './read-page-options.ts';

const read = (query: string) => readPageOptions(`https://live.example.org/meeting/abc-defg-hij${query}`);

describe('options of the page', () => {
  it('EMB1: are read from the address', () => {
    const options = read(
      '?microphone=off&camera=on&theme=dark&lang=de&hide=chat,%20polls&embed=https://www.example.org',
    );
    expect(options).toEqual({
      microphone: false,
      camera: true,
      theme: 'dark',
      language: 'de',
      hidden: new Set(['chat', 'polls']),
      parentOrigin: 'https://www.example.org',
    });
  });

  it('EMB1: are left to the person where the address says nothing that is understood', () => {
    for (const query of ['', '?microphone=maybe&camera=&theme=pink']) {
      expect(read(query)).toMatchObject({ microphone: undefined, camera: undefined, theme: undefined });
    }
  });

  it.each(['*', 'null', 'https://www.example.org/', 'https://www.example.org/page', 'file://', 'javascript:alert(1)'])(
    'EMB3: %j is no origin to talk to',
    (embed) => {
      expect(read(`?embed=${encodeURIComponent(embed)}`).parentOrigin).toBeUndefined();
    },
  );
});
