import type { Clock } from '@amphi/base';
import type { HlsDestination, LiveStreamStatus, StreamLadder, StreamTrouble } from '@amphi/protocol';
import { and, desc, eq, exists, gte, inArray, isNull, lt, not, notInArray, or, type SQL } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { StoreError } from '../errors.ts';
import { liveSessions, liveStreams, rooms } from '../schema.ts';

export type LiveStreamRow = typeof liveStreams.$inferSelect;

export interface NewLiveStream {
  /** 24 hex characters, from `newObjectId`. */
  readonly id: string;
  readonly roomId: string;
  readonly sessionId: string;
  /** Who runs it. */
  readonly node: string;
  readonly destination: string;
  readonly settings: HlsDestination;
  readonly ladder: StreamLadder;
  /** Of a web page that is shown in place of the stage. */
  readonly pageUrl?: string | undefined;
  readonly playbackUrl: string;
  /** Its layers are kept as files. */
  readonly isRecorded: boolean;
  /** It is kept as an HLS playlist of all layers. */
  readonly hasVod: boolean;
  readonly startedBy: string;
}

export interface LiveStreamChange {
  readonly status?: LiveStreamStatus | undefined;
  readonly settings?: HlsDestination | undefined;
  readonly ladder?: StreamLadder | undefined;
  readonly reason?: string | undefined;
  readonly troubles?: readonly StreamTrouble[] | undefined;
  readonly isPaused?: boolean | undefined;
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

/** Of one whose server is gone and did not come back for it. */
const SERVER_ENDED = 'the server that ran it ended';
const WANTED: LiveStreamStatus[] = ['starting', 'running'];
const UNFINISHED: LiveStreamStatus[] = [...WANTED, 'stopping', 'post_processing'];

/** Live streams that ran or run; each call is written before it returns. */
export class LiveStreamRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Begins as `starting`. @throws StoreError `not_found` (room) */
  async create(stream: NewLiveStream): Promise<LiveStreamRow> {
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
        node: stream.node,
        destination: stream.destination,
        settings: stream.settings,
        ladder: stream.ladder,
        pageUrl: stream.pageUrl ?? null,
        playbackUrl: stream.playbackUrl,
        isRecorded: stream.isRecorded,
        hasVod: stream.hasVod,
        startedBy: stream.startedBy,
        stoppedBy: '',
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    return row!;
  }

  /** @throws StoreError `not_found` */
  async update(id: string, change: LiveStreamChange): Promise<LiveStreamRow> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const [row] = await this.#db
      .update(liveStreams)
      .set({ ...given, updatedAt: this.#now() })
      .where(eq(liveStreams.id, id))
      .returning();
    if (!row) throw new StoreError('not_found', `live stream: no stream ${id}`);
    return row;
  }

  async find(id: string): Promise<LiveStreamRow | undefined> {
    const [row] = await this.#db.select().from(liveStreams).where(eq(liveStreams.id, id));
    return row;
  }

  /** Newest first. */
  async list(page: LiveStreamPage): Promise<LiveStreamRow[]> {
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

  /** Streams of a node that are to be on air, oldest first. */
  async wantedOf(node: string): Promise<LiveStreamRow[]> {
    return this.#db
      .select()
      .from(liveStreams)
      .where(and(eq(liveStreams.node, node), inArray(liveStreams.status, WANTED)))
      .orderBy(liveStreams.id);
  }

  /** Streams of a node whose files are not finished, oldest first. */
  async unfinishedRecordingsOf(node: string): Promise<LiveStreamRow[]> {
    return this.#db
      .select()
      .from(liveStreams)
      .where(
        and(
          eq(liveStreams.node, node),
          or(eq(liveStreams.isRecorded, true), eq(liveStreams.hasVod, true)),
          inArray(liveStreams.status, UNFINISHED),
        ),
      )
      .orderBy(liveStreams.id);
  }

  /**
   * Marks streams as failed that an earlier run of this node left unfinished; those of a time without nodes are this
   * one's as well.
   * @param except they go on
   * @returns how many
   */
  failUnfinished(node: string, except: readonly string[] = []): Promise<number> {
    return this.#fail(
      and(
        or(eq(liveStreams.node, node), isNull(liveStreams.node)),
        except.length === 0 ? undefined : notInArray(liveStreams.id, [...except]),
      ),
    );
  }

  /**
   * Marks streams as failed whose node is gone for good: nothing was heard of their session since `before`.
   * @returns how many
   */
  failAbandoned(before: Date): Promise<number> {
    const alive = this.#db
      .select({ id: liveSessions.id })
      .from(liveSessions)
      .where(and(eq(liveSessions.id, liveStreams.sessionId), gte(liveSessions.seenAt, before)));
    return this.#fail(and(lt(liveStreams.updatedAt, before), not(exists(alive))));
  }

  async #fail(which: SQL | undefined): Promise<number> {
    const now = this.#now();
    const rows = await this.#db
      .update(liveStreams)
      .set({ status: 'failed', reason: SERVER_ENDED, stoppedAt: now, updatedAt: now })
      .where(and(inArray(liveStreams.status, UNFINISHED), which))
      .returning({ id: liveStreams.id });
    return rows.length;
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
