import type { Refusal } from '@amphi/base';
import { PublicError } from '@amphi/protocol';

/** How a refusal is told, over HTTP (with `Retry-After`) as in signaling. */
export function overBudget({ limit, retryAfterMs }: Refusal): PublicError {
  const message = `too many ${limit}; try again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new PublicError(429, message, { retryAfterMs });
}
