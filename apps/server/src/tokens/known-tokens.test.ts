import { expect, it } from 'vitest';
import { KnownTokens } from './known-tokens.ts';

it('BUD38: tokens are known by all of their text, and the oldest are forgotten', () => {
  const known = new KnownTokens<number>();
  const last = 10_000;
  for (let n = 0; n <= last; n++) known.add(`token ${n}`, n);
  expect(known.find('token 0')).toBeUndefined();
  expect(known.find('token 1')).toBe(1);
  expect(known.find(`token ${last}`)).toBe(last);
  for (const other of ['', 'token', 'token 1 ', `token ${last + 1}`]) expect(known.find(other)).toBeUndefined();
});
