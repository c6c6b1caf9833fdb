import { PublicError } from '@amphi/protocol';
import { expect, it } from 'vitest';
import { pageAddressOf } from './page-address.ts';

const here = { isOn: true, origins: ['https://live.example.org'], allowPrivate: false };

it.each(['https://show.example.com/page', 'nonsense', 'file:///etc/passwd', ''])(
  'WEB1: without a browser nothing is opened: %s',
  (url) => {
    expect(pageAddressOf(url, { ...here, isOn: false })).toBeUndefined();
  },
);

it('WEB1: with one, pages of others are opened, and our own show the stage', () => {
  expect(pageAddressOf('https://show.example.com/page?a=b', here)).toBe('https://show.example.com/page?a=b');
  expect(pageAddressOf('https://live.example.org/preview/x', here)).toBeUndefined();
  expect(pageAddressOf(undefined, here)).toBeUndefined();
  expect(pageAddressOf('', here)).toBeUndefined();
});

it.each([
  ['nonsense', 'no URL'],
  ['file:///etc/passwd', '"file:" is not allowed, allowed are http and https'],
  ['javascript:alert(1)', '"javascript:" is not allowed'],
  ['chrome://settings', '"chrome:" is not allowed'],
  ['https://name:word@example.com/', 'a name and password'],
  ['http://169.254.169.254/latest', '169.254.169.254 is not a public address'],
  ['http://0x7f000001/', '127.0.0.1 is not a public address'],
  ['http://[::1]:8080/', '[::1] is not a public address'],
])('WEB2: %s is refused', (url, words) => {
  const refused = (): unknown => pageAddressOf(url, here);
  expect(refused).toThrow(PublicError);
  expect(refused).toThrow('meeting_url: ');
  expect(refused).toThrow(words);
});

it('WEB2: private addresses are for those who allow them', () => {
  const url = 'http://127.0.0.1:8080/';
  expect(pageAddressOf(url, { ...here, allowPrivate: true })).toBe(url);
});
