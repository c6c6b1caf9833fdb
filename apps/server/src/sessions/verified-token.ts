import { type ClientTokenClaims, PublicError } from '@amphi/protocol';

/** A client auth token whose signature and claims are right. Only a peer that is known already may use an expired one. */
export interface VerifiedToken {
  readonly claims: ClientTokenClaims;
  readonly expired: boolean;
}

/** @throws PublicError 401 */
export function unexpired({ claims, expired }: VerifiedToken): ClientTokenClaims {
  if (expired) throw new PublicError(401, 'token expired');
  return claims;
}
