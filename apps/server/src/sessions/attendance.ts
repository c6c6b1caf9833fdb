import type { Clock, CloseReason, Millis, Release, Scope } from '@amphi/base';
import { PublicError, RECORDER_ROLE } from '@amphi/protocol';
import {
  type Effects,
  expireAway,
  leavePeer,
  nextExpiryAt,
  peerDisconnected,
  restorePeer,
  type Session,
  sendAway,
  visibleMembers,
} from '@amphi/rooms';
import { crowdOf } from '../budgets/crowd.ts';
import type { RoomBounds } from '../budgets/room-bounds.ts';
import type { IncomingCall } from '../signaling/connection.ts';
import { identityOf } from './identity.ts';
import type { PeerChannel } from './peer-channel.ts';
import { PeerLink } from './peer-link.ts';
import type { PeerRecord } from './ports/earlier.ts';
import type { NewSocket } from './ports/host.ts';
import type { SessionBudgets } from './session-budgets.ts';

/** How long a session outlives its last peer. */
const EMPTY_MS: Millis = 10_000;
/** Of a channel that is nothing without its media: nobody comes back by it. */
export const MEDIA_LOST = 'media_lost';
/** How long clients may take to close their sockets after the end. */
const FAREWELL_MS: Millis = 3_000;

/** The session, as its attendance needs it. */
export interface AttendanceHost {
  readonly rules: Session;
  readonly budgets: SessionBudgets;
  /** How many peers the room and each of its roles may have. */
  readonly bounds: RoomBounds;
  readonly clock: Clock;
  /** Of the session. */
  readonly timers: Pick<Scope, 'after' | 'isClosed'>;
  apply(effects: Effects): void;
  /** Runs something after all that peers were told before. */
  deliver(run: () => void): void;
  /** Runs what nobody waits for; a fault in it is the session's. */
  contain(run: () => void): void;
  /** Whether the bearer of the token is a process of the running stream. */
  isRecorder(tokenHash: string): boolean;
  /** The session goes on without peers as long as this is true. */
  isBusy(): boolean;
  /** A peer has a socket, its first one or another. */
  greet(link: PeerLink): void;
  call(link: PeerLink, connection: PeerChannel, call: IncomingCall): void;
  /** Nobody has been there for a while. */
  deserted(): void;
}

/**
 * Who is there: the links of a session by peer id, from their first socket to their leaving. Makes and closes them, sees
 * sockets come and go, and tells the rules of it.
 */
export class Attendance {
  readonly #host: AttendanceHost;
  readonly #links = new Map<string, PeerLink>();
  /** Token hashes of those that were removed. */
  readonly #barred = new Set<string>();
  #cancelExpiry = (): void => {};
  #cancelEmpty: (() => void) | undefined;

  constructor(host: AttendanceHost) {
    this.#host = host;
  }

  get links(): ReadonlyMap<string, PeerLink> {
    return this.#links;
  }

  /** Whether the bearer of the token is here already, with this peer id. */
  knows(peerId: string, tokenHash: string): boolean {
    return this.#links.get(peerId)?.tokenHash === tokenHash;
  }

  /**
   * A new socket of a known peer, or the first one of a newcomer.
   * @throws PublicError 401 when another token holds the peer id, or for a recorder without a stream; 403 for one that was
   *   removed; 429 when there are too many peers of its token, address, role or room
   */
  attach(connection: PeerChannel, arrival: NewSocket): void {
    const { peerId, tokenHash } = arrival;
    const host = this.#host;
    const known = this.#links.get(peerId);
    if (known && known.tokenHash !== tokenHash) throw new PublicError(401, `peer: the id ${peerId} is in use`);
    if (arrival.claims.role === RECORDER_ROLE && !host.isRecorder(tokenHash)) {
      throw new PublicError(401, `role: ${RECORDER_ROLE} is only for processes of a running stream`);
    }
    if (this.#barred.has(tokenHash)) throw new PublicError(403, 'this token was removed from the session');
    const link = known ?? this.#newLink(arrival);
    this.#links.set(peerId, link);
    const replaced = link.connection;
    link.connection = connection;
    link.userAgent = arrival.userAgent;
    const { code_id: codeId } = link.claims;
    link.payer = { bearer: tokenHash, crowd: codeId === undefined ? undefined : crowdOf(codeId, arrival.from) };
    replaced?.close({ by: 'self', code: 'replaced' });
    void connection.closed.then((reason) => {
      host.contain(() => this.#handleDisconnect(link, connection, reason));
    });
    host.contain(() => {
      this.watchEmptiness();
      host.greet(link);
    });
    connection.receive(host.budgets.meterOf(link.payer), (call) => host.call(link, connection, call));
  }

  /** Peers of a killed process: away, until they come back or their time is over. */
  restore(peers: readonly PeerRecord[]): void {
    const { rules, clock, budgets } = this.#host;
    for (const { peerId, claims, role, name, data, joinedAt, tokenHash, ...known } of peers) {
      const userId = claims.user_id ?? '';
      const identity = identityOf(claims, tokenHash);
      const request = {
        peerId,
        userId,
        identity,
        bearer: tokenHash,
        roleName: role,
        name,
        data,
        joinedAt,
        groups: known.groups,
        handRaisedAt: known.handRaisedAt,
        listens: known.listens,
      };
      if (!restorePeer(rules, request, clock.now())) continue;
      const release = budgets.reopenPeer({ bearer: tokenHash, roomId: claims.room_id, role });
      const link = this.#makeLink({ peerId, claims, tokenHash }, release);
      link.nodeId = known.sfuNodeId;
      // Whose pictures came on demand is offered all from now on (SIG38): which it had asked for is not known any more.
      link.video = { unasked: known.autoVideo, onDemand: false };
      this.#links.set(peerId, link);
    }
    this.#armExpiry();
  }

  /** Everyone who may come back to this session in another process. */
  *describe(): Generator<PeerRecord> {
    for (const member of visibleMembers(this.#host.rules)) {
      const link = this.#links.get(member.peerId);
      if (!link) continue;
      const { peerId, tokenHash, claims, nodeId, video } = link;
      const { name, data, joinedAt, role, groups, handRaisedAt, listens } = member;
      yield {
        peerId,
        tokenHash,
        claims,
        role: role.name,
        name,
        data,
        joinedAt,
        sfuNodeId: nodeId,
        autoVideo: video.unasked,
        groups: [...groups],
        handRaisedAt,
        listens: [...listens],
      };
    }
  }

  /** Token hashes of those that were removed. */
  get barred(): ReadonlySet<string> {
    return this.#barred;
  }

  /** Takes out whoever came with the token: its bearer is gone for good. */
  dismiss(tokenHash: string): void {
    for (const link of this.#linksOf(tokenHash))
      this.#host.apply(leavePeer(this.#host.rules, link.peerId, { why: 'left' }));
  }

  /** Nobody comes with the token again; other peers of its bearer, previews among them, go too. */
  bar(tokenHash: string): void {
    this.#barred.add(tokenHash);
    for (const link of this.#linksOf(tokenHash)) this.#putOut(link, 'removed');
  }

  /** Whoever came by the room code goes; the door is shut to them by now. */
  closeCode(codeId: string): void {
    for (const link of [...this.#links.values()]) {
      if (link.claims.code_id === codeId) this.#putOut(link, 'the room code was switched off');
    }
  }

  /** Whoever came by a token of the key goes. Not what composes here: its token is ours, and gave nobody's word. */
  closeKey(accessKey: string): void {
    for (const link of [...this.#links.values()]) {
      if (link.claims.access_key !== accessKey || this.#host.isRecorder(link.tokenHash)) continue;
      this.#putOut(link, 'the key of the token was revoked');
    }
  }

  /** The peer is out. */
  release(peerId: string): void {
    const link = this.#links.get(peerId);
    this.#links.delete(peerId);
    link?.close();
    this.watchEmptiness();
  }

  /** To be called whenever the session has become busy, or has ceased to be. */
  watchEmptiness(): void {
    const { rules, timers } = this.#host;
    const isEmpty = this.#links.size === 0 && visibleMembers(rules).length === 0 && !this.#host.isBusy();
    if (!isEmpty) {
      this.#cancelEmpty?.();
      this.#cancelEmpty = undefined;
      return;
    }
    this.#cancelEmpty ??= timers.after(EMPTY_MS, () => this.#host.deserted());
  }

  /** All sockets lose their session, as when a server dies. */
  drop(reason: CloseReason): void {
    for (const { connection } of this.#links.values()) connection?.close(reason);
  }

  /** Everyone was told to go: clients get a moment to close their sockets by themselves, then all is released. */
  async close(): Promise<void> {
    if (this.#links.size > 0) {
      const sockets = [...this.#links.values()].map((link) => link.connection?.closed);
      const farewell = new Promise<void>((resolve) => this.#host.clock.after(FAREWELL_MS, resolve));
      await Promise.race([farewell, Promise.all(sockets)]);
    }
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  /** Told to go, and out; previews, too. */
  #putOut(link: PeerLink, reason: string): void {
    const { rules } = this.#host;
    if (rules.members.has(link.peerId)) {
      this.#host.apply(sendAway(rules, link.peerId, { reason }));
      return;
    }
    link.notify({ method: 'on-peer-leave-request', params: { reason, room_end: false } });
    this.#host.deliver(() => this.release(link.peerId));
  }

  #linksOf(tokenHash: string): PeerLink[] {
    return [...this.#links.values()].filter((link) => link.tokenHash === tokenHash);
  }

  #newLink({ peerId, claims, tokenHash, from, publishesOnly }: NewSocket): PeerLink {
    const { budgets } = this.#host;
    if (budgets.isFull(tokenHash)) this.#leaveGhostOf(tokenHash);
    const { room_id: roomId, role } = claims;
    const release = budgets.openPeer({ bearer: tokenHash, from, roomId, role }, this.#host.bounds);
    return this.#makeLink({ peerId, claims, tokenHash, publishesOnly }, release);
  }

  #makeLink(
    of: Pick<PeerLink, 'peerId' | 'claims' | 'tokenHash'> & { readonly publishesOnly?: boolean | undefined },
    release: Release,
  ): PeerLink {
    const { clock } = this.#host;
    return new PeerLink({ ...of, clock, release, deliver: (run) => this.#host.deliver(run) });
  }

  /** A peer of the token that is away makes room for one that is here. */
  #leaveGhostOf(tokenHash: string): void {
    const ghost = this.#linksOf(tokenHash).find((link) => !link.connection);
    if (ghost) this.#host.apply(leavePeer(this.#host.rules, ghost.peerId, { why: 'replaced' }));
  }

  #handleDisconnect(link: PeerLink, connection: PeerChannel, reason: CloseReason): void {
    const { rules, timers, clock } = this.#host;
    // The late close of a socket that was replaced says nothing about the peer, and after the end nobody has to leave.
    if (link.connection !== connection || timers.isClosed) return;
    link.connection = undefined;
    if (!rules.members.has(link.peerId)) {
      this.release(link.peerId);
    } else if (reason.code === 'flood') {
      this.#host.apply(leavePeer(rules, link.peerId, { why: 'flooded' }));
    } else if (reason.code === MEDIA_LOST) {
      this.#host.apply(leavePeer(rules, link.peerId, { why: 'lost' }));
    } else {
      peerDisconnected(rules, link.peerId, clock.now());
      this.#armExpiry();
    }
  }

  #armExpiry(): void {
    const { rules, timers, clock } = this.#host;
    this.#cancelExpiry();
    const at = nextExpiryAt(rules);
    if (at === undefined) return;
    this.#cancelExpiry = timers.after(Math.max(0, at - clock.now()), () => {
      this.#host.apply(expireAway(rules, clock.now()));
      this.#armExpiry();
    });
  }
}
