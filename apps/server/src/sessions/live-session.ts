import { randomUUID } from 'node:crypto';
import { type Clock, type Closable, type CloseReason, type Logger, type Millis, messageOf, Scope } from '@amphi/base';
import { type ClientTokenClaims, type Notification, PublicError, RECORDER_ROLE } from '@amphi/protocol';
import {
  createSession,
  type Effect,
  type Effects,
  expireAway,
  hlsUpdateOf,
  isPermitted,
  leavePeer,
  nextExpiryAt,
  peerDisconnected,
  policyFor,
  restorePeer,
  resumePeer,
  roomInfoOf,
  roomStateOf,
  type Session,
  sendAway,
  sessionInfoOf,
  unpublishTracks,
  updateSpeakers,
  visibleMembers,
  visibleTracks,
} from '@amphi/rooms';
import type { Sfu } from '@amphi/sfu';
import type { EgressJobs, StreamOrigin } from '../egress-jobs/egress-jobs.ts';
import type { SignalingConnection } from '../signaling/connection.ts';
import { serializeNotification } from '../signaling/frames.ts';
import type { Importance } from '../signaling/receiving.ts';
import { handleCall } from './calls.ts';
import { LiveStream } from './live-stream.ts';
import { MediaPlane } from './media-plane.ts';
import { PeerLink } from './peer-link.ts';
import { holdsStreamAddress, playableFrom } from './playback-address.ts';
import type {
  ClientTokens,
  EarlierSession,
  LiveStreamRecords,
  PeerRecord,
  RoomDirectory,
  RoomSettings,
  SessionRecords,
} from './ports.ts';
import type { SessionBudgets } from './session-budgets.ts';
import { SessionJournal } from './session-journal.ts';

export interface SessionDeps {
  readonly rooms: RoomDirectory;
  readonly sfu: Sfu;
  readonly tokens: ClientTokens;
  readonly records: LiveStreamRecords;
  readonly sessions: SessionRecords;
  readonly node: string;
  readonly jobs: EgressJobs;
  readonly budgets: SessionBudgets;
  readonly origin: StreamOrigin;
  /** Address under which players fetch streams, without a slash at the end. */
  readonly playbackBase: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who opened a socket, and from where. */
export interface NewSocket {
  readonly peerId: string;
  readonly claims: ClientTokenClaims;
  readonly tokenHash: string;
  /** Whom the client counts for (`addressKey`). */
  readonly from: string;
}

/** How long a session outlives its last peer. */
const EMPTY_MS: Millis = 10_000;
/** How long clients may take to close their sockets after the end. */
const FAREWELL_MS: Millis = 3_000;
/** `session-info` goes out at most this often, and less often to many. */
const COUNTS_PERIOD_MS: Millis = 500;
const QUALITY_PERIOD_MS: Millis = 5_000;

/** What a receiver that is behind goes without, and what sooner; all else is the truth. */
const IMPORTANCE: ReadonlyMap<Notification['method'], Importance> = new Map([
  ['active-speakers', 'passing'],
  ['on-connection-quality-update', 'passing'],
  ['on-broadcast', 'chat'],
]);

/**
 * One live run of a room on this host: puts the decisions of `rooms` into effect on sockets and media.
 * Closes when nobody has been there for a while, at `end-room`, or with the host.
 */
export class LiveSession implements Closable {
  readonly closed: Promise<CloseReason>;
  readonly rules: Session;
  readonly plane: MediaPlane;
  readonly stream: LiveStream;
  readonly budgets: SessionBudgets;
  readonly logger: Logger;
  readonly #clock: Clock;
  readonly #playbackBase: () => string;
  readonly #scope: Scope;
  readonly #links = new Map<string, PeerLink>();
  /** Token hashes of those that were removed. */
  readonly #barred = new Set<string>();
  readonly #onEnded: () => void;
  readonly #lockRoom: () => void;
  readonly #journal: SessionJournal;
  #cancelExpiry = (): void => {};
  #cancelEmpty: (() => void) | undefined;
  #counts: 'quiet' | 'sent' | 'due' = 'quiet';

  constructor(options: {
    readonly room: RoomSettings;
    /** Goes on where another process was killed. */
    readonly earlier?: EarlierSession | undefined;
    readonly deps: SessionDeps;
    /** The room may get a new session from now on. */
    readonly onEnded: () => void;
    readonly lockRoom: () => void;
  }) {
    const { room, deps, earlier } = options;
    const sessionId = earlier?.id ?? randomUUID();
    const startedAt = earlier?.startedAt ?? deps.clock.now();
    this.#clock = deps.clock;
    this.budgets = deps.budgets;
    this.#playbackBase = deps.playbackBase;
    this.#onEnded = options.onEnded;
    this.#lockRoom = options.lockRoom;
    this.logger = deps.logger.child({ roomId: room.id, sessionId });
    this.#scope = new Scope({
      clock: deps.clock,
      onCleanUpError: (error) => this.logger.error({ error: messageOf(error) }, 'closing the session failed in part'),
      onTimerError: (error) => this.#fail(error),
    });
    this.closed = this.#scope.closed;
    this.rules = createSession({
      sessionId,
      roomId: room.id,
      roomName: room.name,
      description: room.description,
      maxPeers: room.size,
      maxMetadataBytes: deps.budgets.metadataBytesPerRoom,
      templateId: room.templateId,
      roles: room.template.roles,
      destinations: room.template.destinations.hlsDestinations,
      startedAt,
      newId: randomUUID,
    });
    this.plane = this.#scope.own(
      new MediaPlane({ sfu: deps.sfu, sessionId, node: deps.node, clock: deps.clock, logger: this.logger }),
    );
    this.stream = new LiveStream({
      ...deps,
      playbackUrl: (streamId) => `${deps.playbackBase()}/hls/${streamId}/master.m3u8`,
      session: this.rules,
      apply: (effects) => this.apply(effects),
      findDestinations: async () => (await deps.rooms.findRoom(room.id))?.template.destinations.hlsDestinations,
      dismissBearer: (tokenHash) => this.dismissBearer(tokenHash),
      onFault: (error) => this.#fail(error),
      logger: this.logger,
    });
    this.#journal = new SessionJournal({
      session: { id: sessionId, roomId: room.id, startedAt },
      records: deps.sessions,
      describe: () => this.#describePeers(),
      isWorthIt: () => this.peerCount > 0 || this.stream.isRunning,
      earlier: earlier?.peers,
      clock: deps.clock,
      logger: this.logger,
    });
    this.#scope.defer(() => this.#end());
    this.plane.events.on('audioLevels', ({ levels }) => {
      this.#contain(() => this.apply(updateSpeakers(this.rules, levels)));
    });
    this.plane.events.on('trackUnpublished', ({ peerId, trackId }) => {
      this.#contain(() => this.apply(unpublishTracks(this.rules, peerId, [trackId])));
    });
    this.plane.events.on('lost', () => this.#contain(() => this.#startMediaAnew()));
    this.#scope.every(QUALITY_PERIOD_MS, () => this.#tellQuality());
    if (earlier) this.#restorePeers(earlier.peers);
    this.#watchEmptiness();
    this.logger.info({ restored: earlier !== undefined }, 'session opened');
  }

  get isClosed(): boolean {
    return this.#scope.isClosed || this.rules.ended;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Peers that are listed. */
  get peerCount(): number {
    return visibleMembers(this.rules).length;
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
  attach(connection: SignalingConnection, arrival: NewSocket): void {
    const { peerId, tokenHash } = arrival;
    const known = this.#links.get(peerId);
    if (known && known.tokenHash !== tokenHash) throw new PublicError(401, `peer: the id ${peerId} is in use`);
    if (arrival.claims.role === RECORDER_ROLE && !this.stream.isRecorder(tokenHash)) {
      throw new PublicError(401, `role: ${RECORDER_ROLE} is only for processes of a running stream`);
    }
    if (this.#barred.has(tokenHash)) throw new PublicError(403, 'this token was removed from the session');
    const link = known ?? this.#newLink(arrival);
    this.#links.set(peerId, link);
    const replaced = link.connection;
    link.connection = connection;
    replaced?.close({ by: 'self', code: 'replaced' });
    void connection.closed.then((reason) => {
      this.#contain(() => this.#handleDisconnect(link, connection, reason));
    });
    this.#contain(() => this.#welcome(link));
    connection.receive(this.budgets.meterOf(tokenHash), (call) => void handleCall(this, link, connection, call));
  }

  #newLink({ peerId, claims, tokenHash, from }: NewSocket): PeerLink {
    if (this.budgets.isFull(tokenHash)) this.#leaveGhostOf(tokenHash);
    const { room_id: roomId, role } = claims;
    const release = this.budgets.openPeer({ bearer: tokenHash, from, roomId, role });
    return new PeerLink({ peerId, claims, tokenHash, clock: this.#clock, release });
  }

  /** A peer of the token that is away makes room for one that is here. */
  #leaveGhostOf(tokenHash: string): void {
    const ghost = [...this.#links.values()].find((link) => link.tokenHash === tokenHash && !link.connection);
    if (ghost) this.apply(leavePeer(this.rules, ghost.peerId));
  }

  #welcome(link: PeerLink): void {
    this.#watchEmptiness();
    if (this.rules.members.has(link.peerId)) {
      this.apply(resumePeer(this.rules, link.peerId));
      this.#tellOfMovedMedia(link);
      link.media?.repeatOffer();
      // After what was asked for on the socket before: its answers went nowhere.
      if (link.plain) link.queue.push('plain-list', () => link.plain?.tellAll()).catch(() => {});
    } else {
      link.notify({ method: 'on-policy-change', params: policyFor(this.rules, link.claims.role) });
      this.#tellPreview(link, { withRoomInfo: true });
    }
  }

  /** Takes out whoever came with the token: its bearer is gone for good. */
  dismissBearer(tokenHash: string): void {
    for (const link of [...this.#links.values()]) {
      if (link.tokenHash === tokenHash) this.apply(leavePeer(this.rules, link.peerId));
    }
  }

  /** Puts decisions into effect, in order. Never throws: half a decision is the end of the session. */
  apply(effects: Effects): void {
    this.#contain(() => {
      for (const effect of effects) this.#applyOne(effect);
    });
    this.#journal.touch();
  }

  /** For all that comes by itself: media, timers, sockets. A fault of ours ends this session, and no other. */
  #contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * What a session is in after a fault nobody knows: it ends. Its clients lose their sockets, as when a server dies, and
   * come back to a new session of the room; leave requests or `on-error` would make them go away for good.
   */
  #fail(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.logger.error({ error: messageOf(error), stack }, 'a fault ended the session');
    if (this.#scope.isClosed) return;
    this.rules.ended = true;
    for (const { connection } of this.#links.values()) connection?.close({ by: 'failure', code: 'session_failed' });
    this.#onEnded();
    this.close({ by: 'failure', code: 'fault' });
  }

  link(peerId: string): PeerLink | undefined {
    return this.#links.get(peerId);
  }

  /** Stops the stream and takes leave of everyone. `closed` tells when all is released. */
  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  #applyOne(effect: Effect): void {
    switch (effect.type) {
      case 'notify':
        this.#fanOut(effect.to, effect.notification);
        return;
      case 'subscriptionsChanged':
        for (const peerId of effect.peerIds) {
          this.#links.get(peerId)?.media?.setVisible(visibleTracks(this.rules, peerId));
        }
        return;
      case 'closeTrack':
        this.#links.get(effect.peerId)?.media?.closeTrack(effect.trackId);
        return;
      case 'trackMuted':
        this.#links.get(effect.peerId)?.media?.setTrackMuted(effect.trackId, effect.muted);
        return;
      case 'membershipChanged':
        this.#countsChanged();
        this.stream.watchBroadcasters();
        return;
      case 'bearerBarred':
        this.#bar(effect.bearer);
        return;
      case 'peerGone':
        this.#release(effect.peerId);
        return;
      case 'streamChanged':
        for (const link of this.#previews()) this.#tellPreviewOfStream(link);
        this.#watchEmptiness();
        return;
      case 'roomLocked':
        this.#lockRoom();
        return;
      case 'sessionEnded':
        this.#onEnded();
        this.close();
    }
  }

  /** Other peers of the bearer, previews among them, go too. */
  #bar(bearer: string): void {
    this.#barred.add(bearer);
    const links = [...this.#links.values()].filter(({ tokenHash }) => tokenHash === bearer);
    for (const link of links) {
      if (this.rules.members.has(link.peerId)) {
        this.apply(sendAway(this.rules, link.peerId, { reason: 'removed' }));
      } else {
        link.notify({ method: 'on-peer-leave-request', params: { reason: 'removed', room_end: false } });
        this.#release(link.peerId);
      }
    }
  }

  /** Serialized once, however many get it. */
  #fanOut(to: readonly string[], notification: Notification): void {
    let frame: Buffer | undefined;
    const importance = IMPORTANCE.get(notification.method);
    // Looked at once, not for each of those who get a chat message.
    const base = holdsStreamAddress(notification) ? this.#playbackBase() : undefined;
    for (const peerId of to) {
      const connection = this.#links.get(peerId)?.connection;
      if (!connection) continue;
      if (base !== undefined && base !== connection.reachedAt) {
        connection.notify(playableFrom(notification, base, connection.reachedAt));
        continue;
      }
      frame ??= serializeNotification(notification);
      connection.send(frame, importance);
    }
  }

  #tell({ connection }: PeerLink, notification: Notification): void {
    connection?.notify(playableFrom(notification, this.#playbackBase(), connection.reachedAt));
  }

  /** Everyone who may come back to this session in another process. */
  #describePeers(): PeerRecord[] {
    return visibleMembers(this.rules).flatMap((member) => {
      const link = this.#links.get(member.peerId);
      if (!link) return [];
      const { peerId, tokenHash, claims, nodeId, autoVideo } = link;
      const { name, data, joinedAt } = member;
      return [
        { peerId, tokenHash, claims, role: member.role.name, name, data, joinedAt, sfuNodeId: nodeId, autoVideo },
      ];
    });
  }

  #restorePeers(peers: readonly PeerRecord[]): void {
    for (const { peerId, claims, role, name, data, joinedAt, tokenHash, ...known } of peers) {
      const userId = claims.user_id ?? '';
      const request = { peerId, userId, bearer: tokenHash, roleName: role, name, data, joinedAt };
      if (!restorePeer(this.rules, request, this.#clock.now())) continue;
      const release = this.budgets.reopenPeer({ bearer: tokenHash, roomId: claims.room_id, role });
      const link = new PeerLink({ peerId, claims, tokenHash, clock: this.#clock, release });
      link.nodeId = known.sfuNodeId;
      link.autoVideo = known.autoVideo;
      this.#links.set(peerId, link);
    }
    this.#armExpiry();
    this.#journal.touch();
  }

  #handleDisconnect(link: PeerLink, connection: SignalingConnection, reason: CloseReason): void {
    // The late close of a socket that was replaced says nothing about the peer, and after the end nobody has to leave.
    if (link.connection !== connection || this.#scope.isClosed) return;
    link.connection = undefined;
    if (!this.rules.members.has(link.peerId)) {
      this.#release(link.peerId);
    } else if (reason.code === 'flood') {
      this.apply(leavePeer(this.rules, link.peerId));
    } else {
      peerDisconnected(this.rules, link.peerId, this.#clock.now());
      this.#armExpiry();
    }
  }

  #release(peerId: string): void {
    const link = this.#links.get(peerId);
    this.#links.delete(peerId);
    link?.close();
    this.#watchEmptiness();
  }

  #armExpiry(): void {
    this.#cancelExpiry();
    const at = nextExpiryAt(this.rules);
    if (at === undefined) return;
    this.#cancelExpiry = this.#scope.after(Math.max(0, at - this.#clock.now()), () => {
      this.apply(expireAway(this.rules, this.#clock.now()));
      this.#armExpiry();
    });
  }

  #watchEmptiness(): void {
    const empty = this.#links.size === 0 && visibleMembers(this.rules).length === 0 && !this.stream.isRunning;
    if (!empty) {
      this.#cancelEmpty?.();
      this.#cancelEmpty = undefined;
      return;
    }
    this.#cancelEmpty ??= this.#scope.after(EMPTY_MS, () => {
      this.#onEnded();
      this.close();
    });
  }

  #countsChanged(): void {
    if (this.#counts !== 'quiet') {
      this.#counts = 'due';
      return;
    }
    this.#counts = 'sent';
    const params = sessionInfoOf(this.rules);
    const to = [...this.rules.members.values()].filter((member) => !member.hidden).map((member) => member.peerId);
    this.#fanOut(to, { method: 'session-info', params });
    for (const link of this.#previews()) this.#tellPreview(link, { withRoomInfo: false });
    this.#scope.after(Math.max(COUNTS_PERIOD_MS, to.length), () => {
      const due = this.#counts === 'due';
      this.#counts = 'quiet';
      if (due) this.#countsChanged();
    });
  }

  /** Sockets that have not joined. */
  #previews(): PeerLink[] {
    return [...this.#links.values()].filter((link) => !this.rules.members.has(link.peerId));
  }

  /** The room seen from its preview, for roles that may (client protocol, 4.4). Peers are not listed there. */
  #tellPreview(link: PeerLink, options: { readonly withRoomInfo: boolean }): void {
    if (!this.#mayPreview(link)) return;
    const params = sessionInfoOf(this.rules);
    if (options.withRoomInfo) link.notify({ method: 'room-info', params: roomInfoOf(this.rules) });
    const room = roomStateOf(this.rules);
    this.#tell(link, { method: 'room-state', params: { peer_count: params.peer_count, room } });
    link.notify({ method: 'session-info', params });
  }

  #tellPreviewOfStream(link: PeerLink): void {
    if (this.#mayPreview(link)) {
      this.#tell(link, { method: 'on-hls-update', params: hlsUpdateOf(this.rules.stream) });
    }
  }

  #mayPreview(link: PeerLink): boolean {
    const role = this.rules.settings.roles[link.claims.role];
    return role !== undefined && isPermitted(role, 'sendRoomState');
  }

  /** Each is told of those on stage and of itself. */
  #tellQuality(): void {
    const scores = [...this.#links.values()].flatMap((link) => {
      const score = link.media?.hasConnection ? link.media.downlinkScore : -1;
      return score < 0 ? [] : [{ peer_id: link.peerId, downlink_score: score }];
    });
    const onStage = scores.filter(({ peer_id }) => (this.rules.members.get(peer_id)?.tracks.size ?? 0) > 0);
    for (const link of this.#links.values()) {
      if (!link.media?.hasConnection) continue;
      const own = scores.filter((score) => score.peer_id === link.peerId && !onStage.includes(score));
      const peers = [...onStage, ...own];
      if (peers.length > 0) this.#fanOut([link.peerId], { method: 'on-connection-quality-update', params: { peers } });
    }
  }

  /** All media is gone with its worker: the tracks are withdrawn, and clients are made to offer anew. */
  #startMediaAnew(): void {
    for (const member of [...this.rules.members.values()]) {
      this.apply(unpublishTracks(this.rules, member.peerId, [...member.tracks.keys()]));
    }
    for (const link of this.#links.values()) {
      link.media?.reset();
      this.#tellOfMovedMedia(link);
    }
  }

  /** Clients that have not confirmed the present node are told of it, after each reconnect again. */
  #tellOfMovedMedia(link: PeerLink): void {
    const { nodeId } = this.plane;
    if (link.nodeId === undefined || link.nodeId === nodeId) return;
    link.notify({ method: 'node-info', params: { sfu_node_id: nodeId } });
  }

  /** Everyone still here is told to go; their sockets get a moment to close by themselves. The stream is drained. */
  async #end(): Promise<void> {
    const alreadyTold = this.rules.ended;
    this.rules.ended = true;
    const drained = this.stream.close();
    if (this.#links.size > 0) {
      if (!alreadyTold) {
        this.#fanOut([...this.#links.keys()], {
          method: 'on-peer-leave-request',
          params: { reason: 'the session has ended', room_end: true },
        });
      }
      const sockets = [...this.#links.values()].map((link) => link.connection?.closed);
      const farewell = new Promise<void>((resolve) => this.#clock.after(FAREWELL_MS, resolve));
      await Promise.race([farewell, Promise.all(sockets)]);
    }
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    await drained;
    await this.#journal.close();
    this.logger.info({}, 'session ended');
  }
}
