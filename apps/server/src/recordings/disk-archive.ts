import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, CodedError, type Logger, type Millis, messageOf, TaskQueue } from '@amphi/base';
import { type FinishedRecording, PublicError, type RecordedTrack } from '@amphi/protocol';
import {
  type Beam,
  type LiveStreamRow,
  type NewRecordingAsset,
  newObjectId,
  type RecordingAsset,
  type Repositories,
  type Store,
} from '@amphi/store';
import type { JobOutput } from '../egress-jobs/feed.ts';
import type { FactRecorder, RecordingArchive } from '../sessions/ports/records.ts';
import { VOD_FILE } from './asset-files.ts';
import type { Finalise } from './finaliser.ts';
import type { RecordedJob } from './recorded-job.ts';
import { removeLocally } from './remove-asset.ts';
import type { UploadTargets } from './upload-targets.ts';
import { type UploadStatistics, Uploads } from './uploads.ts';

/** A folder for each process that wrote: when it began, Unix epoch in milliseconds. */
const RUN = /^\d{13,}$/;

/**
 * Recordings in a folder of this machine: `<job>/<run>/<rung>.mp4`. They are finished one after another, each once nobody
 * writes to it any more; what a kill leaves undone the next process does. Those that are kept in a storage are complete once they
 * are there.
 */
export class DiskArchive implements RecordingArchive {
  readonly #directory: string;
  readonly #store: Store;
  readonly #node: string;
  readonly #finaliseFolder: Finalise;
  readonly #facts: FactRecorder;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #targets: UploadTargets;
  readonly #uploads: Uploads;
  readonly #maxWaitingBytes: number;
  readonly #queue = new TaskQueue({ maxWaiting: Number.POSITIVE_INFINITY });
  readonly #aborting = new AbortController();
  #idle: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly directory: string;
    readonly store: Store;
    /** Whose files these are. */
    readonly node: string;
    readonly finalise: Finalise;
    /** Where to files are brought that are not to stay. */
    readonly targets: UploadTargets;
    /** With more of what waits to be brought there nothing else is recorded; undefined: with however much. */
    readonly maxWaitingBytes?: number | undefined;
    /** Of what is brought there; undefined: as fast as it goes. */
    readonly uploadBytesPerSecond?: number | undefined;
    readonly facts: FactRecorder;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#directory = options.directory;
    this.#store = options.store;
    this.#node = options.node;
    this.#finaliseFolder = options.finalise;
    this.#facts = options.facts;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#targets = options.targets;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? Number.POSITIVE_INFINITY;
    this.#uploads = new Uploads({
      store: options.store,
      directory: options.directory,
      targets: options.targets,
      bytesPerSecond: options.uploadBytesPerSecond,
      onSettled: (job) => this.#push(job, () => this.#settle(job)),
      clock: options.clock,
      logger: options.logger,
    });
  }

  get uploads(): UploadStatistics {
    return this.#uploads.statistics;
  }

  /**
   * Goes on with what an earlier process did not bring away of recordings that had failed and were over for it.
   * @param unfinished those of which all is done anew
   */
  async takeUp(unfinished: readonly RecordedJob[] = []): Promise<void> {
    const known = new Set(unfinished.map(({ id }) => id));
    const all = await this.#store.recordingAssets.waitingOf(this.#node);
    const waiting = all.filter(({ jobId }) => !known.has(jobId));
    for (const id of new Set(waiting.map(({ jobId }) => jobId))) {
      const kind = (await this.#store.beams.find(id)) ? 'beam' : 'live_stream';
      this.#uploads.add(
        { kind, id },
        waiting.filter(({ jobId }) => jobId === id),
      );
    }
  }

  /** @throws PublicError 503 while too much waits for a storage */
  output({ jobId, id, rungs, forms, isPaused }: Parameters<RecordingArchive['output']>[0]): JobOutput {
    this.#requireRoom();
    return {
      id,
      // A file is never written twice: what failed stays as it is.
      isTriedAgain: false,
      describe: () => ({
        kind: 'recording',
        id,
        folder: this.#newFolder(jobId),
        rungs: [...rungs],
        forms: [...forms],
        isPaused: isPaused(),
      }),
    };
  }

  /** @throws PublicError as `output` */
  trackOutput({ jobId, id }: { readonly jobId: string; readonly id: string }): JobOutput {
    this.#requireRoom();
    return {
      id,
      isTriedAgain: false,
      describe: () => ({ kind: 'tracks', id, folder: this.#newFolder(jobId) }),
    };
  }

  #newFolder(jobId: string): string {
    return join(this.#directory, jobId, String(this.#clock.now()));
  }

  #requireRoom(): void {
    const { waitingBytes } = this.uploads;
    if (waitingBytes < this.#maxWaitingBytes) return;
    throw new PublicError(
      503,
      `recordings of ${waitingBytes} bytes wait for the storage, and ${this.#maxWaitingBytes} may (recordings.waitingGiB): it has to take some first`,
    );
  }

  finalise(job: RecordedJob): void {
    this.#push(job, () => this.#finalise(job));
  }

  #push(job: RecordedJob, task: () => Promise<void>): void {
    this.#idle = this.#queue.push(`finalise ${job.id}`, task).catch((error: unknown) => {
      if (this.#aborting.signal.aborted || (error instanceof CodedError && error.code === 'queue_closed')) return;
      this.#logger.error(
        { ...job, error: messageOf(error) },
        'a recording could not be finished; the next start tries again',
      );
    });
  }

  /** Resolves when all that was given to it until now is finished. */
  async idle(): Promise<void> {
    await this.#idle;
  }

  /** Lets go of what is under way: the next process begins it anew. */
  async close(): Promise<void> {
    this.#queue.close();
    this.#aborting.abort();
    await this.#uploads.close();
    await this.#idle;
  }

  async #finalise(job: RecordedJob): Promise<void> {
    const assets: NewRecordingAsset[] = [];
    const emptyTracks: RecordedTrack[] = [];
    const row = await this.#find(this.#store, job);
    if (!row) throw new Error('it is not in the database');
    const folder = join(this.#directory, job.id);
    const upload = (await this.#targets.of(row)) ? 'waiting' : null;
    for (const run of await runsIn(folder)) {
      const finished = await this.#finaliseFolder(join(folder, run), this.#aborting.signal);
      for (const { name, staysFragmented } of finished.files) {
        if (staysFragmented)
          this.#logger.warn({ ...job, run, name, why: staysFragmented }, 'a recording stays fragmented');
      }
      emptyTracks.push(...(finished.emptyTracks ?? []));
      assets.push(...this.#assetsOf(job, row, run, finished).map((asset) => ({ ...asset, upload }) as const));
    }
    const known = await this.#store.recordingAssets.add(job.id, assets);
    // A kill can have come between the two.
    for (const asset of known) if (asset.upload === 'uploaded') await removeLocally(this.#directory, asset);
    const waiting = known.filter((asset) => asset.upload === 'waiting');
    await this.#tellEmpty(
      job,
      row,
      // Their files can be away because they are in a storage.
      emptyTracks.filter((track) => !known.some((asset) => isOf(asset, track))),
    );
    if (waiting.length > 0) this.#uploads.add(job, waiting);
    else await this.#settle(job);
  }

  async #tellEmpty({ id: jobId }: RecordedJob, row: Beam | LiveStreamRow, tracks: RecordedTrack[]): Promise<void> {
    if (tracks.length === 0) return;
    const startedAt = await startOf(this.#store, row);
    const { roomId, sessionId } = row;
    for (const track of tracks) {
      const fact = { type: 'trackRecordingFailed', jobId, track } as const;
      this.#facts.record({ roomId, sessionId, startedAt, at: this.#clock.now(), fact });
    }
  }

  /** All files are where they are to be. */
  async #settle(job: RecordedJob): Promise<void> {
    const { row, files, startedAt } = await this.#store.transaction(async (tx) => {
      const row = await this.#find(tx, job);
      if (!row) throw new Error('it is not in the database');
      const known = await tx.recordingAssets.ofJobs([job.id]);
      await this.#complete(tx, job, row, known.length > 0);
      return { row, files: known.length, startedAt: await startOf(tx, row) };
    });
    if (files > 0) {
      const { roomId, sessionId } = row;
      const fact = { type: 'recordingFinished', kind: job.kind, jobId: job.id } as const;
      this.#facts.record({ roomId, sessionId, startedAt, at: this.#clock.now(), fact });
    }
    this.#logger.info({ ...job, files }, 'recording finished');
  }

  async #find(
    store: Pick<Repositories, 'beams' | 'liveStreams'>,
    job: RecordedJob,
  ): Promise<Beam | LiveStreamRow | undefined> {
    return job.kind === 'beam' ? store.beams.find(job.id) : store.liveStreams.find(job.id);
  }

  /** What failed has failed, whatever was saved of it; what was cut short is complete as far as it goes. */
  async #complete(
    tx: Pick<Repositories, 'beams' | 'liveStreams'>,
    { kind, id }: RecordedJob,
    row: Beam | LiveStreamRow,
    hasFiles: boolean,
  ): Promise<void> {
    const wasStopped = row.status === 'stopping' || row.status === 'post_processing';
    const isComplete = row.status !== 'failed' && (hasFiles || wasStopped);
    const change = {
      status: isComplete ? ('completed' as const) : ('failed' as const),
      stoppedAt: row.stoppedAt ?? new Date(this.#clock.now()),
    };
    if (kind === 'beam') await tx.beams.update(id, change);
    else await tx.liveStreams.update(id, change);
  }

  #assetsOf(
    job: RecordedJob,
    row: Beam | LiveStreamRow,
    run: string,
    { files, vod }: FinishedRecording,
  ): NewRecordingAsset[] {
    const { workspaceId, roomId, sessionId } = row;
    const assetOf = (
      made: { bytes: number; durationSeconds: number; width: number; height: number },
      about: Pick<NewRecordingAsset, 'type' | 'file'> & Partial<NewRecordingAsset>,
    ): NewRecordingAsset => ({
      id: newObjectId(this.#clock.now()),
      jobId: job.id,
      workspaceId,
      roomId,
      sessionId,
      node: this.#node,
      status: 'completed',
      upload: null,
      run,
      bytes: made.bytes,
      durationMs: Math.round(made.durationSeconds * 1000),
      width: made.width,
      height: made.height,
      layer: null,
      layers: null,
      thumbnails: null,
      track: null,
      ...about,
    });
    const composed = files.filter(({ track }) => track === undefined);
    const largestFirst = composed.sort((a, b) => b.width * b.height - a.width * a.height);
    return [
      ...largestFirst.map((file, place) => {
        const layer = job.kind === 'live_stream' ? place : null;
        return assetOf(file, { type: 'room-composite', file: file.name, layer });
      }),
      ...files.flatMap((file) =>
        file.track ? [assetOf(file, { type: 'track', file: file.name, track: file.track })] : [],
      ),
      ...(vod
        ? [
            assetOf(vod, {
              type: 'room-vod',
              file: VOD_FILE,
              layers: vod.rungs,
              thumbnails: vod.thumbnails.length > 0 ? vod.thumbnails : null,
            }),
          ]
        : []),
    ];
  }
}

/** Whether it is the file that was begun then of that track. */
function isOf(asset: RecordingAsset, { trackId, startedAtMs }: RecordedTrack): boolean {
  return asset.track?.trackId === trackId && asset.track.startedAtMs === startedAtMs;
}

/** When its session began. */
async function startOf(tx: Pick<Repositories, 'history'>, row: Beam | LiveStreamRow): Promise<Millis> {
  return ((await tx.history.find(row.sessionId))?.startedAt ?? row.createdAt).getTime();
}

/** Oldest first. */
async function runsIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => RUN.test(name)).sort();
  } catch (error) {
    // Nothing was written.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
