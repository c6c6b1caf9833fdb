import type { Clock } from '@amphi/base';
import { and, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { chatMessages, rooms } from '../schema.ts';

/** A message of a chat; what it says is opaque here. */
export type ChatMessageRow = typeof chatMessages.$inferSelect;

/** Chats of rooms whose templates want them to be kept. */
export class ChatMessageRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Nothing happens for one that is known. */
  async add(rows: readonly ChatMessageRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insert(chatMessages)
      .values([...rows])
      .onConflictDoNothing();
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#db.delete(chatMessages).where(inArray(chatMessages.id, [...ids]));
  }

  /** The newest of a room, or of one of its sessions, that are not too old; oldest first. */
  async newest(of: {
    readonly roomId: string;
    readonly sessionId?: string | undefined;
    readonly limit: number;
  }): Promise<ChatMessageRow[]> {
    const rows = await this.#db
      .select()
      .from(chatMessages)
      .where(
        and(
          eq(chatMessages.roomId, of.roomId),
          gt(chatMessages.expiresAt, this.#now()),
          of.sessionId === undefined ? undefined : eq(chatMessages.sessionId, of.sessionId),
        ),
      )
      .orderBy(desc(chatMessages.position))
      .limit(of.limit);
    return rows.reverse();
  }

  /** A role of a template has another name: what was for its holders stays so. */
  async renameRole(templateId: string, from: string, to: string): Promise<void> {
    const ofTemplate = this.#db.select({ id: rooms.id }).from(rooms).where(eq(rooms.templateId, templateId));
    await this.#db
      .update(chatMessages)
      .set({ roles: sql`array_replace(${chatMessages.roles}, ${from}, ${to})` })
      .where(and(inArray(chatMessages.roomId, ofTemplate), sql`${from} = any(${chatMessages.roles})`));
  }

  async purge(): Promise<void> {
    await this.#db.delete(chatMessages).where(lte(chatMessages.expiresAt, this.#now()));
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
