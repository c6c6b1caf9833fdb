import { describe, expect, it } from 'vitest';
import { readJoinLink } from './join-link.ts';

const ENDPOINT = 'https://live.example.org';
const CODE = { roomCode: 'abc-defg-hij' };

describe('a join link', () => {
  it.each(['/abc-defg-hij', '/meeting/abc-defg-hij', '/preview/ABC-defg-hij', '/streaming/meeting/abc-defg-hij/'])(
    '%s leads to the room',
    (path) => {
      const link = { endpoint: ENDPOINT, access: CODE, name: '', skipsPreview: false };
      expect(readJoinLink(ENDPOINT + path)).toEqual(link);
    },
  );

  it('takes name and preview from the query', () => {
    const link = readJoinLink(`${ENDPOINT}:8443/meeting/abc-defg-hij?name=%20Ada%20&skip_preview=true`);
    expect(link).toEqual({ endpoint: `${ENDPOINT}:8443`, access: CODE, name: 'Ada', skipsPreview: true });
  });

  it.each(['user_id', 'userId'])('says by %s who it is', (parameter) => {
    const link = readJoinLink(`${ENDPOINT}/meeting/abc-defg-hij?${parameter}=u-7`);
    expect(link?.access).toEqual({ ...CODE, userId: 'u-7' });
  });

  it('prefers a token over the code', () => {
    expect(readJoinLink(`${ENDPOINT}/meeting/abc-defg-hij?auth_token=a.b.c`)?.access).toEqual({ token: 'a.b.c' });
  });

  it.each(['/', '/meeting/', '/meeting/abc', '/meeting/abc-defg-hijk'])('%s leads nowhere', (path) => {
    expect(readJoinLink(ENDPOINT + path)).toBeUndefined();
  });

  it.each(['', 'abc-defg-hij', '/meeting/abc-defg-hij', 'file:///meeting/abc-defg-hij'])(
    '%j names no server',
    (text) => {
      expect(readJoinLink(text)).toBeUndefined();
    },
  );
});
