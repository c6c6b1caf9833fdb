import { describe, expect, it } from 'vitest';

import { decideReconnect, RECONNECT_BUDGET_MS } from './reconnect.ts';
import { SignalingError } from './signaling-error.ts';

const decide = (now: number, attempt: number, error?: SignalingError) =>
  decideReconnect({
    lostAt: 0,
    now,
    attempt,
    budgetMs: RECONNECT_BUDGET_MS,
    random: () => 0.5,
    ...(error && { error }),
  });

describe('reconnecting', () => {
  it('waits longer each time, up to a cap', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => decide(0, attempt));
    const values = delays.map((decision) => ('retryInMs' in decision ? decision.retryInMs : -1));
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(-1)).toBeLessThanOrEqual(2_000);
    expect(values[0]).toBeGreaterThanOrEqual(250);
  });

  it('finds a server that was started again within a second, as long as a start takes', () => {
    const longest = (now: number) =>
      decideReconnect({ lostAt: 0, now, attempt: 9, budgetMs: RECONNECT_BUDGET_MS, random: () => 1 });
    expect(longest(0)).toEqual({ retryInMs: 1_000 });
    expect(longest(9_999)).toEqual({ retryInMs: 1_000 });
    expect(longest(10_000)).toEqual({ retryInMs: 2_000 });
  });

  it('makes the last attempt when the time is over, not later', () => {
    expect(decide(59_900, 9)).toEqual({ retryInMs: 100 });
    expect(decide(60_000, 9)).toEqual({ giveUp: 'exhausted' });
  });

  it.each([
    [new SignalingError('refused', 'no', { serverCode: 403 }), { giveUp: 'refused' }],
    [new SignalingError('malformed_answer', 'what'), { giveUp: 'refused' }],
  ])('does not repeat what will not change: %s', (error, decision) => {
    expect(decide(0, 0, error)).toEqual(decision);
  });

  it.each([429, 500, 503])('repeats after %d', (serverCode) => {
    expect(decide(0, 0, new SignalingError('refused', 'later', { serverCode }))).toHaveProperty('retryInMs');
  });
});
