import type { Millis } from './units.ts';

/**
 * Capped exponential backoff with full-range jitter.
 * @param attempt 0 for the first retry
 * @param random in [0, 1)
 */
export function backoffMs(
  attempt: number,
  options: { readonly firstMs: Millis; readonly capMs: Millis; readonly random?: () => number },
): Millis {
  const ceiling = Math.min(options.capMs, options.firstMs * 2 ** attempt);
  const random = options.random ?? Math.random;
  return (ceiling / 2 + (random() * ceiling) / 2) as Millis;
}
