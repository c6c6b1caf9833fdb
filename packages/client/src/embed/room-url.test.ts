import { expect, it } from 'vitest';
import { readJoinLink } from '../join-link.ts';
import { roomUrl } from './room-url.ts';

const link = 'https://live.example.org/meeting/abc-defg-hij';
const parent = 'https://www.example.org';

it('EMB1: the address of a frame says what its options say, and nothing of what they do not', () => {
  expect(roomUrl({ link }, parent)).toBe(`${link}?embed=https%3A%2F%2Fwww.example.org`);
  const all = new URL(
    roomUrl(
      {
        link,
        name: 'Ada & Bob',
        userId: 'u-7',
        skipPreview: true,
        microphone: false,
        camera: true,
        theme: 'dark',
        lang: 'de',
        hide: ['chat', 'polls'],
      },
      parent,
    ),
  );
  expect(Object.fromEntries(all.searchParams)).toEqual({
    name: 'Ada & Bob',
    user_id: 'u-7',
    skip_preview: 'true',
    microphone: 'off',
    camera: 'on',
    theme: 'dark',
    lang: 'de',
    hide: 'chat,polls',
    embed: parent,
  });
  expect(readJoinLink(all.href)).toMatchObject({
    access: { roomCode: 'abc-defg-hij', userId: 'u-7' },
    name: 'Ada & Bob',
    skipsPreview: true,
  });
});

it('EMB1: what a link says stays, unless an option says otherwise', () => {
  const url = new URL(roomUrl({ link: `${link}?auth_token=a.b.c&name=Eve`, name: 'Ada' }, parent));
  expect([url.searchParams.get('auth_token'), url.searchParams.get('name')]).toEqual(['a.b.c', 'Ada']);
});

it.each(['', 'abc-defg-hij', 'javascript:alert(1)', 'data:text/html,x'])('%j is no link of a room', (bad) => {
  expect(() => roomUrl({ link: bad }, parent)).toThrow(TypeError);
});
