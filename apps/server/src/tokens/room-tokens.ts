import { randomUUID } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { assert } from '@amphi/base';
import { type ClientTokenClaims, clientTokenClaims, PublicError } from '@amphi/protocol';
import type { AccessKey, Store } from '@amphi/store';
import type { Guesses } from '../budgets/guesses.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import type { VerifiedToken } from '../sessions/verified-token.ts';
import { KnownTokens } from './known-tokens.ts';
import { signToken } from './sign-token.ts';
import { TokenError, verifyToken } from './verify-token.ts';

const LIFETIME_S = 24 * 3600;

/** Client auth tokens: a person's way into one room with one role. */
export class RoomTokens implements ClientTokens {
  readonly #store: Pick<Store, 'admissions' | 'workspaces'>;
  readonly #guesses: Guesses;
  readonly #clock: Clock;
  readonly #known = new KnownTokens<ClientTokenClaims>();

  constructor(options: {
    readonly store: Pick<Store, 'admissions' | 'workspaces'>;
    readonly guesses: Guesses;
    readonly clock: Clock;
  }) {
    this.#store = options.store;
    this.#guesses = options.guesses;
    this.#clock = options.clock;
  }

  /**
   * Also refuses a room of another workspace than the key's. Whether the room exists and has the role is for the
   * session host to check.
   */
  async verify(token: string, from: string): Promise<VerifiedToken> {
    const { admissions } = this.#store;
    try {
      const { claims, key, expired } = await verifyToken(token, {
        schema: clientTokenClaims,
        type: 'app',
        findKey: async ({ access_key: accessKey, room_id: roomId }) =>
          (await admissions.byToken({ accessKey, roomId })).key,
        guesses: this.#guesses,
        known: this.#known,
        from,
        nowS: this.#clock.now() / 1000,
      });
      const place = await admissions.place(claims.room_id);
      if (place && place.room.workspaceId !== key.workspaceId) throw new TokenError('room_id is of another workspace');
      return { claims, expired };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new PublicError(401, error.message, { cause: error });
    }
  }

  async issue(claims: { readonly roomId: string; readonly role: string; readonly userId?: string }): Promise<string> {
    const place = await this.#store.admissions.place(claims.roomId);
    assert(place, `token asked for unknown room ${claims.roomId}`);
    const key = await this.#store.workspaces.signingKey(place.room.workspaceId);
    assert(key, `workspace ${place.room.workspaceId} has no key to sign with`);
    return this.issueBy(key, claims).token;
  }

  /** A token for 24 hours, signed by a key of the room's workspace, and its end. Who gives no user id gets one. */
  issueBy(
    key: AccessKey,
    claims: {
      readonly roomId: string;
      readonly role: string;
      readonly userId?: string | undefined;
      readonly codeId?: string | undefined;
    },
  ): { readonly token: string; readonly expiresAt: Date } {
    const nowS = Math.floor(this.#clock.now() / 1000);
    const exp = nowS + LIFETIME_S;
    const token = signToken(
      {
        access_key: key.accessKey,
        type: 'app',
        version: 2,
        room_id: claims.roomId,
        user_id: claims.userId ?? randomUUID(),
        role: claims.role,
        iat: nowS,
        nbf: nowS,
        exp,
        jti: randomUUID(),
        ...(claims.codeId !== undefined && { code_id: claims.codeId }),
      } satisfies ClientTokenClaims,
      key.secret,
    );
    return { token, expiresAt: new Date(exp * 1000) };
  }
}
