import { randomUUID } from 'node:crypto';
import { type Clock, type Closable, type CloseReason, type Logger, messageOf, Scope } from '@amphi/base';
import { boardRolesOf, PublicError, type Role } from '@amphi/protocol';
import {
  changeRolesOfTemplate,
  createSession,
  type Effects,
  endPolls,
  type Fact,
  factsOfEnd,
  type KeptContent,
  keptRecords,
  policyFor,
  presetPolls,
  type RenamedRole,
  restoreKept,
  resumePeer,
  type Session,
  tendBoard,
  unpublishTracks,
  updateSpeakers,
  visibleMembers,
} from '@amphi/rooms';
import { Attendance } from './attendance.ts';
import { handleCall } from './calls/handle-call.ts';
import { ChatMemory } from './chat-memory.ts';
import { Deadlines } from './deadlines.ts';
import { Deliveries } from './deliveries.ts';
import { FanOut } from './fan-out.ts';
import { MediaPlane } from './media-plane.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { PeerLink } from './peer-link.ts';
import type { EarlierSession, PeerRecord } from './ports/earlier.ts';
import type { NewSocket } from './ports/host.ts';
import type { FactRecorder } from './ports/records.ts';
import type { RoomSettings } from './ports/rooms.ts';
import { Reports } from './reports.ts';
import type { SessionBudgets } from './session-budgets.ts';
import type { SessionDeps } from './session-deps.ts';
import { type ExpectedPeer, type KeptState, SessionJournal } from './session-journal.ts';
import { SessionOutputs } from './session-outputs.ts';
import { SessionQuality } from './session-quality.ts';
import type { Lane } from './turns.ts';

/** Deliveries of one session that may wait when another for many is asked for: some ten seconds of a core. */
const MAX_WAITING = 1_000_000;

/** Refusals of one session that are remembered; whoever knocks on and on is no news. */
const MAX_REFUSALS = 200;

/**
 * One live run of a room on this host: its parts, from the first peer to the last word.
 * Closes when nobody has been there for a while, at `end-room`, with the host, or after a fault of ours.
 */
export class LiveSession implements Closable {
  readonly closed: Promise<CloseReason>;
  readonly rules: Session;
  readonly plane: MediaPlane;
  readonly outputs: SessionOutputs;
  readonly budgets: SessionBudgets;
  readonly quality: SessionQuality;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #scope: Scope;
  readonly #lane: Lane;
  readonly #attendance: Attendance;
  readonly #fanOut: FanOut;
  readonly #reports: Reports;
  readonly #deliveries: Deliveries;
  readonly #journal: SessionJournal;
  readonly #deadlines: Deadlines;
  readonly #facts: FactRecorder;
  readonly #chat: ChatMemory;
  readonly #onEnded: () => void;
  #refusals = 0;
  /** What people read when they are sent away. */
  #whyItEnds = 'the session has ended';

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
    const { chatHistory } = room.template.settings;
    const sessionId = earlier?.id ?? randomUUID();
    const startedAt = earlier?.startedAt ?? deps.clock.now();
    this.clock = deps.clock;
    this.budgets = deps.budgets;
    this.quality = new SessionQuality({
      archive: deps.quality,
      sessionId,
      isHere: (peerId) => this.rules.members.has(peerId),
    });
    this.#facts = deps.facts;
    this.#onEnded = options.onEnded;
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
      maxListed: deps.budgets.listedPeersPerRoom,
      maxMetadataBytes: deps.budgets.metadataBytesPerRoom,
      templateId: room.templateId,
      roles: room.template.roles,
      destinations: room.template.destinations.hlsDestinations,
      boardRoles: boardRolesOf(room.template.plugins),
      chatHistory: chatHistory.enabled ? chatHistory : undefined,
      startedAt,
      newId: randomUUID,
    });
    // One that goes on has kept them, as they are by now.
    if (!earlier) presetPolls(this.rules, room.polls, startedAt);
    this.plane = this.#scope.own(
      new MediaPlane({ sfu: deps.sfu, sessionId, node: deps.node, clock: deps.clock, logger: this.logger }),
    );
    this.#lane = deps.turns.openLane((error) => this.#fail(error));
    this.#attendance = new Attendance({
      rules: this.rules,
      budgets: deps.budgets,
      bounds: deps.budgets.boundsOf(room.size),
      clock: deps.clock,
      timers: this.#scope,
      apply: (effects) => this.apply(effects),
      deliver: (run) => this.deliver(run),
      contain: (run) => this.#contain(run),
      isRecorder: (tokenHash) => this.outputs.programs.isRecorder(tokenHash),
      isBusy: () => this.outputs.isComposed,
      greet: (link) => this.#greet(link),
      call: (link, connection, call) => void handleCall(this, link, connection, call),
      deserted: () => this.#finish(),
    });
    const { links } = this.#attendance;
    this.#fanOut = new FanOut(links, this.#lane);
    this.#reports = new Reports({
      rules: this.rules,
      links,
      fanOut: this.#fanOut,
      timers: this.#scope,
      apply: (effects) => this.apply(effects),
    });
    this.outputs = new SessionOutputs({
      rules: this.rules,
      plane: this.plane,
      isNew: earlier === undefined,
      deps,
      logger: this.logger,
      apply: (effects) => this.apply(effects),
      dismissBearer: (tokenHash) => this.#contain(() => this.#attendance.dismiss(tokenHash)),
      onFault: (error) => this.#fail(error),
    });
    this.#chat = new ChatMemory({
      rules: this.rules,
      archive: deps.chat,
      apply: (effects) => this.apply(effects),
      clock: deps.clock,
      logger: this.logger,
    });
    this.#deadlines = new Deadlines({
      rules: this.rules,
      clock: deps.clock,
      timers: this.#scope,
      apply: (effects) => this.apply(effects),
    });
    this.#deliveries = new Deliveries({
      rules: this.rules,
      lane: this.#lane,
      fanOut: this.#fanOut,
      attendance: this.#attendance,
      outputs: this.outputs,
      reports: this.#reports,
      deadlines: this.#deadlines,
      chat: this.#chat,
      record: (fact) => this.record(fact),
      lockRoom: options.lockRoom,
      end: () => this.#finish(),
    });
    this.#journal = new SessionJournal({
      session: { id: sessionId, roomId: room.id, startedAt },
      records: deps.sessions,
      describe: () => this.#attendance.describe(),
      isWorthIt: () => this.peerCount > 0 || this.outputs.isComposed,
      describeState: () => this.#stateRecords(),
      earlier,
      clock: deps.clock,
      logger: this.logger,
    });
    this.#scope.defer(() => this.#end());
    this.#listenToMedia();
    if (earlier) {
      this.#restore(earlier);
      this.#journal.touch();
    }
    // Ahead of whoever asks; who asks hears of what went wrong.
    this.#chat.recall().catch(() => {});
    this.#deadlines.watchPolls();
    this.#attendance.watchEmptiness();
    this.#deadlines.watchDuration(room.maxDurationS, () => {
      this.#whyItEnds = `maximum duration of ${room.maxDurationS} s reached`;
      this.#finish();
    });
    this.logger.info({ restored: earlier !== undefined }, 'session opened');
  }

  get isClosed(): boolean {
    return this.#scope.isClosed || this.rules.ended;
  }

  /** Peers that are listed. */
  get peerCount(): number {
    return visibleMembers(this.rules).length;
  }

  /** Whether the bearer of the token is here already, with this peer id. */
  knows(peerId: string, tokenHash: string): boolean {
    return this.#attendance.knows(peerId, tokenHash);
  }

  /** @throws PublicError as `Attendance.attach` */
  attach(connection: PeerChannel, arrival: NewSocket): void {
    this.#attendance.attach(connection, arrival);
  }

  /** Puts decisions into effect, in order. Never throws: half a decision is the end of the session. */
  apply(effects: Effects): void {
    this.#deliveries.put(effects);
    this.#deadlines.watchPolls();
    this.#journal.touch();
  }

  expectPeer(peer: PeerRecord): ExpectedPeer {
    return this.#journal.expect(peer);
  }

  /** What was kept of the room's chat is there. @throws PublicError 503 when the database does not answer */
  recallChat(): Promise<void> {
    return this.#chat.recall();
  }

  remember(refusal: Fact): void {
    if (this.#refusals++ < MAX_REFUSALS) this.record(refusal);
  }

  /** Something has happened that no rule decided. */
  record(fact: Fact): void {
    const { sessionId, roomId, startedAt } = this.rules.settings;
    this.#facts.record({ sessionId, roomId, startedAt, at: this.clock.now(), fact });
  }

  /** Runs something after all that peers were told before. */
  deliver(run: () => void): void {
    this.#deliveries.after(run);
  }

  /** @throws PublicError 429 */
  requireDelivered(): void {
    if (this.#lane.weight <= MAX_WAITING) return;
    throw new PublicError(429, 'this room is told too much already; try again in some seconds', {
      retryAfterMs: 2_000,
    });
  }

  /** Brings what a peer is sent in line with what it may be sent now. */
  showMedia(peerId: string): void {
    this.#deliveries.showMedia(peerId);
  }

  /** Tells a client that has connections which node they belong on. */
  tellNode(link: PeerLink): void {
    const { nodeId } = this.plane;
    // The hidden peer takes any word of a node for a move.
    const isKnown = link.plain !== undefined && link.nodeId === nodeId;
    if (link.nodeId === undefined || isKnown) return;
    link.notify({ method: 'node-info', params: { sfu_node_id: nodeId } });
  }

  /** The template's roles are these from now on. */
  changeRoles(roles: Readonly<Record<string, Role>>, renamed?: RenamedRole): void {
    this.#contain(() => this.apply(changeRolesOfTemplate(this.rules, roles, renamed)));
  }

  /** Whoever came by the room code is put out. */
  closeCode(codeId: string): void {
    this.#contain(() => this.#attendance.closeCode(codeId));
  }

  /** Whoever came by a token of this key is put out. */
  closeKey(accessKey: string): void {
    this.#contain(() => this.#attendance.closeKey(accessKey));
  }

  /** Stops the stream and takes leave of everyone. `closed` tells when all is released. */
  close(reason?: CloseReason): void {
    this.#scope.close(reason);
  }

  /** The room may have another from now on. */
  #finish(): void {
    this.#onEnded();
    this.close();
  }

  /** All that is to outlive this process beside the peers. */
  *#stateRecords(): Generator<KeptState> {
    yield* keptRecords(this.rules);
    for (const tokenHash of this.#attendance.barred) {
      const key = JSON.stringify(['barred', tokenHash]);
      yield { key, version: tokenHash, content: () => ({ kind: 'barred', tokenHash }) };
    }
    const { wished } = this.outputs.stream;
    if (Object.keys(wished).length === 0) return;
    yield {
      key: JSON.stringify(['composition']),
      version: wished,
      content: () => ({ kind: 'composition', wished }),
    };
  }

  #restore({ peers, state }: EarlierSession): void {
    const kept: KeptContent[] = [];
    for (const { content } of state) {
      if (content.kind === 'barred') this.#attendance.bar(content.tokenHash);
      else if (content.kind === 'composition') this.outputs.stream.restoreWished(content.wished);
      else kept.push(content);
    }
    restoreKept(this.rules, kept);
    this.#attendance.restore(peers);
    this.apply(tendBoard(this.rules));
    this.#deadlines.watchPolls();
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
    this.#attendance.drop({ by: 'failure', code: 'session_failed' });
    this.#onEnded();
    this.close({ by: 'failure', code: 'fault' });
  }

  /** What a peer finds when its socket opens: where it was, or a preview. */
  #greet(link: PeerLink): void {
    if (!this.rules.members.has(link.peerId)) {
      link.notify({ method: 'on-policy-change', params: policyFor(this.rules, link.claims.role) });
      this.#reports.showPreview(link);
      return;
    }
    this.apply(resumePeer(this.rules, link.peerId, this.clock.now()));
    // Also when it is on that node: the first word of it may be lost with the socket before.
    this.tellNode(link);
    link.media?.repeatOffer();
    // After what was asked for on the socket before: its answers went nowhere.
    if (link.plain) link.queue.push('plain-list', () => link.plain?.tellAll()).catch(() => {});
  }

  #listenToMedia(): void {
    const { events } = this.plane;
    events.on('audioLevels', ({ levels }) => {
      this.#contain(() => this.apply(updateSpeakers(this.rules, levels)));
    });
    events.on('trackUnpublished', ({ peerId, trackId }) => {
      this.#contain(() => this.apply(unpublishTracks(this.rules, peerId, [trackId])));
    });
    events.on('lost', () => this.#contain(() => this.#startMediaAnew()));
  }

  /** All media is gone with its worker: the tracks are withdrawn, and clients are made to offer anew. */
  #startMediaAnew(): void {
    for (const member of [...this.rules.members.values()]) {
      this.apply(unpublishTracks(this.rules, member.peerId, [...member.tracks.keys()]));
    }
    for (const link of this.#attendance.links.values()) {
      link.media?.reset();
      this.tellNode(link);
    }
  }

  /** Everyone still here is told to go, the stream is drained. */
  async #end(): Promise<void> {
    const alreadyTold = this.rules.ended;
    this.rules.ended = true;
    this.#contain(() => this.apply([...endPolls(this.rules, this.clock.now()), ...factsOfEnd(this.rules)]));
    const drained = this.outputs.close();
    if (!alreadyTold) {
      this.#fanOut.send([...this.#attendance.links.keys()], {
        method: 'on-peer-leave-request',
        params: { reason: this.#whyItEnds, room_end: true },
      });
    }
    await this.#attendance.close();
    this.#lane.close();
    await drained;
    await this.outputs.closed();
    await this.#journal.close();
    this.logger.info({}, 'session ended');
  }
}
