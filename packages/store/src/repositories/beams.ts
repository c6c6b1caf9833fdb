import type { Clock } from '@amphi/base';
import type { OutputStatus } from '@amphi/protocol';
import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { StoreError } from '../errors.ts';
import { type BeamSettings, beams, rooms } from '../schema.ts';

export type { BeamSettings };
export type Beam = typeof beams.$inferSelect;
export type BeamKind = Beam['kind'];

export interface NewBeam {
  /** 24 hex characters, from `newObjectId`. */
  readonly id: string;
  readonly kind: BeamKind;
  readonly roomId: string;
  readonly sessionId: string;
  /** Who runs it. */
  readonly node: string;
  readonly destination: string;
  readonly settings: BeamSettings;
  readonly startedBy: string;
}

export interface BeamChange {
  readonly status?: OutputStatus | undefined;
  readonly reason?: string | undefined;
  readonly isPaused?: boolean | undefined;
  readonly startedAt?: Date | undefined;
  readonly stoppedAt?: Date | undefined;
  readonly stoppedBy?: string | undefined;
}

export interface BeamPage {
  readonly kind: BeamKind;
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly status?: OutputStatus | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

const WANTED: OutputStatus[] = ['starting', 'running'];
const UNFINISHED: OutputStatus[] = [...WANTED, 'stopping', 'post_processing'];

/** Recordings and external streams that ran or run; each call is written before it returns. */
export class BeamRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Begins as `starting`. @throws StoreError `not_found` (room) */
  async create(beam: NewBeam): Promise<Beam> {
    const now = this.#now();
    const [room] = await this.#db
      .select({ workspaceId: rooms.workspaceId })
      .from(rooms)
      .where(eq(rooms.id, beam.roomId));
    if (!room) throw new StoreError('not_found', `beam: no room ${beam.roomId}`);
    const [row] = await this.#db
      .insert(beams)
      .values({
        ...beam,
        workspaceId: room.workspaceId,
        status: 'starting',
        stoppedBy: '',
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    return row!;
  }

  /** @throws StoreError `not_found` */
  async update(id: string, change: BeamChange): Promise<Beam> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const [row] = await this.#db
      .update(beams)
      .set({ ...given, updatedAt: this.#now() })
      .where(eq(beams.id, id))
      .returning();
    if (!row) throw new StoreError('not_found', `beam: no beam ${id}`);
    return row;
  }

  async find(id: string): Promise<Beam | undefined> {
    const [row] = await this.#db.select().from(beams).where(eq(beams.id, id));
    return row;
  }

  /** Newest first. */
  async list(page: BeamPage): Promise<Beam[]> {
    return this.#db
      .select()
      .from(beams)
      .where(
        and(
          eq(beams.workspaceId, page.workspaceId),
          eq(beams.kind, page.kind),
          page.roomId === undefined ? undefined : eq(beams.roomId, page.roomId),
          page.sessionId === undefined ? undefined : eq(beams.sessionId, page.sessionId),
          page.status === undefined ? undefined : eq(beams.status, page.status),
          page.start === undefined ? undefined : lt(beams.id, page.start),
        ),
      )
      .orderBy(desc(beams.id))
      .limit(page.limit);
  }

  /** Those of a node that are not over, or whose files are not, oldest first. */
  async unfinishedOf(node: string): Promise<Beam[]> {
    return this.#db
      .select()
      .from(beams)
      .where(and(eq(beams.node, node), inArray(beams.status, UNFINISHED)))
      .orderBy(beams.id);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** Whether it is to run, if it can. */
export function isBeamWanted({ status }: Pick<Beam, 'status'>): boolean {
  return WANTED.includes(status);
}
