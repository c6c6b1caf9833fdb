import type { Clock } from '@amphi/base';
import { and, asc, desc, eq, inArray, isNull, lt, or, type SQL } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { recordingAssets, type StoredAt } from '../schema.ts';

export type RecordingAsset = typeof recordingAssets.$inferSelect;
export type NewRecordingAsset = Omit<RecordingAsset, 'createdAt' | 'storedAt' | 'uploadError'>;

export interface RecordingAssetPage {
  readonly workspaceId: string;
  readonly roomId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** `processing`: those that wait to be brought to a storage. */
  readonly status?: RecordingAsset['status'] | 'processing' | undefined;
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

  /** Of a node, those that are to be brought to a storage, oldest first. */
  async waitingOf(node: string): Promise<RecordingAsset[]> {
    return this.#db
      .select()
      .from(recordingAssets)
      .where(and(eq(recordingAssets.node, node), eq(recordingAssets.upload, 'waiting')))
      .orderBy(asc(recordingAssets.id));
  }

  /** It was brought to a storage. */
  async uploaded(id: string, storedAt: StoredAt): Promise<void> {
    await this.#update(id, { upload: 'uploaded', storedAt, uploadError: null });
  }

  /** It could not be brought there, and waits on. */
  async uploadFailed(ids: readonly string[], uploadError: string): Promise<void> {
    await this.#db
      .update(recordingAssets)
      .set({ uploadError })
      .where(inArray(recordingAssets.id, [...ids]));
  }

  /** It is not to be brought anywhere any more; `lost` when its file is not there either. */
  async notUploaded(id: string, lost?: string): Promise<void> {
    await this.#update(id, {
      upload: null,
      uploadError: lost ?? null,
      ...(lost === undefined ? {} : { status: 'failed' }),
    });
  }

  async #update(id: string, change: Partial<RecordingAsset>): Promise<void> {
    await this.#db.update(recordingAssets).set(change).where(eq(recordingAssets.id, id));
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
          hasStatus(page.status),
          page.type === undefined ? undefined : eq(recordingAssets.type, page.type as RecordingAsset['type']),
          page.start === undefined ? undefined : lt(recordingAssets.id, page.start),
        ),
      )
      .orderBy(desc(recordingAssets.id))
      .limit(page.limit);
  }
}

function hasStatus(status: RecordingAssetPage['status']): SQL | undefined {
  if (status === undefined) return undefined;
  if (status === 'processing') return eq(recordingAssets.upload, 'waiting');
  return and(
    eq(recordingAssets.status, status),
    or(isNull(recordingAssets.upload), eq(recordingAssets.upload, 'uploaded')),
  );
}
