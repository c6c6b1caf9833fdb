import type { ClientTokenClaims } from '@amphi/protocol';

/**
 * Who somebody is from one visit to the next: the user id that a back end has signed. With a room code anyone may claim
 * any user id; by such a token one is its bearer, and nobody else.
 */
export function identityOf({ user_id: userId, code_id: codeId }: ClientTokenClaims, tokenHash: string): string {
  return userId !== undefined && userId !== '' && codeId === undefined ? `user ${userId}` : `token ${tokenHash}`;
}
