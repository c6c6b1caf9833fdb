import { describe, expect, it } from 'vitest';
import { NO_MOMENTS, POLL_WAIT_MS, pollMessage, pollWait } from './stream-moments.ts';

describe('POLL4: a viewer of the stream is told of a poll', () => {
  const moving = { isMoving: true, reached: new Set<string>() };

  it('when the picture of its beginning is there', () => {
    expect(pollWait(moving, 'p', 1_000)).toBe(POLL_WAIT_MS - 1_000);
    expect(pollWait({ ...moving, reached: new Set([pollMessage('other')]) }, 'p', 1_000)).toBeGreaterThan(0);
    expect(pollWait({ ...moving, reached: new Set([pollMessage('p')]) }, 'p', 1_000)).toBe(0);
  });

  it('without it after a while, and at once where no picture moves', () => {
    expect(pollWait(moving, 'p', POLL_WAIT_MS + 1)).toBe(0);
    expect(pollWait(NO_MOMENTS, 'p', 0)).toBe(0);
  });
});
