import { randomInt } from 'node:crypto';
import { assert, type Clock } from '@amphi/base';
import { and, count, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { StoreError } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { roomCodes, rooms } from '../schema.ts';

export type RoomCode = typeof roomCodes.$inferSelect;

/** REST v2's limit. */
export const MAX_CODES_PER_ROOM = 100;

/** A code that exists already is drawn about once in 10^14 ÷ codes; more than a few draws means a broken generator. */
const MAX_DRAWS = 5;

export interface RoomCodePage {
  readonly roomId: string;
  readonly role?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

/** Room codes: each stands for one room and one role, and never expires. */
export class RoomCodeRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  /**
   * One enabled code for each role: the newest it has, else a new one. Codes of roles not named are disabled.
   * @returns in the order of `roles`
   * @throws StoreError `not_found` (room), `too_many_codes`
   */
  async ensureForRoles(roomId: string, roles: readonly string[]): Promise<RoomCode[]> {
    const ensuring = this.#db.transaction(async (tx) => {
      await lockRoom(tx, roomId);
      const now = this.#now();
      const existing = await tx
        .select()
        .from(roomCodes)
        .where(and(eq(roomCodes.roomId, roomId), eq(roomCodes.enabled, true)))
        .orderBy(desc(roomCodes.id));
      const orphans = existing.filter((code) => !roles.includes(code.role)).map((code) => code.code);
      if (orphans.length > 0) {
        await tx.update(roomCodes).set({ enabled: false, updatedAt: now }).where(inArray(roomCodes.code, orphans));
      }
      const codes: RoomCode[] = [];
      for (const role of roles) {
        codes.push(existing.find((code) => code.role === role) ?? (await insert(tx, { roomId, role, now })));
      }
      return codes;
    });
    return this.#dropping(ensuring);
  }

  /** Another code for the role. @throws StoreError `not_found` (room), `too_many_codes` */
  async create(roomId: string, role: string): Promise<RoomCode> {
    return this.#db.transaction(async (tx) => {
      await lockRoom(tx, roomId);
      return insert(tx, { roomId, role, now: this.#now() });
    });
  }

  async find(code: string): Promise<RoomCode | undefined> {
    const [row] = await this.#db.select().from(roomCodes).where(eq(roomCodes.code, code));
    return row;
  }

  /** Newest first. */
  async list(page: RoomCodePage): Promise<RoomCode[]> {
    return this.#db
      .select()
      .from(roomCodes)
      .where(
        and(
          eq(roomCodes.roomId, page.roomId),
          page.role === undefined ? undefined : eq(roomCodes.role, page.role),
          page.enabled === undefined ? undefined : eq(roomCodes.enabled, page.enabled),
          page.start === undefined ? undefined : lt(roomCodes.id, page.start),
        ),
      )
      .orderBy(desc(roomCodes.id))
      .limit(page.limit);
  }

  /** The newest enabled code of each role in these rooms. */
  async currentOf(roomIds: readonly string[]): Promise<RoomCode[]> {
    if (roomIds.length === 0) return [];
    const rows = await this.#db
      .select()
      .from(roomCodes)
      .where(and(inArray(roomCodes.roomId, [...roomIds]), eq(roomCodes.enabled, true)))
      .orderBy(desc(roomCodes.id));
    const newest = new Map<string, RoomCode>();
    for (const row of rows) {
      const key = `${row.roomId} ${row.role}`;
      if (!newest.has(key)) newest.set(key, row);
    }
    return [...newest.values()];
  }

  /** Nothing when there is no such code. `updatedAt` moves only when the state changes. */
  async setEnabled(code: string, enabled: boolean): Promise<RoomCode | undefined> {
    const writing = this.#db
      .update(roomCodes)
      .set({ enabled, updatedAt: this.#now() })
      .where(and(eq(roomCodes.code, code), eq(roomCodes.enabled, !enabled)));
    await this.#dropping(writing);
    return this.find(code);
  }

  /** Codes of the template's rooms for a role that has another name now. */
  async renameRole(templateId: string, from: string, to: string): Promise<void> {
    const ofTemplate = this.#db.select({ id: rooms.id }).from(rooms).where(eq(rooms.templateId, templateId));
    const writing = this.#db
      .update(roomCodes)
      .set({ role: to })
      .where(and(inArray(roomCodes.roomId, ofTemplate), eq(roomCodes.role, from)));
    await this.#dropping(writing);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Codes of one room are made one after the other, so that the limit holds. */
async function lockRoom(tx: Database, roomId: string): Promise<void> {
  const [row] = await tx.select({ id: rooms.id }).from(rooms).where(eq(rooms.id, roomId)).for('update');
  if (!row) throw new StoreError('not_found', `room: no room ${roomId}`);
}

async function insert(tx: Database, code: { roomId: string; role: string; now: Date }): Promise<RoomCode> {
  const [counted] = await tx.select({ codes: count() }).from(roomCodes).where(eq(roomCodes.roomId, code.roomId));
  if ((counted?.codes ?? 0) >= MAX_CODES_PER_ROOM) {
    throw new StoreError('too_many_codes', `room code: the room has ${MAX_CODES_PER_ROOM} codes, the most it may have`);
  }
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    const [row] = await tx
      .insert(roomCodes)
      .values({
        code: `${letters(3)}-${letters(4)}-${letters(3)}`,
        id: newObjectId(code.now.getTime()),
        roomId: code.roomId,
        role: code.role,
        enabled: true,
        createdAt: code.now,
        updatedAt: code.now,
      })
      .onConflictDoNothing()
      .returning();
    if (row) return row;
  }
  assert(false, `no free room code in ${MAX_DRAWS} draws`);
}

function letters(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(97 + randomInt(26))).join('');
}
