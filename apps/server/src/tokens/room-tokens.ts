import { randomUUID } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { assert } from '@amphi/base';
import { type ClientTokenClaims, clientTokenClaims, PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import type { ClientTokens } from '../sessions/ports.ts';
import { signToken } from './sign-token.ts';
import { TokenError, verifyToken } from './verify-token.ts';

const LIFETIME_S = 24 * 3600;

/** Client auth tokens: a person's way into one room with one role. */
export class RoomTokens implements ClientTokens {
  readonly #store: Pick<Store, 'workspaces' | 'rooms'>;
  readonly #clock: Clock;

  constructor(options: { readonly store: Pick<Store, 'workspaces' | 'rooms'>; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /**
   * Also refuses a room of another workspace than the key's. Whether the room exists and has the role is for the
   * session host to check.
   */
  async verify(token: string, options: { readonly ignoreExpiry?: boolean } = {}): Promise<ClientTokenClaims> {
    try {
      const { claims, key } = await verifyToken(token, {
        schema: clientTokenClaims,
        type: 'app',
        findKey: (accessKey) => this.#store.workspaces.findKey(accessKey),
        nowS: this.#clock.now() / 1000,
        ignoreExpiry: options.ignoreExpiry,
      });
      const room = await this.#store.rooms.find(claims.room_id);
      if (room && room.workspaceId !== key.workspaceId) throw new TokenError('room_id is of another workspace');
      return claims;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new PublicError(401, error.message, { cause: error });
    }
  }

  async issue(claims: { readonly roomId: string; readonly role: string; readonly userId?: string }): Promise<string> {
    return (await this.issueUntil(claims)).token;
  }

  /** A token for 24 hours and its end. Who gives no user id gets one. */
  async issueUntil(claims: {
    readonly roomId: string;
    readonly role: string;
    readonly userId?: string | undefined;
  }): Promise<{ readonly token: string; readonly expiresAt: Date }> {
    const room = await this.#store.rooms.find(claims.roomId);
    assert(room, `token asked for unknown room ${claims.roomId}`);
    const key = await this.#store.workspaces.signingKey(room.workspaceId);
    assert(key, `workspace ${room.workspaceId} has no key to sign with`);
    const nowS = Math.floor(this.#clock.now() / 1000);
    const exp = nowS + LIFETIME_S;
    const token = await signToken(
      {
        access_key: key.accessKey,
        type: 'app',
        version: 2,
        room_id: room.id,
        user_id: claims.userId ?? randomUUID(),
        role: claims.role,
        iat: nowS,
        nbf: nowS,
        exp,
        jti: randomUUID(),
      } satisfies ClientTokenClaims,
      key.secret,
    );
    return { token, expiresAt: new Date(exp * 1000) };
  }
}
