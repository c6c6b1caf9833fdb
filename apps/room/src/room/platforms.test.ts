import { describe, expect, it } from 'vitest';
import { EMPTY_PLATFORM, platformErrors, platformUrls } from './platforms.ts';

const GOOD = { server: ' rtmp://live.example.com/app/ ', streamKey: ' abc-123?x=1 ' };

describe('platforms', () => {
  it('makes one URL of server and stream key, and leaves empty lines out', () => {
    expect(platformErrors([EMPTY_PLATFORM, GOOD])).toEqual([{}, {}]);
    expect(platformUrls([EMPTY_PLATFORM, GOOD])).toEqual(['rtmp://live.example.com/app/abc-123?x=1']);
  });

  it.each([
    ['nothing at all', [EMPTY_PLATFORM, EMPTY_PLATFORM], [{ server: 'serverMissing' }, {}]],
    ['a page', [{ ...GOOD, server: 'https://live.example.com/app' }], [{ server: 'serverWrong' }]],
    ['no path', [{ ...GOOD, server: 'rtmp://live.example.com' }], [{ server: 'serverWrong' }]],
    ['no key', [{ ...GOOD, streamKey: ' ' }], [{ streamKey: 'keyMissing' }]],
    ['a key with a slash', [{ ...GOOD, streamKey: 'a/b' }], [{ streamKey: 'keyWrong' }]],
    ['the same twice', [GOOD, GOOD], [{}, { streamKey: 'twice' }]],
  ])('says what is wrong with %s', (_, drafts, errors) => {
    expect(platformErrors(drafts)).toEqual(errors);
  });
});
