import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { backoffMs, type Clock, type Logger, type Millis, messageOf, TokenBucket } from '@amphi/base';
import type { RecordingAsset, Store, StoredAt } from '@amphi/store';
import { type Pace, S3Client } from '../object-storage/s3-client.ts';
import { S3Error } from '../object-storage/s3-error.ts';
import type { S3Target } from '../object-storage/s3-target.ts';
import { uploadFile } from '../object-storage/upload-file.ts';
import { isVodPiece, placeOf, VOD_FILE, vodFolderOf } from './asset-files.ts';
import type { RecordedJob } from './recorded-job.ts';
import { removeLocally } from './remove-asset.ts';
import { keyOf, type UploadTargets } from './upload-targets.ts';

const FIRST_RETRY_MS: Millis = 2_000;
const LAST_RETRY_MS: Millis = 5 * 60_000;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.vtt': 'text/vtt',
  '.jpg': 'image/jpeg',
};

/** An asset that is to be brought to a storage. */
interface Waiting {
  readonly job: RecordedJob;
  readonly asset: RecordingAsset;
  readonly since: Millis;
  /** Not before. */
  nextAt: Millis;
  /** The storage that it was last tried with. */
  lane: string | undefined;
  /** What is kept of why it waits. */
  told: string | undefined;
}

/** A storage that does not take what is brought. */
interface Trouble {
  readonly code: string;
  /** Code and words. */
  readonly text: string;
  readonly attempts: number;
  readonly until: Millis;
}

/** What uploads have come to, since the start but for `waiting…`. */
export interface UploadStatistics {
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Since the one that has waited longest was finished. */
  readonly longestWaitMs: Millis;
  readonly uploaded: number;
  readonly failedTries: number;
}

/**
 * Brings finished recordings to a storage, one file at a time. What a storage does not take stays on the disk and is tried again
 * with backoff, for as long as it takes and by the next process, too; a storage that fails does not hold up others. Where to, and
 * with which key, is asked at each try: settings that were wrong can be corrected meanwhile.
 */
export class Uploads {
  readonly #store: Pick<Store, 'recordingAssets'>;
  readonly #directory: string;
  readonly #targets: UploadTargets;
  readonly #pace: Pace | undefined;
  readonly #onSettled: (job: RecordedJob) => void;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, Waiting>();
  readonly #troubles = new Map<string, Trouble>();
  readonly #aborting = new AbortController();
  #running: Promise<void> | undefined;
  #cancelWake: () => void = () => {};
  #uploaded = 0;
  #failedTries = 0;

  constructor(options: {
    readonly store: Pick<Store, 'recordingAssets'>;
    readonly directory: string;
    readonly targets: UploadTargets;
    /** Of what is sent; undefined: as fast as it goes. */
    readonly bytesPerSecond?: number | undefined;
    /** Nothing of the job waits any more. */
    readonly onSettled: (job: RecordedJob) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#directory = options.directory;
    this.#targets = options.targets;
    this.#onSettled = options.onSettled;
    this.#clock = options.clock;
    this.#logger = options.logger;
    if (options.bytesPerSecond !== undefined) this.#pace = paceOf(options.bytesPerSecond, options.clock);
  }

  /** Those that wait already are not added again. */
  add(job: RecordedJob, assets: readonly RecordingAsset[]): void {
    if (this.#aborting.signal.aborted) return;
    for (const asset of assets) {
      if (this.#waiting.has(asset.id)) continue;
      this.#waiting.set(asset.id, {
        job,
        asset,
        since: this.#clock.now(),
        nextAt: 0,
        lane: undefined,
        told: undefined,
      });
    }
    this.#run();
  }

  get statistics(): UploadStatistics {
    const now = this.#clock.now();
    const waiting = [...this.#waiting.values()];
    return {
      waiting: waiting.length,
      waitingBytes: waiting.reduce((sum, { asset }) => sum + asset.bytes, 0),
      longestWaitMs: Math.max(0, ...waiting.map(({ since }) => now - since)),
      uploaded: this.#uploaded,
      failedTries: this.#failedTries,
    };
  }

  /** Lets go of what is under way: the next process begins it anew. */
  async close(): Promise<void> {
    this.#aborting.abort(new Error('closed'));
    this.#cancelWake();
    await this.#running;
  }

  #run(): void {
    this.#running ??= this.#bringAllDue().finally(() => {
      this.#running = undefined;
      if (this.#aborting.signal.aborted) return;
      const due = Math.min(...[...this.#waiting.values()].map(({ nextAt }) => nextAt));
      this.#cancelWake();
      if (Number.isFinite(due)) {
        this.#cancelWake = this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#run());
      }
    });
  }

  async #bringAllDue(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const next = [...this.#waiting.values()].find(({ nextAt }) => nextAt <= now);
      if (!next || this.#aborting.signal.aborted) return;
      try {
        if (await this.#bring(next)) this.#settle(next);
      } catch (error) {
        if (this.#aborting.signal.aborted) return;
        // The database: nothing is lost, and another moment may be better.
        next.nextAt = this.#clock.now() + LAST_RETRY_MS;
        this.#logger.error({ asset: next.asset.id, error: messageOf(error) }, 'a recording could not be brought away');
      }
    }
  }

  #settle({ job, asset }: Waiting): void {
    this.#waiting.delete(asset.id);
    const isSettled = ![...this.#waiting.values()].some((other) => other.job.id === job.id);
    if (isSettled) this.#onSettled(job);
  }

  /** @returns whether it need not be tried again */
  async #bring(waiting: Waiting): Promise<boolean> {
    const { asset } = waiting;
    const target = await this.#targets.of(asset);
    if (!target) {
      // Nobody wants it elsewhere any more.
      await this.#store.recordingAssets.notUploaded(asset.id);
      return true;
    }
    const lane = `${target.endpoint} ${target.bucket} ${target.accessKeyId}`;
    waiting.lane = lane;
    const trouble = this.#troubles.get(lane);
    if (trouble && trouble.until > this.#clock.now()) {
      await this.#tell([waiting], trouble);
      return false;
    }
    try {
      const storedAt = await this.#upload(asset, target);
      await this.#store.recordingAssets.uploaded(asset.id, storedAt);
      await removeLocally(this.#directory, asset);
      this.#uploaded += 1;
      this.#works(lane, target);
      return true;
    } catch (error) {
      if (isMissing(error)) {
        await this.#store.recordingAssets.notUploaded(asset.id, 'the file is not on the disk any more');
        this.#logger.error({ asset: asset.id, job: waiting.job.id }, 'a recording is not on the disk any more');
        return true;
      }
      if (!(error instanceof S3Error)) throw error;
      await this.#failed(lane, target, error);
      return false;
    }
  }

  async #upload(asset: RecordingAsset, target: S3Target): Promise<StoredAt> {
    const { endpoint, region, bucket } = target;
    const key = keyOf(asset, target);
    const client = new S3Client(target, this.#clock);
    const options = { signal: this.#aborting.signal, ...(this.#pace ? { pace: this.#pace } : {}) };
    const send = (path: string, to: string): Promise<void> =>
      uploadFile(client, { path, key: to, contentType: CONTENT_TYPES[extname(path)]! }, options);
    try {
      if (asset.type !== 'room-vod') {
        await send(join(this.#directory, placeOf(asset)), key);
        return { endpoint, region, bucket, key, pieces: [] };
      }
      const folder = join(this.#directory, vodFolderOf(asset));
      await stat(join(folder, VOD_FILE));
      // What names others comes after them.
      const pieces = (await readdir(folder)).filter(isVodPiece).sort((a, b) => rank(a) - rank(b));
      for (const piece of pieces) await send(join(folder, piece), `${dirname(key)}/${piece}`);
      return { endpoint, region, bucket, key, pieces };
    } finally {
      client.close();
    }
  }

  #works(lane: string, { endpoint, bucket }: S3Target): void {
    if (!this.#troubles.delete(lane)) return;
    this.#logger.info({ endpoint, bucket }, 'the storage takes recordings again');
    for (const waiting of this.#waiting.values()) if (waiting.lane === lane) waiting.nextAt = 0;
  }

  async #failed(lane: string, { endpoint, bucket }: S3Target, error: S3Error): Promise<void> {
    this.#failedTries += 1;
    const { code, message: what, remedy } = error;
    const before = this.#troubles.get(lane);
    const attempts = before?.code === code ? before.attempts + 1 : 0;
    const until = this.#clock.now() + backoffMs(attempts, { firstMs: FIRST_RETRY_MS, capMs: LAST_RETRY_MS });
    const trouble = { code, text: `${code}: ${what}`, attempts, until };
    this.#troubles.set(lane, trouble);
    // Told once for each trouble, not for each try.
    if (before?.code !== code)
      this.#logger.warn(
        { endpoint, bucket, code, what, remedy },
        'recordings cannot be brought to the storage; they wait',
      );
    const affected = [...this.#waiting.values()].filter((each) => each.lane === lane);
    await this.#tell(affected, trouble);
  }

  /** They wait for the storage, and the API says why. */
  async #tell(affected: readonly Waiting[], { text, until }: Trouble): Promise<void> {
    for (const each of affected) each.nextAt = until;
    const news = affected.filter(({ told }) => told !== text);
    if (news.length === 0) return;
    for (const each of news) each.told = text;
    await this.#store.recordingAssets.uploadFailed(
      news.map(({ asset }) => asset.id),
      text,
    );
  }
}

/** Media, then playlists, then the one that leads to all. */
function rank(piece: string): number {
  if (piece === VOD_FILE) return 2;
  return piece.endsWith('.m3u8') ? 1 : 0;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function paceOf(bytesPerSecond: number, clock: Clock): Pace {
  const bucket = new TokenBucket({ perSecond: bytesPerSecond, burst: bytesPerSecond / 4 }, clock.now());
  return async (bytes) => {
    const waitMs = bucket.waitMs(clock.now(), bytes);
    bucket.spend(clock.now(), bytes);
    if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
  };
}
