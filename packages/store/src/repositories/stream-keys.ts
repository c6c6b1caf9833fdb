import { randomBytes } from 'node:crypto';
import type { Clock } from '@amphi/base';
import { and, desc, eq, lte } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { rooms, streamKeys } from '../schema.ts';

export type StreamKey = typeof streamKeys.$inferSelect;

/** Bytes of a key before base64url; 32 characters that can be typed into an encoder. */
const KEY_BYTES = 24;
/** Keys of a room that were switched off and are still told from unknown ones. */
const MAX_DISABLED = 20;

/** Stream keys: each lets one encoder send into one room, and never expires. A room has one that is switched on. */
export class StreamKeyRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Undefined when the room has one already. @throws StoreError `not_found` (room) */
  async create(roomId: string): Promise<StreamKey | undefined> {
    return this.#db.transaction(async (tx) => {
      const [room] = await tx.select({ id: rooms.id }).from(rooms).where(eq(rooms.id, roomId)).for('update');
      if (!room) throw new StoreError('not_found', `room: no room ${roomId}`);
      const known = await tx
        .select({ id: streamKeys.id, enabled: streamKeys.enabled })
        .from(streamKeys)
        .where(eq(streamKeys.roomId, roomId))
        .orderBy(desc(streamKeys.id));
      if (known.some(({ enabled }) => enabled)) return undefined;
      const oldest = known[MAX_DISABLED - 1];
      if (oldest) await tx.delete(streamKeys).where(and(eq(streamKeys.roomId, roomId), lte(streamKeys.id, oldest.id)));
      const now = new Date(this.#clock.now());
      const key = randomBytes(KEY_BYTES).toString('base64url');
      const [row] = await tx
        .insert(streamKeys)
        .values({ id: newObjectId(now.getTime()), key, roomId, enabled: true, createdAt: now, updatedAt: now })
        .returning();
      return row;
    });
  }

  /** The one that is switched on. */
  async activeOf(roomId: string): Promise<StreamKey | undefined> {
    const [row] = await this.#db.select().from(streamKeys).where(isActiveOf(roomId));
    return row;
  }

  /** On or off. */
  async find(key: string): Promise<StreamKey | undefined> {
    const [row] = await this.#db.select().from(streamKeys).where(eq(streamKeys.key, key));
    return row;
  }

  /** For good. @returns the key that was on; undefined when there was none */
  async disable(roomId: string): Promise<StreamKey | undefined> {
    const [row] = await this.#db
      .update(streamKeys)
      .set({ enabled: false, updatedAt: new Date(this.#clock.now()) })
      .where(isActiveOf(roomId))
      .returning();
    return row;
  }
}

function isActiveOf(roomId: string) {
  return and(eq(streamKeys.roomId, roomId), eq(streamKeys.enabled, true));
}
