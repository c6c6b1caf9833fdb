import { randomUUID } from 'node:crypto';
import { type Clock, type Logger, type Millis, Rounds } from '@amphi/base';
import {
  describeDatabaseError,
  isUnstorableValue,
  type Joined,
  type NewAnalyticsEvent,
  type NewDelivery,
  type PeerChange,
  type Repositories,
  type RoomContext,
  type Store,
  type WebhookDelivery,
} from '@amphi/store';
import type { OwnerOf } from '../platform/owner-of.ts';
import type { FactRecorder, RecordedFact } from '../sessions/ports/records.ts';
import type { LinkOf } from '../webhooks/recording-events.ts';
import type { About, WebhookEvent } from '../webhooks/webhook-event.ts';
import { closingOf, envelopeOf, eventsOf } from '../webhooks/webhook-events.ts';
import { analyticsOf } from './analytics-events.ts';
import { Pauses } from './pauses.ts';
import { lostSessionEvent, sessionEventsOf } from './session-events.ts';

/** Facts that are written in one transaction. */
const BATCH = 500;
/** Facts that wait for a database that does not answer. What comes when it is full is lost, and counted in the log. */
const MAX_WAITING = 100_000;
const RETRY_MS: Millis = 1_000;

/** What nodes that are gone left to another. */
export interface TakenOver {
  readonly nodes: number;
  readonly sessions: number;
  readonly deliveries: number;
  /** Ids. */
  readonly replays: readonly string[];
}

/**
 * The one writer of history. Takes facts in their order, and writes what follows from them, sessions, who was in them and
 * what back ends are to be told, in one transaction: nothing is told that is not remembered, and nothing remembered
 * untold. Between a fact and its row lies the time of gathering; what a kill finds in between is lost.
 */
export class FactWriter implements FactRecorder {
  readonly #store: Pick<Store, 'transaction'>;
  readonly #ownerOf: OwnerOf;
  readonly #onDeliveries: (deliveries: readonly WebhookDelivery[]) => void;
  readonly #linkOf: LinkOf;
  readonly #gatherMs: Millis;
  readonly #logger: Logger;
  readonly #waiting: RecordedFact[] = [];
  /** Sessions that have a row. */
  readonly #open = new Set<string>();
  #batch = BATCH;
  #lane: Promise<void> = Promise.resolve();
  #lost = 0;
  readonly #writing = new Rounds(() => this.#write());
  readonly #pauses: Pauses;

  constructor(options: {
    readonly store: Pick<Store, 'transaction'>;
    readonly ownerOf: OwnerOf;
    /** What was written of it, once it is. */
    readonly onDeliveries: (deliveries: readonly WebhookDelivery[]) => void;
    /** By which back ends get a file. */
    readonly linkOf: LinkOf;
    /** Facts are gathered for so long: a transaction costs as much for one as for many. */
    readonly gatherMs: Millis;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#ownerOf = options.ownerOf;
    this.#onDeliveries = options.onDeliveries;
    this.#linkOf = options.linkOf;
    this.#gatherMs = options.gatherMs;
    this.#pauses = new Pauses(options.clock);
    this.#logger = options.logger;
  }

  record(happened: RecordedFact): void {
    // Far too many to keep, and nobody asks for them.
    if (happened.fact.type === 'messageSent') return;
    if (this.#waiting.length >= MAX_WAITING) {
      if (this.#lost++ === 0) this.#logger.error({}, 'the database does not answer: history is being lost');
      return;
    }
    this.#waiting.push(happened);
    void this.#writing.ask();
  }

  /** Ends what earlier processes of this node left open and does not go on. To be called before anything is recorded. */
  async endAbandoned(node: string, goOn: readonly string[]): Promise<void> {
    this.#onDeliveries((await this.#store.transaction((tx) => this.#endAbandoned(tx, node, goOn))).deliveries);
  }

  /**
   * Does what nodes other than `node` that have been silent since `before` cannot do any more: tells what they had to tell,
   * some of it in each transaction, and ends their sessions, at their last sign of life.
   */
  async takeOver(node: string, before: Date): Promise<TakenOver> {
    const all = { nodes: 0, sessions: 0, deliveries: 0, replays: [] as string[] };
    for (let isMore = true; isMore && !this.#pauses.isOver; ) {
      await this.#alone(async () => {
        const deliveries = await this.#store.transaction(async (tx) => {
          const gone = await tx.nodes.lockGone(node, before);
          isMore = gone !== undefined;
          if (!gone) return [];
          const waiting = await tx.webhooks.takeOver(gone.name, node, BATCH);
          all.deliveries += waiting.length;
          if (waiting.length === BATCH) return waiting;
          const ended = await this.#endAbandoned(tx, gone.name, [], gone.seenAt);
          all.sessions += ended.sessions;
          all.replays.push(...(await tx.webhookReplays.takeOver(gone.name, node)));
          await tx.nodes.forget(gone.name);
          all.nodes++;
          return [...waiting, ...ended.deliveries];
        });
        this.#onDeliveries(deliveries);
      });
    }
    return all;
  }

  /** Tells back ends of what others make, in its place among all that they are told. */
  enqueue(make: (tx: Repositories) => Promise<readonly NewDelivery[]>): Promise<void> {
    return this.#alone(async () => {
      this.#onDeliveries(await this.#store.transaction(async (tx) => tx.webhooks.enqueue(await make(tx))));
    });
  }

  async #endAbandoned(
    tx: Repositories,
    node: string,
    goOn: readonly string[],
    lastSeenAt?: Date,
  ): Promise<{ readonly sessions: number; readonly deliveries: readonly WebhookDelivery[] }> {
    const ended = await tx.history.endAbandoned(node, goOn, lastSeenAt);
    await tx.analytics.add(ended.map(lostSessionEvent));
    const rooms = await tx.webhooks.contextsOf([...new Set(ended.map(({ roomId }) => roomId))]);
    const deliveries = await tx.webhooks.enqueue(
      ended.flatMap((session) => {
        const room = rooms.get(session.roomId);
        return room ? this.#deliveryOf(closingOf(session, room), room, session.id) : [];
      }),
    );
    return { sessions: ended.length, deliveries };
  }

  /** Writes what waits, once more if the database fails, and takes nothing any more. */
  async close(): Promise<void> {
    this.#pauses.end();
    await this.#writing.idle();
    if (this.#waiting.length > 0) {
      this.#logger.error({ facts: this.#waiting.length }, 'history could not be written to its end');
    }
  }

  /** One transaction at a time: their deliveries become known in the order of their numbers. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#lane.then(work);
    this.#lane = done.catch(() => {});
    return done;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#pauses.take(this.#gatherMs);
      const facts = this.#waiting.slice(0, this.#batch);
      try {
        await this.#alone(async () => {
          const { opened, ended, deliveries } = await this.#store.transaction((tx) => this.#writeAll(tx, facts));
          this.#waiting.splice(0, facts.length);
          for (const id of opened) this.#open.add(id);
          for (const id of ended) this.#open.delete(id);
          this.#onDeliveries(deliveries);
        });
        this.#batch = BATCH;
        this.#tellLost();
      } catch (error) {
        if (isUnstorableValue(error)) this.#passOver(facts, error);
        else if (this.#pauses.isOver) return;
        else await this.#waitForDatabase(error);
      }
    }
  }

  /** One of them holds what no database takes: they are tried one by one, and that one is left out. */
  #passOver(facts: readonly RecordedFact[], error: unknown): void {
    this.#batch = 1;
    if (facts.length > 1) return;
    this.#waiting.shift();
    this.#logger.error(
      { type: facts[0]?.fact.type, error: describeDatabaseError(error) },
      'a fact could not be stored',
    );
  }

  async #waitForDatabase(error: unknown): Promise<void> {
    this.#logger.warn(
      { error: describeDatabaseError(error), facts: this.#waiting.length },
      'history waits for the database',
    );
    await this.#pauses.take(RETRY_MS);
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#logger.error({ facts: this.#lost }, 'history was lost while the database did not answer');
    this.#lost = 0;
  }

  async #writeAll(
    tx: Repositories,
    facts: readonly RecordedFact[],
  ): Promise<{ opened: readonly string[]; ended: readonly string[]; deliveries: readonly WebhookDelivery[] }> {
    const rooms = await tx.webhooks.contextsOf([...new Set(facts.map(({ roomId }) => roomId))]);
    // Who is refused opens no session, nor do files that are finished after its end.
    const seen = new Map(facts.filter(isOfMembers).map((happened) => [happened.sessionId, happened]));
    const rows = [...seen.values()].flatMap(({ sessionId, roomId, startedAt }) => {
      const room = rooms.get(roomId);
      if (!room || sessionId === '' || this.#open.has(sessionId)) return [];
      const { workspaceId } = room;
      return [{ id: sessionId, workspaceId, roomId, node: this.#ownerOf(roomId), startedAt: new Date(startedAt) }];
    });
    const opened = new Set(await tx.history.open(rows));
    const joins: Joined[] = [];
    const changes = new Map<string, PeerChange>();
    const deliveries: NewDelivery[] = [];
    const events: NewAnalyticsEvent[] = [];
    const ended: { readonly sessionId: string; readonly at: Date }[] = [];
    for (const happened of facts) {
      const { fact, roomId, sessionId, at } = happened;
      const room = rooms.get(roomId);
      if (!room) continue;
      if (fact.type === 'peerJoined') joins.push(joinOf(happened, fact));
      if (fact.type === 'pollStopped') {
        await tx.polls.record({
          pollId: fact.pollId,
          workspaceId: room.workspaceId,
          sessionId,
          startedAt: new Date(fact.startedAt),
          stoppedAt: new Date(at),
          participants: fact.voters,
          answers: fact.answers.map(({ id: _, ...answer }) => ({ ...answer, at: new Date(answer.at) })),
        });
      }
      if (fact.type === 'sessionEnded') ended.push({ sessionId, at: new Date(at) });
      if (fact.type === 'peerLeft' || fact.type === 'roleChanged') {
        // The last that happened to each, which has all that happened to it before.
        changes.set(`${sessionId} ${fact.peerId} ${fact.joinedAt}`, changeOf(happened, fact));
      }
      const isOpening = opened.delete(sessionId);
      const about = room.webhook || fact.type === 'recordingFinished' ? await aboutOf(tx, fact) : {};
      const told = eventsOf(happened, { room, opened: isOpening, about, linkOf: this.#linkOf });
      events.push(...sessionEventsOf(happened, isOpening), ...analyticsOf(happened, room, told));
      for (const event of told) deliveries.push(...this.#deliveryOf(event, room, sessionId));
    }
    await tx.analytics.add(events);
    await tx.history.join(joins);
    await tx.history.change([...changes.values()]);
    for (const { sessionId, at } of ended) await tx.history.end(sessionId, at);
    return {
      opened: rows.map(({ id }) => id),
      ended: ended.map(({ sessionId }) => sessionId),
      deliveries: await tx.webhooks.enqueue(deliveries),
    };
  }

  #deliveryOf(event: WebhookEvent, room: RoomContext, sessionId: string): NewDelivery[] {
    if (!room.webhook) return [];
    const eventId = randomUUID();
    return [
      {
        eventId,
        workspaceId: room.workspaceId,
        roomId: room.roomId,
        sessionId,
        type: event.type,
        node: this.#ownerOf(room.roomId),
        at: new Date(event.at),
        url: room.webhook.url,
        headers: room.webhook.headers,
        body: JSON.stringify(envelopeOf(event, { id: eventId, room })),
      },
    ];
  }
}

/** They open no session: who was refused is in none, and an encoder's end may be told after that of its session. */
const OF_NO_MEMBER: ReadonlySet<RecordedFact['fact']['type']> = new Set([
  'joinRefused',
  'leaveRefused',
  'endRefused',
  'clientFailed',
  'ingestRefused',
  'ingestEnded',
  'trackRecordingFailed',
]);

function isOfMembers({ fact: { type } }: RecordedFact): boolean {
  return !OF_NO_MEMBER.has(type);
}

function changeOf(
  { sessionId, at }: RecordedFact,
  fact: Extract<RecordedFact['fact'], { type: 'peerLeft' | 'roleChanged' }>,
): PeerChange {
  const { peerId, name, role } = fact;
  const left = fact.type === 'peerLeft' ? { at: new Date(at), why: fact.why } : undefined;
  return { sessionId, peerId, joinedAt: new Date(fact.joinedAt), name, role, left };
}

function joinOf({ sessionId }: RecordedFact, fact: Extract<RecordedFact['fact'], { type: 'peerJoined' }>): Joined {
  const { peerId, userId, name, role } = fact;
  return { sessionId, peerId, userId, name, role, joinedAt: new Date(fact.joinedAt) };
}

/** What is told of it beside what the fact itself says. */
async function aboutOf(tx: Repositories, fact: RecordedFact['fact']): Promise<About> {
  switch (fact.type) {
    case 'streamChanged':
      return { stream: await tx.liveStreams.find(fact.streamId) };
    case 'outputChanged':
      return fact.kind === 'hls' ? {} : { beam: await tx.beams.find(fact.jobId) };
    case 'recordingFinished': {
      const { kind, jobId } = fact;
      const assets = await tx.recordingAssets.ofJobs([jobId]);
      if (kind === 'beam') return { beam: await tx.beams.find(jobId), assets };
      return { stream: await tx.liveStreams.find(jobId), assets };
    }
    default:
      return {};
  }
}
