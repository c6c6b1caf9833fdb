import type { Clock } from '@amphi/base';
import { and, asc, type Column, desc, eq, getTableColumns, gte, like, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import type { Database, Dropping } from '../database.ts';
import { orTaken } from '../errors.ts';
import { newObjectId } from '../object-id.ts';
import { rooms, templates, type WebhookTarget } from '../schema.ts';

/** `templateName` is the name of the template it has at the moment. */
export type Room = typeof rooms.$inferSelect & { readonly templateName: string };

/** What can be set; what is left out keeps its value, or gets the default of a new room. */
export interface RoomChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly template?: { readonly id: string; readonly appId: string } | undefined;
  readonly region?: Room['region'] | undefined;
  readonly largeRoom?: boolean | undefined;
  readonly size?: number | undefined;
  readonly maxDurationSeconds?: number | undefined;
  readonly webhook?: WebhookTarget | undefined;
  readonly polls?: readonly string[] | undefined;
}

export interface NewRoom extends RoomChange {
  readonly workspaceId: string;
  readonly name: string;
  readonly template: { readonly id: string; readonly appId: string };
}

export interface RoomPage {
  readonly workspaceId: string;
  /** The whole name, in any case. */
  readonly name?: string | undefined;
  /** Part of the name, in any case, or the id. */
  readonly search?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly templateId?: string | undefined;
  /** Times of creation, both inclusive. */
  readonly after?: Date | undefined;
  readonly before?: Date | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

/** What a write returns, in its own statement. */
const ROOM = {
  ...getTableColumns(rooms),
  templateName: sql<string>`(select ${templates.name} from ${templates} where ${templates.id} = ${rooms.templateId})`,
};

/** Rooms: durable settings of where sessions happen. They are never deleted, only disabled. */
export class RoomRepository {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #dropping: Dropping;

  constructor(db: Database, clock: Clock, dropping: Dropping) {
    this.#db = db;
    this.#clock = clock;
    this.#dropping = dropping;
  }

  /**
   * Makes a room; when the workspace has one of this name (in any case) already, gives that one what `room` states.
   * `room.template` is only for a new room unless `replaceTemplate` is set.
   */
  async upsert(room: NewRoom, options: { readonly replaceTemplate?: boolean } = {}): Promise<Room> {
    const now = this.#now();
    const nameKey = room.name.toLowerCase();
    const { template, ...rest } = room;
    const writing = this.#db
      .insert(rooms)
      .values({
        id: newObjectId(now.getTime()),
        workspaceId: room.workspaceId,
        appId: template.appId,
        templateId: template.id,
        name: room.name,
        nameKey,
        description: room.description ?? '',
        enabled: room.enabled ?? true,
        region: room.region ?? 'auto',
        largeRoom: room.largeRoom ?? false,
        size: room.size ?? null,
        maxDurationSeconds: room.maxDurationSeconds ?? null,
        webhook: room.webhook ?? null,
        polls: room.polls ?? null,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoUpdate({
        target: [rooms.workspaceId, rooms.nameKey],
        set: columns({ ...rest, template: options.replaceTemplate ? template : undefined }, now),
      })
      .returning(ROOM);
    const [written] = await this.#dropping(writing, 'rooms');
    return written!;
  }

  /** @throws StoreError `taken` when another room has the name; nothing when there is no such room */
  async update(roomId: string, change: RoomChange): Promise<Room | undefined> {
    const writing = this.#db
      .update(rooms)
      .set(columns(change, this.#now()))
      .where(eq(rooms.id, roomId))
      .returning(ROOM);
    const [written] = await orTaken(`name: ${change.name} is the name of another room`, () =>
      this.#dropping(writing, 'rooms'),
    );
    return written;
  }

  async find(roomId: string): Promise<Room | undefined> {
    const [row] = await selectRooms(this.#db).where(eq(rooms.id, roomId));
    return row && flat(row);
  }

  /** Oldest first. */
  async listOfApp(appId: string): Promise<Room[]> {
    const rows = await selectRooms(this.#db).where(eq(rooms.appId, appId)).orderBy(asc(rooms.id)).limit(100);
    return rows.map(flat);
  }

  /** Newest first. */
  list(page: RoomPage): Promise<Room[]> {
    return readRoomPage(this.#db, page);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Newest first. */
export async function readRoomPage(db: Database, page: RoomPage): Promise<Room[]> {
  const rows = await selectRooms(db)
    .where(
      and(
        eq(rooms.workspaceId, page.workspaceId),
        page.name === undefined ? undefined : eq(rooms.nameKey, page.name.toLowerCase()),
        page.search === undefined ? undefined : or(eq(rooms.id, page.search), contains(rooms.nameKey, page.search)),
        page.enabled === undefined ? undefined : eq(rooms.enabled, page.enabled),
        page.templateId === undefined ? undefined : eq(rooms.templateId, page.templateId),
        page.after === undefined ? undefined : gte(rooms.createdAt, page.after),
        page.before === undefined ? undefined : lte(rooms.createdAt, page.before),
        page.start === undefined ? undefined : lt(rooms.id, page.start),
      ),
    )
    .orderBy(desc(rooms.id))
    .limit(page.limit);
  return rows.map(flat);
}

function selectRooms(db: Database) {
  return db
    .select({ room: rooms, templateName: templates.name })
    .from(rooms)
    .innerJoin(templates, eq(templates.id, rooms.templateId));
}

function flat(row: { room: typeof rooms.$inferSelect; templateName: string }): Room {
  return { ...row.room, templateName: row.templateName };
}

/** `%`, `_` and the escape itself stand for themselves. */
function contains(lowerCase: Column, part: string): SQL {
  return like(lowerCase, `%${part.toLowerCase().replaceAll(/[%_\\]/g, '\\$&')}%`);
}

/** The columns that a change sets; Drizzle leaves out those that are undefined. */
function columns(change: RoomChange, now: Date): Partial<typeof rooms.$inferInsert> {
  const set = {
    name: change.name,
    nameKey: change.name?.toLowerCase(),
    description: change.description,
    enabled: change.enabled,
    templateId: change.template?.id,
    appId: change.template?.appId,
    region: change.region,
    largeRoom: change.largeRoom,
    size: change.size,
    maxDurationSeconds: change.maxDurationSeconds,
    webhook: change.webhook,
    polls: change.polls,
  };
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), updatedAt: now };
}
