import type { Clock } from '@amphi/base';
import { and, asc, eq, gte, lt, ne, notExists } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { liveSessions, nodes } from '../schema.ts';

export type NodeRow = typeof nodes.$inferSelect;

/** Who of the servers that share the database lives. */
export class NodeRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The node says that it lives. Waits for who is taking it over just now. */
  async markSeen(name: string): Promise<void> {
    const seenAt = new Date(this.#clock.now());
    await this.#db.insert(nodes).values({ name, seenAt }).onConflictDoUpdate({ target: nodes.name, set: { seenAt } });
  }

  /**
   * A node other than `self` that said nothing since `before`, the longest silent first. Until the transaction is over it
   * is nobody else's, and it cannot come back; those that another server has in hand are passed over.
   */
  async lockGone(self: string, before: Date): Promise<NodeRow | undefined> {
    // Servers of a version without this table say it of their sessions alone.
    const livesOtherwise = this.#db
      .select({ id: liveSessions.id })
      .from(liveSessions)
      .where(and(eq(liveSessions.node, nodes.name), gte(liveSessions.seenAt, before)));
    const [row] = await this.#db
      .select()
      .from(nodes)
      .where(and(ne(nodes.name, self), lt(nodes.seenAt, before), notExists(livesOtherwise)))
      .orderBy(asc(nodes.seenAt))
      .limit(1)
      .for('update', { skipLocked: true });
    return row;
  }

  /** Nothing happens for one that is unknown. */
  async forget(name: string): Promise<void> {
    await this.#db.delete(nodes).where(eq(nodes.name, name));
  }
}
