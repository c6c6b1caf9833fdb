import { describe, expect, it } from 'vitest';
import { adviceFor } from './advice.ts';
import { RequestFailure } from './request.ts';

describe('adviceFor', () => {
  it('says what to do when there is no answer', () => {
    const { message, retryable } = adviceFor(new RequestFailure('unreachable', 'no answer'));
    expect(message).toContain('Check that Amphi is running');
    expect(retryable).toBe(true);
  });

  it('makes a sentence of the server’s words and leaves out details that repeat them', () => {
    const failure = new RequestFailure('refused', 'destination: layout is wrong', {
      status: 400,
      details: ['layout is wrong', 'tile: allowed are 16:9 and 4:3'],
    });
    expect(adviceFor(failure)).toEqual({
      message: 'Destination: layout is wrong.',
      details: ['tile: allowed are 16:9 and 4:3'],
      retryable: false,
    });
  });

  it.each([
    [401, 'sign in again', false],
    [429, 'Wait a minute', true],
    [503, 'fault of the server', true],
  ])('knows a remedy for %i', (status, words, retryable) => {
    const advice = adviceFor(new RequestFailure('refused', 'no', { status }));
    expect(advice.message).toContain(words);
    expect(advice.retryable).toBe(retryable);
  });

  it('owns up to faults of the page', () => {
    expect(adviceFor(new TypeError('x is undefined')).message).toContain('A fault of this page: x is undefined');
  });
});
