import type { Clock } from '@amphi/base';
import { and, count, desc, eq, getTableColumns, lt, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { newObjectId } from '../object-id.ts';
import { rooms, sessionFeedback, sessionPeers, sessions } from '../schema.ts';

export type SessionFeedback = typeof sessionFeedback.$inferSelect;

/** What somebody says of a session: `minRating` < `maxRating`, and `rating` within them. */
export type Rating = Pick<SessionFeedback, 'question' | 'rating' | 'minRating' | 'maxRating' | 'reasons' | 'comment'>;

export interface FeedbackFilter {
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
}

/** How people found the sessions that they had been in. */
export class FeedbackRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * The first that a peer says counts; nothing happens for what comes after it.
   * @returns whether this person was in the session, as this peer
   */
  async give(
    by: { readonly roomId: string; readonly sessionId: string; readonly peerId: string; readonly userId: string },
    rating: Rating,
  ): Promise<boolean> {
    const [peer] = await this.#db
      .select({ workspaceId: sessions.workspaceId, name: sessionPeers.name, role: sessionPeers.role })
      .from(sessionPeers)
      .innerJoin(sessions, eq(sessions.id, sessionPeers.sessionId))
      .where(
        and(
          eq(sessionPeers.sessionId, by.sessionId),
          eq(sessionPeers.peerId, by.peerId),
          eq(sessionPeers.userId, by.userId),
          eq(sessions.roomId, by.roomId),
        ),
      )
      .orderBy(desc(sessionPeers.joinedAt))
      .limit(1);
    if (!peer) return false;
    const now = this.#clock.now();
    await this.#db
      .insert(sessionFeedback)
      .values({ ...by, ...peer, ...rating, id: newObjectId(now), at: new Date(now) })
      .onConflictDoNothing();
    return true;
  }

  /**
   * Newest first.
   * @param page.start id of the last of the page before
   * @returns `total`: of all pages
   */
  async list(
    filter: FeedbackFilter,
    page: { readonly limit: number; readonly start?: string | undefined },
  ): Promise<{ readonly rows: (SessionFeedback & { readonly templateId: string })[]; readonly total: number }> {
    const all = matching(filter);
    const rows = await this.#db
      .select({ ...getTableColumns(sessionFeedback), templateId: rooms.templateId })
      .from(sessionFeedback)
      .innerJoin(rooms, eq(rooms.id, sessionFeedback.roomId))
      .where(and(all, page.start === undefined ? undefined : lt(sessionFeedback.id, page.start)))
      .orderBy(desc(sessionFeedback.id))
      .limit(page.limit);
    const [total] = await this.#db.select({ value: count() }).from(sessionFeedback).where(all);
    return { rows, total: total?.value ?? 0 };
  }

  /** @returns `average`: 0 to 1, whatever the scales that were asked with; undefined without ratings */
  async summary(sessionId: string): Promise<{ readonly count: number; readonly average: number | undefined }> {
    const { rating, minRating, maxRating } = sessionFeedback;
    const [row] = await this.#db
      .select({
        count: count(),
        average: sql<number | null>`avg((${rating} - ${minRating})::float8 / (${maxRating} - ${minRating}))`,
      })
      .from(sessionFeedback)
      .where(eq(sessionFeedback.sessionId, sessionId));
    return { count: row?.count ?? 0, average: row?.average ?? undefined };
  }
}

function matching({ workspaceId, roomId, sessionId, userId }: FeedbackFilter) {
  const column = sessionFeedback;
  return and(
    eq(column.workspaceId, workspaceId),
    roomId === undefined ? undefined : eq(column.roomId, roomId),
    sessionId === undefined ? undefined : eq(column.sessionId, sessionId),
    userId === undefined ? undefined : eq(column.userId, userId),
  );
}
