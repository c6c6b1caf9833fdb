import { expect, test } from 'vitest';
import { failureOf, failureReason } from './failure-reason.ts';

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

test('WEB8: a page that was given up has an error type of its own', () => {
  for (const code of ['page_slow', 'page_crashed', 'chromium_failed']) {
    expect(failureOf(code)).toEqual({ message: failureReason(code), errorType: 'MAX_RETRIES_REACHED' });
  }
  expect(failureOf('encoder_failed')).toEqual({ message: failureReason('encoder_failed') });
  expect(failureOf(undefined).errorType).toBeUndefined();
});
