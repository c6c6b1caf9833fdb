import { randomUUID } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { type ManagementTokenClaims, managementTokenClaims, PublicError } from '@amphi/protocol';
import type { AccessKey, Store } from '@amphi/store';
import type { Guesses } from '../budgets/guesses.ts';
import { isAtLeast, leastRoleFor } from '../platform/member-rights.ts';
import { expiredText } from '../sessions/verified-token.ts';
import { KnownTokens } from './known-tokens.ts';
import { signToken } from './sign-token.ts';
import { TokenError, verifyToken } from './verify-token.ts';

const LIFETIME_S = 24 * 3600;

/** Who may have one signed may use it. */
const LEAST_ROLE = leastRoleFor('POST /keys/:accessKey/management-token');

/**
 * Signs a token; for 24 hours unless told otherwise.
 * @param options.memberId who has it made: it ends with their right to make one
 */
export function issueManagementToken(
  key: AccessKey,
  clock: Clock,
  { lifetimeS = LIFETIME_S, memberId }: { readonly lifetimeS?: number; readonly memberId?: string } = {},
): string {
  const nowS = Math.floor(clock.now() / 1000);
  const claims = {
    access_key: key.accessKey,
    type: 'management',
    version: 2,
    iat: nowS,
    nbf: nowS,
    exp: nowS + lifetimeS,
    jti: randomUUID(),
    ...(memberId === undefined ? {} : { member_id: memberId }),
  };
  return signToken(claims, key.secret);
}

/** A back end's way into REST v2. */
export class ManagementTokens {
  readonly #store: Pick<Store, 'admissions'>;
  readonly #guesses: Guesses;
  readonly #clock: Clock;
  readonly #known = new KnownTokens<ManagementTokenClaims>();

  constructor(options: {
    readonly store: Pick<Store, 'admissions'>;
    readonly guesses: Guesses;
    readonly clock: Clock;
  }) {
    this.#store = options.store;
    this.#guesses = options.guesses;
    this.#clock = options.clock;
  }

  /**
   * @param authorization the header's value
   * @param from whom wrong ones count for (`addressKey`)
   * @returns the workspace that the bearer speaks for
   * @throws PublicError 401 whose detail is the reason, 429 after too many wrong ones
   */
  async verify(authorization: string | undefined, from: string): Promise<string> {
    const token = bearerOf(authorization);
    if (token === undefined) {
      throw new PublicError(401, 'Authentication error', {
        details: ['Authorization header with a Bearer token is missing'],
      });
    }
    try {
      const { claims, key, expired } = await verifyToken(token, {
        schema: managementTokenClaims,
        type: 'management',
        findKey: ({ access_key }) => this.#store.admissions.key(access_key),
        guesses: this.#guesses,
        known: this.#known,
        from,
        nowS: this.#clock.now() / 1000,
      });
      if (expired) throw new TokenError(expiredText(claims.exp));
      await this.#checkMember(key.workspaceId, claims.member_id);
      return key.workspaceId;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new PublicError(401, 'Token validation error', { details: [error.message], cause: error });
    }
  }

  async #checkMember(workspaceId: string, memberId: string | undefined): Promise<void> {
    if (memberId === undefined) return;
    const role = await this.#store.admissions.memberRole(workspaceId, memberId);
    if (role === undefined) throw new TokenError('whoever made the token is no member of the workspace any more');
    if (!isAtLeast(role, LEAST_ROLE)) throw new TokenError('whoever made the token may not make one any more');
  }
}

/** The token of an `Authorization: Bearer …` header (RFC 6750, 2.1; the scheme's case does not matter). */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}
