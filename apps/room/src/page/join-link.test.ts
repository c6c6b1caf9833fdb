import { describe, expect, it } from 'vitest';
import { parseJoinLink } from './join-link.ts';

const CODE = { roomCode: 'abc-defg-hij' };

describe('a join link', () => {
  it.each(['/abc-defg-hij', '/meeting/abc-defg-hij', '/preview/ABC-defg-hij', '/streaming/meeting/abc-defg-hij/'])(
    '%s leads to the room',
    (pathname) => {
      expect(parseJoinLink({ pathname, search: '' })).toEqual({ access: CODE, name: '', skipsPreview: false });
    },
  );

  it('takes name and preview from the query', () => {
    const link = parseJoinLink({ pathname: '/meeting/abc-defg-hij', search: '?name=%20Ada%20&skip_preview=true' });
    expect(link).toEqual({ access: CODE, name: 'Ada', skipsPreview: true });
  });

  it('prefers a token over the code', () => {
    const link = parseJoinLink({ pathname: '/meeting/abc-defg-hij', search: '?auth_token=a.b.c' });
    expect(link?.access).toEqual({ token: 'a.b.c' });
  });

  it.each(['/', '/meeting/', '/meeting/abc', '/meeting/abc-defg-hijk'])('%s leads nowhere', (pathname) => {
    expect(parseJoinLink({ pathname, search: '' })).toBeUndefined();
  });
});
