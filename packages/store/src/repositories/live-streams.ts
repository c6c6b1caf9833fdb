import type { Clock } from '@amphi/base';
import type { LiveStreamStatus } from '@amphi/protocol';
import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { StoreError } from '../errors.ts';
import { liveStreams, rooms } from '../schema.ts';

export type LiveStream = typeof liveStreams.$inferSelect;

export interface NewLiveStream {
  /** 24 hex characters, from `newObjectId`. */
  readonly id: string;
  readonly roomId: string;
  readonly sessionId: string;
  readonly destination: string;
  readonly playbackUrl: string;
  readonly startedBy: string;
}

export interface LiveStreamChange {
  readonly status: LiveStreamStatus;
  readonly startedAt?: Date | undefined;
  readonly stoppedAt?: Date | undefined;
  readonly stoppedBy?: string | undefined;
}

export interface LiveStreamPage {
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly status?: LiveStreamStatus | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

const UNFINISHED: LiveStreamStatus[] = ['starting', 'running', 'stopping', 'post_processing'];

/** Live streams that ran or run; each call is written before it returns. */
export class LiveStreamRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Begins as `starting`. @throws StoreError `not_found` (room) */
  async create(stream: NewLiveStream): Promise<LiveStream> {
    const now = this.#now();
    const [room] = await this.#db
      .select({ workspaceId: rooms.workspaceId })
      .from(rooms)
      .where(eq(rooms.id, stream.roomId));
    if (!room) throw new StoreError('not_found', `live stream: no room ${stream.roomId}`);
    const [row] = await this.#db
      .insert(liveStreams)
      .values({
        id: stream.id,
        workspaceId: room.workspaceId,
        roomId: stream.roomId,
        sessionId: stream.sessionId,
        status: 'starting',
        destination: stream.destination,
        playbackUrl: stream.playbackUrl,
        startedBy: stream.startedBy,
        stoppedBy: '',
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    return row!;
  }

  /** @throws StoreError `not_found` */
  async update(id: string, change: LiveStreamChange): Promise<LiveStream> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const [row] = await this.#db
      .update(liveStreams)
      .set({ ...given, updatedAt: this.#now() })
      .where(eq(liveStreams.id, id))
      .returning();
    if (!row) throw new StoreError('not_found', `live stream: no stream ${id}`);
    return row;
  }

  async find(id: string): Promise<LiveStream | undefined> {
    const [row] = await this.#db.select().from(liveStreams).where(eq(liveStreams.id, id));
    return row;
  }

  /** Newest first. */
  async list(page: LiveStreamPage): Promise<LiveStream[]> {
    return this.#db
      .select()
      .from(liveStreams)
      .where(
        and(
          eq(liveStreams.workspaceId, page.workspaceId),
          page.roomId === undefined ? undefined : eq(liveStreams.roomId, page.roomId),
          page.sessionId === undefined ? undefined : eq(liveStreams.sessionId, page.sessionId),
          page.status === undefined ? undefined : eq(liveStreams.status, page.status),
          page.start === undefined ? undefined : lt(liveStreams.id, page.start),
        ),
      )
      .orderBy(desc(liveStreams.id))
      .limit(page.limit);
  }

  /**
   * Marks streams that an earlier run of the server left unfinished as failed: they ended with that process.
   * @returns how many
   */
  async failUnfinished(): Promise<number> {
    const now = this.#now();
    const rows = await this.#db
      .update(liveStreams)
      .set({ status: 'failed', stoppedAt: now, updatedAt: now })
      .where(inArray(liveStreams.status, UNFINISHED))
      .returning({ id: liveStreams.id });
    return rows.length;
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
