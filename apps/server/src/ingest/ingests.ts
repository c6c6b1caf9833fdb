import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Buckets, type Clock, charge, type Logger, type Rate } from '@amphi/base';
import { type ClientTokenClaims, PublicError, type TemplateBody, type TrackState } from '@amphi/protocol';
import { broadcasterRoles, mayPublish } from '@amphi/rooms';
import { answerForThisMachine, nameTracks } from '@amphi/sdp';
import { newObjectId, type Store, type StreamKey } from '@amphi/store';
import type { DoorGuesses } from '../budgets/guesses.ts';
import { overBudget } from '../budgets/over-budget.ts';
import type { SessionHost } from '../sessions/ports/host.ts';
import type { ClientTokens, RoomDirectory } from '../sessions/ports/rooms.ts';
import { toPublicError } from '../sessions/public-errors.ts';
import { hashToken } from '../sessions/token-hash.ts';
import { unexpired } from '../sessions/verified-token.ts';
import { type EncoderOffer, Ingest } from './ingest.ts';

/** How often the bearer of one token or key may begin; an encoder that lost its connection tries every few seconds. */
const ATTEMPTS: Rate = { perSecond: 1, burst: 20 };
/** Of one room: refusals that back ends are told of. Who knocks on and on is no news. */
const REFUSALS: Rate = { perSecond: 1 / 60, burst: 20 };

/** An encoder that wants to send in. */
export interface IngestRequest {
  /** A client auth token or a stream key. */
  readonly token: string;
  readonly sdp: string;
  /** Under which others see it. */
  readonly name: string;
  readonly reachedAt: string;
  /** Whom it counts for (`addressKey`). */
  readonly from: string;
}

/** An encoder that wants to send in by another protocol, for which an own process will send by WHIP. */
export type ExpectedRequest = Pick<IngestRequest, 'token' | 'name' | 'reachedAt' | 'from'>;

/** A place for an own process that sends in for an encoder. */
export interface Expected {
  /** Bearer for the one request that is expected. */
  readonly ticket: string;
  /** Resolves when the process has sent its offer and is let in. @throws PublicError as `open`, 410 when it is called off before */
  readonly opened: Promise<Ingest>;
  /** The process does not come any more. */
  callOff(): void;
}

interface Awaited {
  readonly request: ExpectedRequest;
  readonly bearer: Bearer;
  readonly opened: { resolve(ingest: Ingest): void; reject(error: unknown): void };
}

/** Who may send in. */
interface Bearer {
  readonly claims: ClientTokenClaims;
  readonly tokenHash: string;
  /** Absent with a client auth token. */
  readonly key: StreamKey | undefined;
}

/** Encoders that send into rooms of this server (RFC 9725): who they are, and what each has of its session. */
export class Ingests {
  readonly #host: Pick<SessionHost, 'admit' | 'recordFor'>;
  readonly #rooms: Pick<RoomDirectory, 'findRoom'>;
  readonly #keys: Pick<Store['streamKeys'], 'find'>;
  readonly #tokens: Pick<ClientTokens, 'verify'>;
  readonly #guesses: Pick<DoorGuesses, 'streamKeys'>;
  readonly #localAddress: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By hash of the ticket. */
  readonly #expected = new Map<string, Awaited>();
  readonly #attempts = new Buckets({ name: 'starts of an encoder', rate: ATTEMPTS });
  readonly #refusals = new Buckets({ name: 'refused encoders', rate: REFUSALS });
  readonly #byId = new Map<string, Ingest>();
  /** By id of the stream key. */
  readonly #byKey = new Map<string, Ingest>();

  constructor(options: {
    readonly host: Pick<SessionHost, 'admit' | 'recordFor'>;
    readonly rooms: Pick<RoomDirectory, 'findRoom'>;
    readonly keys: Pick<Store['streamKeys'], 'find'>;
    readonly tokens: Pick<ClientTokens, 'verify'>;
    readonly guesses: Pick<DoorGuesses, 'streamKeys'>;
    /** Of this machine, on which media are received. */
    readonly localAddress: string;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#host = options.host;
    this.#rooms = options.rooms;
    this.#keys = options.keys;
    this.#tokens = options.tokens;
    this.#guesses = options.guesses;
    this.#localAddress = options.localAddress;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * @returns the ingest, which is a peer of the session by now, and the answer to its offer
   * @throws PublicError 400 for an offer that cannot be used; 401; 403 when the key is off or the role may not publish; 409
   *   when another encoder sends with the key; as a client is refused
   */
  async open(request: IngestRequest): Promise<{ readonly ingest: Ingest; readonly answer: string }> {
    const ticket = hashToken(request.token);
    const awaited = this.#expected.get(ticket);
    if (awaited) {
      this.#expected.delete(ticket);
      return this.#openExpected(request.sdp, ticket, awaited);
    }
    const bearer = await this.#admit(request);
    return this.#tellingRefusal(bearer, () => this.#open(request, bearer));
  }

  /**
   * Keeps a place for an own process that is to send in for an encoder: by all that is known before there is an offer, it may.
   * @throws PublicError 401; 403 when the key is off; 409 when another encoder sends with the key; 429
   */
  async expect(request: ExpectedRequest): Promise<Expected> {
    const bearer = await this.#admit(request);
    await this.#tellingRefusal(bearer, async () => this.#requireFree(bearer));
    const ticket = randomBytes(32).toString('base64url');
    const hash = hashToken(ticket);
    let reject = (_error: unknown): void => {};
    const opened = new Promise<Ingest>((resolve, rejectOpened) => {
      reject = rejectOpened;
      this.#expected.set(hash, { request, bearer, opened: { resolve, reject } });
    });
    // Who called it off does not wait for it.
    opened.catch(() => {});
    return {
      ticket,
      opened,
      callOff: () => {
        if (this.#expected.delete(hash)) reject(new PublicError(410, 'the encoder is gone'));
      },
    };
  }

  async #openExpected(
    sdp: string,
    ownerHash: string,
    { request, bearer, opened }: Awaited,
  ): Promise<{ readonly ingest: Ingest; readonly answer: string }> {
    try {
      const { ingest, answer } = await this.#tellingRefusal(bearer, () =>
        this.#open({ ...request, sdp }, bearer, ownerHash),
      );
      opened.resolve(ingest);
      return { ingest, answer: answerForThisMachine(answer, this.#localAddress) };
    } catch (error) {
      opened.reject(error);
      throw error;
    }
  }

  /** @throws PublicError 401, 403, 429 */
  #admit(request: Pick<IngestRequest, 'token' | 'from'>): Promise<Bearer> {
    const refusal = charge([{ limit: this.#attempts, key: hashToken(request.token) }], this.#clock.now());
    if (refusal) throw overBudget(refusal);
    return this.#bearerOf(request);
  }

  async #tellingRefusal<T>({ claims }: Bearer, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const told = toPublicError(error);
      if (told.code !== 429) this.#tellRefused(claims.room_id, told.code < 500 ? told.message : 'internal error');
      throw told.code === 500 ? error : told;
    }
  }

  /** One that is there, for who began it. @throws PublicError 401, 404 */
  find(id: string, token: string): Ingest {
    const ingest = this.#byId.get(id);
    if (!ingest) throw new PublicError(404, 'no encoder sends here');
    const [own, given] = [ingest.tokenHash, hashToken(token)].map((hash) => Buffer.from(hash));
    if (!own || !given || !timingSafeEqual(own, given)) throw new PublicError(401, 'not by this token');
    return ingest;
  }

  /** @param ownerHash of the token by which it is changed and ended; default: of the bearer's */
  async #open(
    request: IngestRequest,
    bearer: Bearer,
    ownerHash = bearer.tokenHash,
  ): Promise<{ ingest: Ingest; answer: string }> {
    const { claims, tokenHash, key } = bearer;
    if (key && !key.enabled) throw new PublicError(403, 'stream key disabled');
    const offer = await this.#offerOf(request.sdp, claims);
    await this.#makeRoom(key);
    const ingest = new Ingest({
      id: randomUUID(),
      ingestId: newObjectId(this.#clock.now()),
      tokenHash: ownerHash,
      roomId: claims.room_id,
      reachedAt: request.reachedAt,
      startsStream: key !== undefined,
      onRefused: (why) => this.#tellRefused(claims.room_id, why),
      clock: this.#clock,
      logger: this.#logger,
    });
    this.#keep(ingest, key);
    const arrival = { peerId: randomUUID(), claims, tokenHash, from: request.from, userAgent: '', publishesOnly: true };
    const answer = await ingest.begin({ host: this.#host, arrival, name: request.name, offer });
    // It may have been switched off since it was looked up, before there was a peer to put out.
    if (key && !(await this.#keys.find(key.key))?.enabled) {
      await ingest.end();
      throw new PublicError(403, 'stream key disabled');
    }
    return { ingest, answer };
  }

  #keep(ingest: Ingest, key: StreamKey | undefined): void {
    this.#byId.set(ingest.id, ingest);
    if (key) this.#byKey.set(key.id, ingest);
    void ingest.closed.then(() => {
      this.#byId.delete(ingest.id);
      if (key && this.#byKey.get(key.id) === ingest) this.#byKey.delete(key.id);
    });
  }

  /** @throws PublicError 403, 409 */
  #requireFree({ key }: Bearer): void {
    if (key && !key.enabled) throw new PublicError(403, 'stream key disabled');
    if (key && this.#byKey.get(key.id)?.isConnected) throw new PublicError(409, 'already connected');
  }

  /** One encoder at a time; one whose media do not come, as after a crash, keeps nobody out. @throws PublicError 409 */
  async #makeRoom(key: StreamKey | undefined): Promise<void> {
    const known = key && this.#byKey.get(key.id);
    if (known?.isConnected) throw new PublicError(409, 'already connected');
    await known?.end();
  }

  /** @throws PublicError 401, 403, 429 */
  async #bearerOf({ token, from }: Pick<IngestRequest, 'token' | 'from'>): Promise<Bearer> {
    const tokenHash = hashToken(token);
    // Tokens are JWTs, in three parts.
    if (token.includes('.')) {
      return { claims: unexpired(await this.#tokens.verify(token, from)), tokenHash, key: undefined };
    }
    const key = await this.#guesses.streamKeys.lookUp(from, token, () => this.#keys.find(token));
    if (!key) throw new PublicError(401, 'stream key: unknown');
    const room = await this.#rooms.findRoom(key.roomId);
    if (!room) throw new PublicError(403, `room_id: no room ${key.roomId}`);
    const nowS = Math.floor(this.#clock.now() / 1000);
    const claims: ClientTokenClaims = {
      type: 'app',
      version: 2,
      // What gave it its right, in the place of the key that signs a token: it goes when that is switched off.
      access_key: key.id,
      iat: nowS,
      exp: nowS,
      room_id: key.roomId,
      role: broadcasterOf(room.template),
    };
    return { claims, tokenHash, key };
  }

  /** @throws PublicError 400, 403 */
  async #offerOf(sdp: string, claims: ClientTokenClaims): Promise<EncoderOffer> {
    const room = await this.#rooms.findRoom(claims.room_id);
    const role = room?.template.roles[claims.role];
    if (!role) throw new PublicError(403, `role: "${claims.role}" is not a role of this room's template`);
    const streamId = randomUUID();
    const named = nameTracks(sdp, { streamId, trackId: () => randomUUID() });
    const tracks = named.tracks.map(
      ({ kind, trackId }): TrackState => ({
        track_id: trackId,
        stream_id: streamId,
        type: kind,
        source: 'regular',
        description: '',
        mute: false,
      }),
    );
    if (tracks.length === 0) throw new PublicError(400, 'SDP: no section sends audio or video');
    if (!tracks.some((track) => mayPublish(role, track))) {
      throw new PublicError(403, `role ${role.name} publishes nothing of what the encoder sends`);
    }
    return { sdp: named.sdp, tracks };
  }

  #tellRefused(roomId: string, why: string): void {
    if (this.#refusals.take(roomId, this.#clock.now())) this.#host.recordFor(roomId, { type: 'ingestRefused', why });
  }
}

/**
 * The role of who sends in by a stream key: `broadcaster` if it is on stage, else the first that the stream shows.
 * @throws PublicError 403
 */
export function broadcasterOf({ roles, destinations }: Pick<TemplateBody, 'roles' | 'destinations'>): string {
  const [destination] = Object.values(destinations.hlsDestinations);
  const shown = broadcasterRoles(roles, destination).filter((name) => roles[name]?.publishParams.allowed.length);
  const [first] = shown;
  if (first === undefined) throw new PublicError(403, 'role: nobody is on stage by this template');
  return shown.includes('broadcaster') ? 'broadcaster' : first;
}
