import type { Clock } from '@amphi/base';
import type { ClientTokenClaims } from '@amphi/protocol';
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { livePeers, liveSessions, liveState } from '../schema.ts';

export type LiveSessionRow = typeof liveSessions.$inferSelect;

/** A peer as a server needs it to let it go on. */
export interface LivePeer {
  readonly peerId: string;
  readonly tokenHash: string;
  readonly claims: ClientTokenClaims;
  readonly role: string;
  readonly name: string;
  readonly data: string;
  readonly joinedAt: Date;
  readonly sfuNodeId: string | null;
  readonly autoVideo: boolean;
  readonly groups: readonly string[];
  readonly handRaisedAt: Date | null;
  readonly listens: readonly string[];
}

/** A part of what a session keeps beside its peers. */
export interface LiveStateRecord {
  readonly key: string;
  readonly content: unknown;
}

export interface LiveSessionWithPeers extends LiveSessionRow {
  readonly peers: readonly LivePeer[];
  readonly state: readonly LiveStateRecord[];
}

/** Sessions that run on each node, with who is in them. */
export class SessionRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Nothing happens for one that is known. */
  async open(session: {
    readonly id: string;
    readonly node: string;
    readonly roomId: string;
    readonly startedAt: Date;
  }): Promise<void> {
    await this.#db
      .insert(liveSessions)
      .values({ ...session, seenAt: this.#now() })
      .onConflictDoNothing();
  }

  /** Nothing happens for one that is unknown. */
  async close(sessionId: string): Promise<void> {
    await this.#db.delete(liveSessions).where(eq(liveSessions.id, sessionId));
  }

  /** Adds peers, or changes those that are known, in one statement. */
  async savePeers(sessionId: string, peers: readonly LivePeer[]): Promise<void> {
    if (peers.length === 0) return;
    await this.#db
      .insert(livePeers)
      .values(peers.map((peer) => ({ ...peer, sessionId })))
      .onConflictDoUpdate({
        target: [livePeers.sessionId, livePeers.peerId],
        set: {
          tokenHash: sql`excluded.token_hash`,
          claims: sql`excluded.claims`,
          role: sql`excluded.role`,
          name: sql`excluded.name`,
          data: sql`excluded.data`,
          joinedAt: sql`excluded.joined_at`,
          sfuNodeId: sql`excluded.sfu_node_id`,
          autoVideo: sql`excluded.auto_video`,
          groups: sql`excluded.groups`,
          handRaisedAt: sql`excluded.hand_raised_at`,
          listens: sql`excluded.listens`,
        },
      });
  }

  async removePeers(sessionId: string, peerIds: readonly string[]): Promise<void> {
    if (peerIds.length === 0) return;
    await this.#db
      .delete(livePeers)
      .where(and(eq(livePeers.sessionId, sessionId), inArray(livePeers.peerId, [...peerIds])));
  }

  /** Adds records, or changes those that are known, in one statement. */
  async saveState(sessionId: string, records: readonly LiveStateRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#db
      .insert(liveState)
      .values(records.map((record) => ({ ...record, sessionId })))
      .onConflictDoUpdate({
        target: [liveState.sessionId, liveState.key],
        set: { content: sql`excluded.content` },
      });
  }

  async removeState(sessionId: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#db.delete(liveState).where(and(eq(liveState.sessionId, sessionId), inArray(liveState.key, [...keys])));
  }

  /** The node says that its sessions live. */
  async markSeen(node: string): Promise<void> {
    await this.#db.update(liveSessions).set({ seenAt: this.#now() }).where(eq(liveSessions.node, node));
  }

  async ofNode(node: string): Promise<LiveSessionWithPeers[]> {
    const sessions = await this.#db.select().from(liveSessions).where(eq(liveSessions.node, node));
    if (sessions.length === 0) return [];
    const ids = sessions.map(({ id }) => id);
    const rows = await this.#db
      .select()
      .from(livePeers)
      .where(inArray(livePeers.sessionId, ids))
      .orderBy(livePeers.joinedAt, livePeers.peerId);
    const peers = new Map<string, LivePeer[]>(ids.map((id) => [id, []]));
    for (const { sessionId, ...peer } of rows) peers.get(sessionId)?.push(peer);
    const kept = await this.#db.select().from(liveState).where(inArray(liveState.sessionId, ids));
    const state = new Map<string, LiveStateRecord[]>(ids.map((id) => [id, []]));
    for (const { sessionId, ...record } of kept) state.get(sessionId)?.push(record);
    return sessions.map((session) => ({
      ...session,
      peers: peers.get(session.id) ?? [],
      state: state.get(session.id) ?? [],
    }));
  }

  /** Forgets sessions, of whichever node, that nothing was heard of since `before`. */
  async forgetUnseen(before: Date): Promise<void> {
    await this.#db.delete(liveSessions).where(lt(liveSessions.seenAt, before));
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
