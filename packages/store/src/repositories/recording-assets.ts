import type { Clock } from '@amphi/base';
import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { recordingAssets } from '../schema.ts';

export type RecordingAsset = typeof recordingAssets.$inferSelect;
export type NewRecordingAsset = Omit<RecordingAsset, 'createdAt'>;

export interface RecordingAssetPage {
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly status?: RecordingAsset['status'] | undefined;
  readonly type?: string | undefined;
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly start?: string | undefined;
}

/** Files that were recorded. */
export class RecordingAssetRepository {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Those that are known stay as they are. @returns all of the job, by name */
  async add(jobId: string, assets: readonly NewRecordingAsset[]): Promise<RecordingAsset[]> {
    const createdAt = new Date(this.#clock.now());
    if (assets.length > 0) {
      await this.#db
        .insert(recordingAssets)
        .values(assets.map((asset) => ({ ...asset, createdAt })))
        .onConflictDoNothing({ target: [recordingAssets.jobId, recordingAssets.run, recordingAssets.file] });
    }
    return this.ofJobs([jobId]);
  }

  async find(id: string): Promise<RecordingAsset | undefined> {
    const [row] = await this.#db.select().from(recordingAssets).where(eq(recordingAssets.id, id));
    return row;
  }

  /** Does nothing for one that is unknown. */
  async remove(id: string): Promise<void> {
    await this.#db.delete(recordingAssets).where(eq(recordingAssets.id, id));
  }

  /** In the order of their making, larger layers first. */
  async ofJobs(jobIds: readonly string[]): Promise<RecordingAsset[]> {
    if (jobIds.length === 0) return [];
    return this.#db
      .select()
      .from(recordingAssets)
      .where(inArray(recordingAssets.jobId, [...jobIds]))
      .orderBy(asc(recordingAssets.run), desc(recordingAssets.width), asc(recordingAssets.file));
  }

  /** Newest first. */
  async list(page: RecordingAssetPage): Promise<RecordingAsset[]> {
    return this.#db
      .select()
      .from(recordingAssets)
      .where(
        and(
          eq(recordingAssets.workspaceId, page.workspaceId),
          page.roomId === undefined ? undefined : eq(recordingAssets.roomId, page.roomId),
          page.sessionId === undefined ? undefined : eq(recordingAssets.sessionId, page.sessionId),
          page.status === undefined ? undefined : eq(recordingAssets.status, page.status),
          page.type === undefined ? undefined : eq(recordingAssets.type, page.type as RecordingAsset['type']),
          page.start === undefined ? undefined : lt(recordingAssets.id, page.start),
        ),
      )
      .orderBy(desc(recordingAssets.id))
      .limit(page.limit);
  }
}
