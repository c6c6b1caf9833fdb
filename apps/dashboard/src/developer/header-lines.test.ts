import { expect, it } from 'vitest';
import { linesOf, readLines } from './header-lines.ts';

it('headers are a line each, there and back', () => {
  const headers = { 'X-Key': 's3cr3t', Authorization: 'Bearer a:b' };
  expect(linesOf(headers)).toBe('X-Key: s3cr3t\nAuthorization: Bearer a:b');
  expect(readLines(`${linesOf(headers)}\n\n`)).toEqual({ headers });
  expect(readLines('')).toEqual({ headers: {} });
});

it('a line without a name is told', () => {
  expect(readLines('X-Key: a\nsecret')).toEqual({ wrong: 'secret' });
  expect(readLines(': b')).toEqual({ wrong: ': b' });
});
