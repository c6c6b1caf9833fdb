import { backoffMs, type Millis, millis } from '@amphi/base';
import type { SignalingError } from './signaling-error.ts';

/** After so long without a working connection the session is given up (client protocol, 3.6). */
export const RECONNECT_BUDGET_MS = millis(60_000);
/** The first connect gives up sooner: a person is looking at it. */
export const FIRST_CONNECT_BUDGET_MS = millis(15_000);

const FIRST_DELAY_MS = millis(400);
/**
 * A server that was started again is found within this time. Attempts are cheap where nobody listens; a thousand clients
 * are spread over the second half of the pause.
 */
const DELAY_CAP_MS = millis(2_000);
/** As long as a start may take, people on stage are waited for by all who watch. */
const RESTART_MS = millis(10_000);
const RESTART_DELAY_CAP_MS = millis(1_000);

export type ReconnectDecision = { readonly retryInMs: Millis } | { readonly giveUp: 'refused' | 'exhausted' };

/**
 * Whether and when to try again after an attempt failed. What the server refuses for good is not tried again.
 * @param lostAt when the connection was lost, or when the first connect began
 * @param attempt 0 for the first attempt after that
 */
export function decideReconnect(options: {
  readonly lostAt: Millis;
  readonly now: Millis;
  readonly attempt: number;
  readonly budgetMs: Millis;
  readonly error?: SignalingError<string>;
  readonly random?: () => number;
}): ReconnectDecision {
  if (options.error && !options.error.isTransient) return { giveUp: 'refused' };
  const remaining = options.lostAt + options.budgetMs - options.now;
  if (remaining <= 0) return { giveUp: 'exhausted' };
  const delay = backoffMs(options.attempt, {
    firstMs: FIRST_DELAY_MS,
    capMs: options.now - options.lostAt < RESTART_MS ? RESTART_DELAY_CAP_MS : DELAY_CAP_MS,
    ...(options.random && { random: options.random }),
  });
  return { retryInMs: millis(Math.min(delay, remaining)) };
}
