import { randomUUID, timingSafeEqual } from 'node:crypto';
import { Buckets, type Clock, charge, type Logger, type Rate } from '@amphi/base';
import { type ClientTokenClaims, PublicError } from '@amphi/protocol';
import type { Store } from '@amphi/store';
import { crowdOf } from '../budgets/crowd.ts';
import type { DoorGuesses } from '../budgets/guesses.ts';
import { overBudget } from '../budgets/over-budget.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { ClientTokens } from '../sessions/ports/rooms.ts';
import { toPublicError } from '../sessions/public-errors.ts';
import { hashToken } from '../sessions/token-hash.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { Player } from './player.ts';

/** How often players may begin with one token or code from one address: a wall of screens comes back at once. */
const ATTEMPTS: Rate = { perSecond: 2, burst: 40 };

/** A player that wants to watch. */
export interface PlayRequest {
  /** A client auth token or a room code. */
  readonly token: string;
  readonly sdp: string;
  /** Under which others see it. */
  readonly name: string;
  readonly reachedAt: string;
  /** Whom it counts for (`addressKey`). */
  readonly from: string;
}

/** Players that watch live streams of this server by WHEP: who they are, and what each has of its session. */
export class Players {
  readonly #host: Pick<SessionHost, 'admit'>;
  readonly #admissions: Pick<Store['admissions'], 'byCode'>;
  readonly #tokens: Pick<ClientTokens, 'verify'>;
  readonly #guesses: Pick<DoorGuesses, 'codes'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #attempts = new Buckets({ name: 'starts of players', rate: ATTEMPTS });
  readonly #byId = new Map<string, Player>();

  constructor(options: {
    readonly host: Pick<SessionHost, 'admit'>;
    readonly admissions: Pick<Store['admissions'], 'byCode'>;
    readonly tokens: Pick<ClientTokens, 'verify'>;
    readonly guesses: Pick<DoorGuesses, 'codes'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#host = options.host;
    this.#admissions = options.admissions;
    this.#tokens = options.tokens;
    this.#guesses = options.guesses;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * @returns the player, which is a peer of the session by now, and the answer to its offer
   * @throws PublicError 400 for an offer that cannot be used; 401; 403; 409 while no live stream runs; 429; 503
   */
  async open(request: PlayRequest): Promise<{ readonly player: Player; readonly answer: string }> {
    const bearerHash = hashToken(request.token);
    const refusal = charge([{ limit: this.#attempts, key: crowdOf(bearerHash, request.from) }], this.#clock.now());
    if (refusal) throw overBudget(refusal);
    const bearer = await this.#bearerOf(request);
    const player = new Player({
      id: randomUUID(),
      bearerHash,
      roomId: bearer.claims.room_id,
      reachedAt: request.reachedAt,
      clock: this.#clock,
      logger: this.#logger,
    });
    this.#byId.set(player.id, player);
    void player.closed.then(() => this.#byId.delete(player.id));
    const arrival = { peerId: randomUUID(), ...bearer, from: request.from, userAgent: '', publishesOnly: true };
    try {
      return { player, answer: await player.begin({ host: this.#host, arrival, ...request, offer: request.sdp }) };
    } catch (error) {
      const told = toPublicError(error);
      throw told.code === 500 ? error : told;
    }
  }

  /** One that is there, for who began it. @throws PublicError 401, 404 */
  find(id: string, token: string): Player {
    const player = this.#byId.get(id);
    if (!player) throw new PublicError(404, 'no player watches here');
    const [own, given] = [player.bearerHash, hashToken(token)].map((hash) => Buffer.from(hash));
    if (!own || !given || !timingSafeEqual(own, given)) throw new PublicError(401, 'not by this token');
    return player;
  }

  /** @throws PublicError 401, 403, 429 */
  async #bearerOf({ token, from }: PlayRequest): Promise<{ claims: ClientTokenClaims; tokenHash: string }> {
    // Tokens are JWTs, in three parts.
    if (token.includes('.')) {
      return { claims: unexpired(await this.#tokens.verify(token, from)), tokenHash: hashToken(token) };
    }
    const text = token.toLowerCase();
    const admission = await this.#guesses.codes.lookUp(from, text, () => this.#admissions.byCode(text));
    if (!admission) throw new PublicError(401, 'room code: unknown');
    const { code, place, signingKey } = admission;
    if (!code.enabled) throw new PublicError(403, 'room code is disabled');
    const nowS = Math.floor(this.#clock.now() / 1000);
    const claims: ClientTokenClaims = {
      type: 'app',
      version: 2,
      access_key: signingKey?.accessKey ?? '',
      iat: nowS,
      exp: nowS,
      room_id: place.room.id,
      role: code.role,
      user_id: randomUUID(),
      code_id: code.id,
    };
    // Each is one of its own: who is put out takes nobody along who came by the same code.
    return { claims, tokenHash: hashToken(randomUUID()) };
  }
}
