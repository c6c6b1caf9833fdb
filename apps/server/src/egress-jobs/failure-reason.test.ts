import { expect, test } from 'vitest';
import { failureReason } from './failure-reason.ts';

test.each([
  ['ingest_unreachable', /could not be reached \(the server's log/],
  ['ingest_storage', /disk .* is full/],
  ['overload', /too slow/],
  ['something_new', /^the composing process failed \(/],
  ['constructor', /^the composing process failed \(/],
  [undefined, /^the composing process failed \(/],
])('%s is told in words', (code, words) => {
  expect(failureReason(code)).toMatch(words);
});
