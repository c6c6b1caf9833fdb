import {
  Buckets,
  type Charge,
  type Clock,
  charge,
  type Millis,
  OpenCounts,
  openAll,
  Penalties,
  type Rate,
  type Release,
} from '@amphi/base';
import { LIMITS } from '@amphi/protocol';
import { overBudget } from '../budgets/over-budget.ts';
import { type RoomBounds, roomBounds } from '../budgets/room-bounds.ts';
import type { Limits } from '../settings/limits.ts';
import type { Meter } from '../signaling/meter.ts';

/** A newcomer as its budgets know it. */
export interface Arrival {
  /** Hash of its token. */
  readonly bearer: string;
  /** Whom its address counts for (`addressKey`). */
  readonly from: string;
  readonly roomId: string;
  readonly role: string;
}

/** Who pays for what a peer does. */
export interface Payer {
  /** Hash of its token. */
  readonly bearer: string;
  /** Those it shares budgets with (`crowdOf`), if its token was given for a room code. */
  readonly crowd: string | undefined;
}

/** Something that one peer makes others be told. */
export interface Telling extends Payer {
  readonly roomId: string;
  readonly bytes: number;
  readonly recipients: number;
}

const MAX_PENALTY_MS: Millis = 600_000;
const SERVER = 'server';

/**
 * What is borne of one token when its crowd has used up what is borne of all: a client that pings every 3 s and asks again
 * when it was told to, and one frame of the largest size.
 */
const LAST_EXCESS: Rate = { perSecond: 1, burst: 60 };
const LAST_EXCESS_BYTES: Rate = { perSecond: 4_096, burst: LIMITS.frameBytes };

/**
 * What signaling may cost: what a token, an address, a room and the whole server hold open and spend. It belongs to the
 * host, so that nothing is forgotten when a socket closes or a session ends (`docs/specs/budgets.md`).
 */
export class SessionBudgets {
  /** Of names and metadata; counted by the room's session. */
  readonly metadataBytesPerRoom: number;
  readonly listedPeersPerRoom: number;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #peers: Readonly<Record<'token' | 'address' | 'role' | 'room' | 'server', OpenCounts>>;
  readonly #messages: Shared;
  readonly #bytes: Shared;
  readonly #excess: Shared;
  readonly #excessBytes: Shared;
  readonly #lastExcess: Buckets;
  readonly #lastExcessBytes: Buckets;
  readonly #floods: Penalties;
  readonly #chat: Shared;
  readonly #told: Shared;
  readonly #drawn: Shared;
  readonly #toldInRoom: Buckets;
  readonly #sentInRoom: Buckets;
  readonly #offers: Shared;
  readonly #starts: Buckets;
  readonly #streamMessages: Buckets;
  readonly #reports: Buckets;
  readonly #quality: Buckets;

  constructor({ limits, clock }: { readonly limits: Limits; readonly clock: Clock }) {
    this.#limits = limits;
    this.#clock = clock;
    this.metadataBytesPerRoom = limits.metadataBytesPerRoom;
    this.listedPeersPerRoom = limits.listedPeersPerRoom;
    const peers = (of: string, max: number) => new OpenCounts({ name: `peers of this ${of}`, max });
    this.#peers = {
      token: peers('token', limits.peersPerToken),
      address: peers('address', limits.peersPerAddress),
      role: peers('role', limits.peersPerRole),
      room: peers('room', limits.peersPerRoom),
      server: peers('server', limits.peersPerServer),
    };
    const buckets = (name: string, rate: Rate) => new Buckets({ name, rate });
    const shared = (name: string, ofToken: Rate, ofCrowd: Rate): Shared => ({
      ofToken: buckets(name, ofToken),
      ofCrowd: buckets(`${name} by this room code from this address`, ofCrowd),
    });
    this.#messages = shared('messages', limits.messagesPerToken, limits.messagesPerCrowd);
    this.#bytes = shared('bytes', limits.messageBytesPerToken, limits.messageBytesPerCrowd);
    this.#excess = shared('messages beyond the limit', limits.excessMessagesPerToken, limits.excessMessagesPerCrowd);
    this.#excessBytes = shared('bytes beyond the limit', limits.excessBytesPerToken, limits.excessBytesPerCrowd);
    this.#lastExcess = buckets('messages beyond the limit of others', LAST_EXCESS);
    this.#lastExcessBytes = buckets('bytes beyond the limit of others', LAST_EXCESS_BYTES);
    this.#floods = new Penalties({
      name: 'messages before',
      rule: { firstMs: limits.floodPenaltySeconds * 1000, maxMs: MAX_PENALTY_MS, forgetMs: MAX_PENALTY_MS },
    });
    this.#chat = shared('chat messages', limits.chatPerToken, limits.chatPerCrowd);
    this.#told = shared('bytes for others', limits.toldBytesPerToken, limits.toldBytesPerCrowd);
    this.#drawn = shared('bytes drawn', limits.drawnBytesPerToken, limits.drawnBytesPerCrowd);
    this.#toldInRoom = buckets('bytes for everyone in this room', limits.toldBytesPerRoom);
    this.#sentInRoom = buckets('bytes to all in this room', limits.sentBytesPerRoom);
    this.#offers = shared('offers', limits.offersPerToken, limits.offersPerCrowd);
    this.#starts = buckets('starts of a live stream in this room', limits.streamStartsPerRoom);
    this.#quality = buckets('reports of quality', limits.qualityReportsPerToken);
    this.#reports = buckets('reports of clients in this room', limits.reportsPerRoom);
    this.#streamMessages = buckets('messages to viewers of this stream', limits.streamMessagesPerRoom);
  }

  /** @throws PublicError 429 while the bearer is shut out for a flood */
  requireLetIn(bearer: string): void {
    this.#charge([{ limit: this.#floods, key: bearer }]);
  }

  /** Whether one more peer of the token would be too many. */
  isFull(bearer: string): boolean {
    return this.#peers.token.refusalOf(bearer) !== undefined;
  }

  /** Of peers of a room of that size. */
  boundsOf(size: number): RoomBounds {
    return roomBounds(size, this.#limits);
  }

  /** One more peer. @throws PublicError 429 */
  openPeer({ bearer, from, roomId, role }: Arrival, bounds: RoomBounds): Release {
    const { token, address, role: ofRole, room, server } = this.#peers;
    const opened = openAll([
      { counts: token, key: bearer },
      { counts: address, key: from },
      { counts: ofRole, key: `${roomId} ${role}`, max: bounds.role },
      { counts: room, key: roomId, max: bounds.room },
      { counts: server, key: SERVER },
    ]);
    if (typeof opened !== 'function') throw overBudget(opened);
    return opened;
  }

  /** A peer that was there when its server was killed: it counts, whatever the bounds; from where it came is not known. */
  reopenPeer({ bearer, roomId, role }: Omit<Arrival, 'from'>): Release {
    const peers = this.#peers;
    const releases = [
      peers.token.open(bearer),
      peers.role.open(`${roomId} ${role}`),
      peers.room.open(roomId),
      peers.server.open(SERVER),
    ];
    return () => {
      for (const release of releases) release();
    };
  }

  /**
   * What is refused for the crowd's sake is excess of who sent it, as anything. When the crowd has used up what is borne of
   * it, each of it is borne a little more: nobody is shut out for the others.
   */
  meterOf(payer: Payer): Meter {
    const { bearer } = payer;
    const bytes = chargesOf(this.#bytes, payer, 0);
    const excessBytes = chargesOf(this.#excessBytes, payer, 0);
    const lastBytes = { limit: this.#lastExcessBytes, key: bearer, cost: 0 };
    const charges = [...chargesOf(this.#messages, payer), ...bytes];
    const excess = [...chargesOf(this.#excess, payer), ...excessBytes];
    const own = excess.filter(({ key }) => key === bearer);
    const last = [...own, { limit: this.#lastExcess, key: bearer }, lastBytes];
    return {
      weigh: (size) => {
        const now = this.#clock.now();
        for (const each of bytes) each.cost = size;
        const refusal = charge(charges, now);
        if (!refusal) return 'read';
        for (const each of excessBytes) each.cost = size;
        lastBytes.cost = size;
        if (!charge(excess, now) || !charge(last, now)) return refusal;
        this.#floods.punish(bearer, now);
        return 'flood';
      },
    };
  }

  /** A chat message. @throws PublicError 429 */
  chargeChat(telling: Telling): void {
    this.#charge([...chargesOf(this.#chat, telling), ...this.#tellingCharges(telling)]);
  }

  /** A change of name or metadata. @throws PublicError 429 */
  chargeTelling(telling: Telling): void {
    this.#charge(this.#tellingCharges(telling));
  }

  /** Changes of the whiteboard: nobody is kept from writing because of them. @throws PublicError 429 */
  chargeDrawing({ bytes, ...telling }: Telling): void {
    this.#charge([...chargesOf(this.#drawn, telling, bytes), ...this.#roomCharges({ bytes, ...telling })]);
  }

  /** What must not be refused for others' sake: only the bearer's own bucket is asked. @throws PublicError 429 */
  chargeJoin({ bearer, crowd, roomId, bytes, recipients }: Telling): void {
    const now = this.#clock.now();
    this.#charge([{ limit: this.#told.ofToken, key: bearer, cost: bytes }]);
    if (crowd !== undefined) this.#told.ofCrowd.spend(crowd, now, bytes);
    if (recipients === 0) return;
    this.#toldInRoom.spend(roomId, now, bytes);
    this.#sentInRoom.spend(roomId, now, bytes * recipients);
  }

  /**
   * For what is sent to many at once, and how much is known only when it is decided.
   * @returns takes what it comes to
   * @throws PublicError 429 while the room has yet to pay for what was sent before
   */
  beginSending(roomId: string): (bytes: number) => void {
    this.#charge([{ limit: this.#sentInRoom, key: roomId }]);
    return (bytes) => this.#sentInRoom.spend(roomId, this.#clock.now(), bytes);
  }

  /** @throws PublicError 429 */
  chargeOffer(payer: Payer): void {
    this.#charge(chargesOf(this.#offers, payer));
  }

  /** @throws PublicError 429 */
  chargeTimedMetadata(roomId: string, messages: number): void {
    this.#charge([{ limit: this.#streamMessages, key: roomId, cost: messages }]);
  }

  /** @throws PublicError 429 */
  chargeStreamStart(roomId: string): void {
    this.#charge([{ limit: this.#starts, key: roomId }]);
  }

  /** Whether a report of a client is kept. Nobody is refused: who is, would send it again. */
  takesReport(roomId: string): boolean {
    return charge([{ limit: this.#reports, key: roomId }], this.#clock.now()) === undefined;
  }

  /** Whether how the bearer's media fare is kept; as with `takesReport`. */
  takesQuality(bearer: string): boolean {
    return charge([{ limit: this.#quality, key: bearer }], this.#clock.now()) === undefined;
  }

  #tellingCharges(telling: Telling): Charge[] {
    return [...chargesOf(this.#told, telling, telling.bytes), ...this.#roomCharges(telling)];
  }

  /** What nobody is told costs the room nothing: most newcomers of a large one. */
  #roomCharges({ roomId, bytes, recipients }: Telling): Charge[] {
    if (recipients === 0) return [];
    return [
      { limit: this.#toldInRoom, key: roomId, cost: bytes },
      { limit: this.#sentInRoom, key: roomId, cost: bytes * recipients },
    ];
  }

  #charge(charges: readonly Charge[]): void {
    const refusal = charge(charges, this.#clock.now());
    if (refusal) throw overBudget(refusal);
  }
}

/** What is bounded for each token, and once more for those it shares with. */
interface Shared {
  readonly ofToken: Buckets;
  readonly ofCrowd: Buckets;
}

function chargesOf({ ofToken, ofCrowd }: Shared, { bearer, crowd }: Payer, cost = 1): Charge[] {
  const own = { limit: ofToken, key: bearer, cost };
  return crowd === undefined ? [own] : [own, { limit: ofCrowd, key: crowd, cost }];
}
