import { type Clock, messageOf, systemClock } from '@amphi/base';
import {
  type ClientTokenClaims,
  type Composition,
  type CompositionWish,
  type LiveStreamObject,
  levelOf,
  PublicError,
  RECORDER_ROLE,
  type TimedMetadataBody,
} from '@amphi/protocol';
import { type Fact, isRoleOfTemplate, isRunning, type RecordingKind, visibleMembers } from '@amphi/rooms';
import type { WebSocket } from 'ws';
import { HeldBack } from '../budgets/held-back.ts';
import type { Limits } from '../settings/limits.ts';
import { SignalingConnection } from '../signaling/connection.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from '../signaling/limits.ts';
import { NO_PAGES, type WebPages } from '../web-pages/web-pages.ts';
import { activeRoomOf } from './active-room.ts';
import { LiveSession } from './live-session.ts';
import { logRecorder } from './log-recorder.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { EarlierSession } from './ports/earlier.ts';
import type {
  ActiveRoom,
  ActiveSession,
  BeamStart,
  Census,
  ClosedCode,
  LiveStreamRequest,
  NewSocket,
  PeerCredentials,
  ReportedFailure,
  Seat,
  SessionHost,
  SocketRequest,
  TemplateChange,
} from './ports/host.ts';
import type { FactRecorder } from './ports/records.ts';
import type { RoomSettings } from './ports/rooms.ts';
import { toPublicError } from './public-errors.ts';
import { SessionBudgets } from './session-budgets.ts';
import type { SharedDeps } from './session-deps.ts';
import { hashToken } from './token-hash.ts';
import { Turns } from './turns.ts';
import { unexpired } from './verified-token.ts';

export interface SessionHostDeps extends SharedDeps {
  /** Default: none is opened. */
  readonly pages?: WebPages;
  readonly limits: Limits;
  /** Default: the log, at `debug`. */
  readonly facts?: FactRecorder;
  /** A socket was not let in. */
  readonly onRefused?: (error: PublicError) => void;
  /** Default: made here. */
  readonly turns?: Turns;
  readonly connections?: Partial<ConnectionLimits>;
  readonly clock?: Clock;
}

/** What a peer id may look like; public clients send a UUID. */
const PEER_ID = /^[A-Za-z0-9_-]{8,64}$/;

const MAX_USER_AGENT = 500;

/** Peer ids are keys of objects in other people's programs, so names that every object has are none. */
function isPeerId(text: string): boolean {
  return PEER_ID.test(text) && !(text in Object.prototype);
}

/** The sessions of this process. The SFU and the egress jobs stay with whoever created them. */
export function createSessionHost(deps: SessionHostDeps): SessionHost {
  return new Host(deps);
}

class Host implements SessionHost {
  readonly #deps: SessionHostDeps;
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #budgets: SessionBudgets;
  readonly #heldBack: HeldBack;
  readonly #turns: Turns;
  readonly #facts: FactRecorder;
  readonly #sessions = new Map<string, LiveSession>();
  /** Rooms whose lock is being written; nobody is let in meanwhile. */
  readonly #locking = new Map<string, Promise<void>>();
  readonly #ending = new Set<LiveSession>();
  readonly #connections = new Set<SignalingConnection>();
  #closing = false;
  #templates = Promise.resolve();

  constructor(deps: SessionHostDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    const maxUnsentBytes = deps.limits.unsentBytesPerPeer;
    this.#limits = { ...DEFAULT_CONNECTION_LIMITS, maxUnsentBytes, ...deps.connections };
    this.#budgets = new SessionBudgets({ limits: deps.limits, clock: this.#clock });
    this.#heldBack = new HeldBack({ delayMs: deps.limits.refusalDelayMs, clock: this.#clock });
    this.#turns = deps.turns ?? new Turns();
    this.#facts = deps.facts ?? logRecorder(deps.logger);
  }

  handleSocket(socket: WebSocket, { wire, query, reachedAt, from }: SocketRequest): void {
    const { logger } = this.#deps;
    const limits = this.#limits;
    const connection = new SignalingConnection({ socket, wire, reachedAt, limits, clock: this.#clock, logger });
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    this.#admit(connection, query, from).catch((error: unknown) => {
      const told = toPublicError(error);
      this.#deps.onRefused?.(told);
      if (told.code >= 500) logger.error({ error: messageOf(error) }, 'could not admit a socket');
      if (told.code !== 429) return connection.fail(told);
      return this.#heldBack.hold(from).then(() => connection.fail(told));
    });
  }

  async admit(channel: PeerChannel, arrival: NewSocket): Promise<Seat> {
    this.#budgets.requireLetIn(arrival.tokenHash);
    const session = this.#sessionOf(await this.#admissible(arrival.claims));
    session.attach(channel, arrival);
    return {
      record: (fact) => session.record(fact),
      goLive: () => goLive(session),
      watch: (offer) => session.outputs.stream.audience.open(offer),
    };
  }

  recordFor(roomId: string, fact: Fact): void {
    const at = this.#clock.now();
    this.#facts.record({ sessionId: '', roomId, startedAt: at, at, fact });
  }

  async checkAdmission(claims: ClientTokenClaims): Promise<void> {
    await this.#admissible(claims);
  }

  knowsPeer({ roomId, peerId, token }: PeerCredentials): boolean {
    const session = this.#sessions.get(roomId);
    return session !== undefined && !session.isClosed && session.knows(peerId, hashToken(token));
  }

  async startLiveStream({ roomId, ...request }: LiveStreamRequest): Promise<LiveStreamObject> {
    return this.#activeSession(roomId).outputs.stream.start(request);
  }

  async stopLiveStreams({ roomId }: Pick<LiveStreamRequest, 'roomId'>): Promise<readonly LiveStreamObject[]> {
    const stopped = await this.#activeSession(roomId).outputs.stream.stop({});
    return stopped ? [stopped] : [];
  }

  async startBeam(roomId: string, request: BeamStart): Promise<string> {
    return this.#activeSession(roomId).outputs.beam.start(request);
  }

  async stopBeam(roomId: string): Promise<string | undefined> {
    return this.#activeSession(roomId).outputs.beam.stop({});
  }

  async setRecordingPaused(request: {
    readonly roomId: string;
    readonly kind: RecordingKind;
    readonly isPaused: boolean;
  }): Promise<void> {
    await this.#activeSession(request.roomId).outputs.recorded(request.kind).setPaused(request.isPaused, {});
  }

  recomposeLiveStream(request: { readonly roomId: string; readonly change: CompositionWish }): Composition | undefined {
    const stream = this.#sessions.get(request.roomId)?.outputs.stream;
    return stream?.isRunning ? stream.recompose(request.change, {}) : undefined;
  }

  recomposeLiveStreams(request: {
    readonly templateId: string;
    readonly destination: string;
    readonly change: CompositionWish;
  }): void {
    for (const { rules, outputs } of this.#sessions.values()) {
      const runsBy = isRunning(rules.stream) ? rules.stream.destination : undefined;
      if (rules.settings.templateId !== request.templateId || runsBy !== request.destination) continue;
      outputs.stream.recompose(request.change, {});
    }
  }

  async sendTimedMetadata(request: { readonly roomId: string; readonly message: TimedMetadataBody }): Promise<void> {
    await this.#activeSession(request.roomId).outputs.stream.sendTimedMetadata([request.message], {});
  }

  endSession(roomId: string): void {
    const session = this.#sessions.get(roomId);
    if (session) this.#end(session);
  }

  closeCode({ roomId, codeId }: ClosedCode): void {
    this.#sessions.get(roomId)?.closeCode(codeId);
  }

  closeKey(accessKey: string): void {
    for (const session of [...this.#sessions.values()]) session.closeKey(accessKey);
  }

  templateChanged(change: TemplateChange): Promise<void> {
    // One after the other: of two changes the later one is read last.
    this.#templates = this.#templates.then(() => this.#followTemplate(change));
    return this.#templates;
  }

  activeRoom(roomId: string): ActiveRoom {
    const session = this.#sessions.get(roomId);
    if (!session || session.isClosed || session.peerCount === 0) throw new PublicError(404, 'session not found');
    return activeRoomOf(session);
  }

  endRoom(roomId: string, options: { readonly lock: boolean; readonly reason: string }): void {
    try {
      this.activeRoom(roomId).end(options);
    } catch (error) {
      this.recordFor(roomId, { type: 'endRefused', ...options });
      throw error;
    }
  }

  clientFailed({ roomId, sessionId, peer, failure }: ReportedFailure): void {
    if (!this.#budgets.takesReport(roomId)) return;
    const running = this.#sessions.get(roomId)?.rules.settings;
    const at = this.#clock.now();
    // Which session it was is the client's word; that of another room, or one of long ago, is not believed.
    const of = running?.sessionId === sessionId ? running : { sessionId: '', startedAt: at };
    const fact: Fact = { type: 'clientFailed', ...peer, failure };
    this.#facts.record({ sessionId: of.sessionId, roomId, startedAt: of.startedAt, at, fact });
  }

  activeSession(roomId: string): ActiveSession | undefined {
    const session = this.#sessions.get(roomId);
    if (!session || session.peerCount === 0) return undefined;
    return { sessionId: session.rules.settings.sessionId, peerCount: session.peerCount };
  }

  census(): Census {
    const peers = { stage: 0, webinar: 0, stream: 0 };
    const composed = { live_stream: 0, beam: 0 };
    let players = 0;
    const running = [...this.#sessions.values()].filter(({ peerCount }) => peerCount > 0);
    for (const { rules, outputs } of running) {
      for (const { role } of visibleMembers(rules)) peers[levelOf(role)]++;
      if (outputs.stream.isRunning) composed.live_stream++;
      if (outputs.beam.isRunning) composed.beam++;
      players += outputs.stream.audience.size;
    }
    return { sessions: running.length, peers, outputs: composed, players };
  }

  restore(sessions: readonly EarlierSession[]): () => void {
    const restored = sessions.map((earlier) => ({ earlier, session: this.#open(earlier.room, earlier) }));
    return () => {
      for (const { earlier, session } of restored) {
        if (earlier.stream) session.outputs.stream.resume(earlier.stream);
        if (earlier.beam) session.outputs.beam.resume(earlier.beam);
        if (earlier.tracks) session.outputs.tracks.resume(earlier.tracks);
      }
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const session of [...this.#sessions.values()]) this.#end(session);
    await Promise.all([...this.#ending].map((session) => session.closed));
    await Promise.all(
      [...this.#connections].map((connection) => {
        connection.close();
        return connection.closed;
      }),
    );
  }

  /** @throws PublicError 404 */
  #activeSession(roomId: string): LiveSession {
    const session = this.#sessions.get(roomId);
    if (!session || (session.peerCount === 0 && !session.outputs.isComposed)) {
      throw new PublicError(404, `no session runs in room ${roomId}`);
    }
    return session;
  }

  async #admit(connection: SignalingConnection, query: URLSearchParams, from: string): Promise<void> {
    const peerId = query.get('peer') ?? '';
    const token = query.get('token') ?? '';
    const userAgent = (query.get('user_agent_v2') ?? '').slice(0, MAX_USER_AGENT);
    if (!isPeerId(peerId)) throw new PublicError(400, 'peer: 8 to 64 letters, digits, "-" and "_"');
    if (token === '') throw new PublicError(401, 'token: missing');
    const tokenHash = hashToken(token);
    this.#budgets.requireLetIn(tokenHash);
    const verified = await this.#deps.tokens.verify(token, from);
    const { claims } = verified;
    const known = this.#sessions.get(claims.room_id);
    if (known && !known.isClosed && known.knows(peerId, tokenHash)) {
      this.#attach(known, connection, { peerId, claims, tokenHash, from, userAgent });
      return;
    }
    const room = await this.#admissible(unexpired(verified));
    this.#attach(this.#sessionOf(room), connection, { peerId, claims, tokenHash, from, userAgent });
  }

  #attach(session: LiveSession, connection: SignalingConnection, arrival: NewSocket): void {
    // The socket may have closed while its token was verified.
    if (!connection.isClosed) session.attach(connection, arrival);
  }

  async #admissible(claims: ClientTokenClaims): Promise<RoomSettings> {
    if (this.#closing) throw new PublicError(503, 'the server is shutting down');
    await this.#locking.get(claims.room_id);
    const room = await this.#deps.rooms.findRoom(claims.room_id);
    if (!room) throw new PublicError(403, `room_id: no room ${claims.room_id}`);
    if (!room.enabled) throw new PublicError(403, 'the room is disabled');
    if (claims.role !== RECORDER_ROLE && !this.#hasRole(room, claims.role)) {
      throw new PublicError(403, `role: "${claims.role}" is not a role of this room's template`);
    }
    if (claims.code_id !== undefined && !(await this.#deps.rooms.isCodeEnabled(claims.code_id))) {
      throw new PublicError(403, 'the room code of this token is disabled');
    }
    return room;
  }

  #hasRole(room: RoomSettings, roleName: string): boolean {
    const session = this.#sessions.get(room.id);
    return session ? isRoleOfTemplate(session.rules, roleName) : Object.hasOwn(room.template.roles, roleName);
  }

  async #followTemplate({ templateId, renamed }: TemplateChange): Promise<void> {
    for (const session of [...this.#sessions.values()]) {
      const { roomId, templateId: ofSession } = session.rules.settings;
      if (ofSession !== templateId || session.isClosed) continue;
      try {
        const room = await this.#deps.rooms.findRoom(roomId);
        if (room && !session.isClosed) session.changeRoles(room.template.roles, renamed);
      } catch (error) {
        this.#deps.logger.error({ roomId, error: messageOf(error) }, 'a session could not follow its template');
      }
    }
  }

  /** The session of the room, opened for its first socket. */
  #sessionOf(room: RoomSettings): LiveSession {
    if (this.#closing) throw new PublicError(503, 'the server is shutting down');
    return this.#sessions.get(room.id) ?? this.#open(room);
  }

  #open(room: RoomSettings, earlier?: EarlierSession): LiveSession {
    const session: LiveSession = new LiveSession({
      room,
      earlier,
      deps: {
        ...this.#deps,
        pages: this.#deps.pages ?? NO_PAGES,
        budgets: this.#budgets,
        turns: this.#turns,
        facts: this.#facts,
        clock: this.#clock,
      },
      onEnded: () => this.#end(session),
      lockRoom: () => this.#lock(room.id),
    });
    this.#sessions.set(room.id, session);
    return session;
  }

  #end(session: LiveSession): void {
    const { roomId } = session.rules.settings;
    if (this.#sessions.get(roomId) === session) this.#sessions.delete(roomId);
    if (this.#ending.has(session)) return;
    this.#ending.add(session);
    session.close();
    void session.closed.then(() => this.#ending.delete(session));
  }

  #lock(roomId: string): void {
    const written = this.#deps.rooms.disableRoom(roomId).then(
      () => {},
      (error: unknown) => this.#deps.logger.error({ roomId, error: messageOf(error) }, 'could not lock the room'),
    );
    this.#locking.set(roomId, written);
    void written.then(() => this.#locking.delete(roomId));
  }
}

/** @returns id of the stream that runs; empty when it may not be started */
async function goLive({ rules, outputs }: LiveSession): Promise<string> {
  if (!isRunning(rules.stream)) {
    try {
      return (await outputs.stream.start({})).id;
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
    }
  }
  return isRunning(rules.stream) ? rules.stream.streamId : '';
}
