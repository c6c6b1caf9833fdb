import { backoffMs, type Millis } from '@amphi/base';

export interface PagePolicy {
  /** From its address being opened to its first picture. */
  readonly joinTimeoutMs: Millis;
  /** For the browser to begin, beside that. */
  readonly launchTimeoutMs: Millis;
  /** In a row: one that was shown for long enough has healed. */
  readonly maxTries: number;
  readonly stableMs: Millis;
  readonly backoff: { readonly firstMs: Millis; readonly capMs: Millis; readonly random?: () => number };
}

/** Server API, 9.2: joined within 10 s, three tries. */
export const DEFAULT_PAGE_POLICY: PagePolicy = {
  joinTimeoutMs: 10_000,
  launchTimeoutMs: 40_000,
  maxTries: 3,
  stableMs: 30_000,
  backoff: { firstMs: 500, capMs: 2_000 },
};

/** A page over its tries; `tries` counts the present one. */
export interface PageHealth {
  readonly tries: number;
  /** Undefined until this try has shown it. */
  readonly shownAt: Millis | undefined;
}

export const FIRST_TRY: PageHealth = { tries: 1, shownAt: undefined };

/** What becomes of a page that is gone: another try after some time, or none. */
export function afterGone(
  { tries, shownAt }: PageHealth,
  now: Millis,
  policy: PagePolicy,
): { readonly next: PageHealth; readonly waitMs: Millis } | 'failed' {
  const isHealed = shownAt !== undefined && now - shownAt >= policy.stableMs;
  const failed = isHealed ? 0 : tries;
  if (failed >= policy.maxTries) return 'failed';
  return { next: { tries: failed + 1, shownAt: undefined }, waitMs: backoffMs(failed, policy.backoff) };
}
