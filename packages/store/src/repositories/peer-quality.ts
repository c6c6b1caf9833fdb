import type { Clock, Millis } from '@amphi/base';
import { and, asc, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { peerQuality } from '../schema.ts';

/** What a peer has reported of its media; opaque here. */
export type PeerQualityRow = typeof peerQuality.$inferSelect;

const KEPT_MS: Millis = 14 * 86_400_000;
/** Reports of one peer in one session: two a minute for half a day. */
const MAX_ROWS = 1_500;

/** How media of peers have fared, for two weeks. */
export class PeerQualityRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Nothing happens for one that is known. */
  async add(rows: readonly PeerQualityRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insert(peerQuality)
      .values([...rows])
      .onConflictDoNothing();
  }

  /** Oldest first, of those that are not too old. */
  async of(sessionId: string, peerId: string): Promise<PeerQualityRow[]> {
    return this.#db
      .select()
      .from(peerQuality)
      .where(
        and(
          eq(peerQuality.sessionId, sessionId),
          eq(peerQuality.peerId, peerId),
          gt(peerQuality.at, new Date(this.#clock.now() - KEPT_MS)),
        ),
      )
      .orderBy(asc(peerQuality.at), asc(peerQuality.id))
      .limit(MAX_ROWS);
  }

  async purge(): Promise<void> {
    await this.#db.delete(peerQuality).where(lte(peerQuality.at, new Date(this.#clock.now() - KEPT_MS)));
  }
}
