import type { Clock } from '@amphi/base';
import { and, desc, eq, gte, inArray, isNotNull, isNull, lte, notInArray, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { rooms, sessionPeers, sessions } from '../schema.ts';

export type SessionRow = typeof sessions.$inferSelect;
export type SessionPeerRow = typeof sessionPeers.$inferSelect;

export interface SessionWithPeers extends SessionRow {
  readonly appId: string;
  /** In the order of their coming. */
  readonly peers: readonly SessionPeerRow[];
}

export interface SessionPage {
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly active?: boolean | undefined;
  /** Times of the start, both inclusive. */
  readonly after?: Date | undefined;
  readonly before?: Date | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

export interface Joined {
  readonly sessionId: string;
  readonly peerId: string;
  readonly joinedAt: Date;
  readonly userId: string;
  readonly name: string;
  readonly role: string;
}

/** A peer as it is after what happened, which is known by when it came. */
export interface PeerChange extends Pick<Joined, 'sessionId' | 'peerId' | 'joinedAt' | 'name' | 'role'> {
  /** None while it is there. */
  readonly left?: { readonly at: Date; readonly why: string } | undefined;
}

/** What has happened: sessions, and who was in them. */
export class HistoryRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @returns those that were not known */
  async open(rows: readonly Omit<SessionRow, 'endedAt'>[]): Promise<string[]> {
    if (rows.length === 0) return [];
    const added = await this.#db
      .insert(sessions)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: sessions.id });
    return added.map(({ id }) => id);
  }

  async join(rows: readonly Joined[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insert(sessionPeers)
      .values([...rows])
      .onConflictDoNothing();
  }

  /** In one statement; each peer once. */
  async change(peers: readonly PeerChange[]): Promise<void> {
    if (peers.length === 0) return;
    const rows = peers.map(
      ({ sessionId, peerId, joinedAt, name, role, left }) =>
        sql`(${sessionId}, ${peerId}, ${joinedAt.toISOString()}::timestamptz, ${name}, ${role},
          ${left?.at.toISOString() ?? null}::timestamptz, ${left?.why ?? null}::text)`,
    );
    await this.#db.execute(sql`
      update session_peers as p
      set name = v.name, role = v.role, left_at = v.left_at, left_why = v.left_why
      from (values ${sql.join(rows, sql`, `)}) as v (session_id, peer_id, joined_at, name, role, left_at, left_why)
      where p.session_id = v.session_id and p.peer_id = v.peer_id and p.joined_at = v.joined_at`);
  }

  async end(sessionId: string, endedAt: Date): Promise<void> {
    await this.#db
      .update(sessions)
      .set({ endedAt })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.endedAt)));
  }

  /**
   * Sessions of a node that were left open and do not go on. Whoever is still in them has left.
   * @param lastSeenAt when the node last said that it lived. Default: now
   * @returns them, ended then, or when they began if that was later
   */
  async endAbandoned(node: string, goOn: readonly string[], lastSeenAt?: Date): Promise<SessionRow[]> {
    const at = sql`${(lastSeenAt ?? new Date(this.#clock.now())).toISOString()}::timestamptz`;
    const left = [...goOn];
    const ended = await this.#db
      .update(sessions)
      .set({ endedAt: sql`greatest(${sessions.startedAt}, ${at})` })
      .where(
        and(
          eq(sessions.node, node),
          isNull(sessions.endedAt),
          left.length === 0 ? undefined : notInArray(sessions.id, left),
        ),
      )
      .returning();
    if (ended.length > 0) {
      await this.#db
        .update(sessionPeers)
        .set({ leftAt: sql`greatest(${sessionPeers.joinedAt}, ${at})`, leftWhy: 'lost' })
        .where(
          and(
            inArray(
              sessionPeers.sessionId,
              ended.map(({ id }) => id),
            ),
            isNull(sessionPeers.leftAt),
          ),
        );
    }
    return ended;
  }

  async find(sessionId: string): Promise<SessionWithPeers | undefined> {
    const rows = await this.#select().where(eq(sessions.id, sessionId));
    return (await this.#withPeers(rows))[0];
  }

  /** Whose it is, without reading who was in it. */
  async workspaceOf(sessionId: string): Promise<string | undefined> {
    const [row] = await this.#db
      .select({ workspaceId: sessions.workspaceId })
      .from(sessions)
      .where(eq(sessions.id, sessionId));
    return row?.workspaceId;
  }

  /** Newest first. */
  async list(page: SessionPage): Promise<SessionWithPeers[]> {
    const { after, before, active, start } = page;
    const startRow = this.#db
      .select({ startedAt: sessions.startedAt, id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, start ?? ''), eq(sessions.workspaceId, page.workspaceId)));
    const rows = await this.#select()
      .where(
        and(
          // Of a room its own index is the one to read by, and whose it is stands in it.
          page.roomId === undefined
            ? eq(sessions.workspaceId, page.workspaceId)
            : and(eq(sessions.roomId, page.roomId), eq(rooms.workspaceId, page.workspaceId)),
          active === undefined ? undefined : active ? isNull(sessions.endedAt) : isNotNull(sessions.endedAt),
          after && gte(sessions.startedAt, after),
          before && lte(sessions.startedAt, before),
          start === undefined ? undefined : sql`(${sessions.startedAt}, ${sessions.id}) < (${startRow})`,
        ),
      )
      .orderBy(desc(sessions.startedAt), desc(sessions.id))
      .limit(page.limit);
    return this.#withPeers(rows);
  }

  #select() {
    return this.#db
      .select({ session: sessions, appId: rooms.appId })
      .from(sessions)
      .innerJoin(rooms, eq(rooms.id, sessions.roomId));
  }

  async #withPeers(rows: readonly { session: SessionRow; appId: string }[]): Promise<SessionWithPeers[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ session }) => session.id);
    const found = await this.#db
      .select()
      .from(sessionPeers)
      .where(inArray(sessionPeers.sessionId, ids))
      .orderBy(sessionPeers.joinedAt, sessionPeers.peerId);
    const peers = new Map<string, SessionPeerRow[]>(ids.map((id) => [id, []]));
    for (const peer of found) peers.get(peer.sessionId)?.push(peer);
    return rows.map(({ session, appId }) => ({ ...session, appId, peers: peers.get(session.id) ?? [] }));
  }
}
