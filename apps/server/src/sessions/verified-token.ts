import { type ClientTokenClaims, PublicError } from '@amphi/protocol';

/** What a `Date` can hold. */
const MAX_DATE_S = 8.64e12;

/** A client auth token whose signature and claims are right. Only a peer that is known already may use an expired one. */
export interface VerifiedToken {
  readonly claims: ClientTokenClaims;
  readonly expired: boolean;
}

/** @throws PublicError 401 */
export function unexpired({ claims, expired }: VerifiedToken): ClientTokenClaims {
  if (expired) throw new PublicError(401, expiredText(claims.exp));
  return claims;
}

/** With the time, by which whoever signs can see whether it is their clock or ours that is off. @param exp Unix time */
export function expiredText(exp: number): string {
  return `token expired at ${new Date(Math.min(Math.max(0, exp), MAX_DATE_S) * 1000).toISOString()}, by this server's clock`;
}
