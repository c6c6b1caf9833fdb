import { backoffMs, type Millis } from '@amphi/base';
import type { PlayerError } from './errors.ts';

/** Attempts in a row that still count as loading; together they take about half a minute. */
export const LOADING_ATTEMPTS = 8;
/** After that a stream may still come back: asked for in this rhythm, with the failure shown. */
export const FAILED_RETRY_MS: Millis = 15_000;

const FIRST_RETRY_MS: Millis = 500;
const CAP_RETRY_MS: Millis = 8_000;

export interface RetryPlan {
  readonly delayMs: Millis;
  /** The viewer is told that it failed. */
  readonly showFailure: boolean;
}

/**
 * When the attempt after `attempt` failed ones begins. Errors that another attempt cannot heal give undefined.
 * @param random in [0, 1)
 */
export function planRetry(attempt: number, error: PlayerError, random?: () => number): RetryPlan | undefined {
  if (error.code === 'unsupported') return undefined;
  if (attempt >= LOADING_ATTEMPTS) return { delayMs: FAILED_RETRY_MS, showFailure: true };
  const options = { firstMs: FIRST_RETRY_MS, capMs: CAP_RETRY_MS, ...(random ? { random } : {}) };
  return { delayMs: backoffMs(attempt, options), showFailure: false };
}
