import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, CodedError, type Logger, messageOf, TaskQueue } from '@amphi/base';
import type { FinishedRecording } from '@amphi/protocol';
import {
  type Beam,
  type LiveStreamRow,
  type NewRecordingAsset,
  newObjectId,
  type Repositories,
  type Store,
} from '@amphi/store';
import type { JobOutput } from '../egress-jobs/feed.ts';
import type { FactRecorder, RecordingArchive } from '../sessions/ports.ts';
import { VOD_FILE } from './asset-files.ts';
import type { Finalise } from './finaliser.ts';

export interface RecordedJob {
  readonly kind: 'live_stream' | 'beam';
  readonly id: string;
}

/** A folder for each process that wrote: when it began, Unix epoch in milliseconds. */
const RUN = /^\d{13,}$/;

/**
 * Recordings in a folder of this machine: `<job>/<run>/<rung>.mp4`. They are finished one after another, each once nobody
 * writes to it any more; what a kill leaves undone the next process does.
 */
export class DiskArchive implements RecordingArchive {
  readonly #directory: string;
  readonly #store: Store;
  readonly #node: string;
  readonly #finaliseFolder: Finalise;
  readonly #facts: FactRecorder;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queue = new TaskQueue({ maxWaiting: Number.POSITIVE_INFINITY });
  readonly #aborting = new AbortController();
  #idle: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly directory: string;
    readonly store: Store;
    /** Whose files these are. */
    readonly node: string;
    readonly finalise: Finalise;
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
  }

  output({ jobId, id, rungs, forms, isPaused }: Parameters<RecordingArchive['output']>[0]): JobOutput {
    return {
      id,
      // A file is never written twice: what failed stays as it is.
      isTriedAgain: false,
      describe: () => ({
        kind: 'recording',
        id,
        folder: join(this.#directory, jobId, String(this.#clock.now())),
        rungs: [...rungs],
        forms: [...forms],
        isPaused: isPaused(),
      }),
    };
  }

  finalise(job: RecordedJob): void {
    this.#idle = this.#queue
      .push(`finalise ${job.id}`, () => this.#finalise(job))
      .catch((error: unknown) => {
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
    await this.#idle;
  }

  async #finalise(job: RecordedJob): Promise<void> {
    const assets: NewRecordingAsset[] = [];
    const row = await this.#find(this.#store, job);
    if (!row) throw new Error('it is not in the database');
    const folder = join(this.#directory, job.id);
    for (const run of await runsIn(folder)) {
      const finished = await this.#finaliseFolder(join(folder, run), this.#aborting.signal);
      for (const { name, staysFragmented } of finished.files) {
        if (staysFragmented)
          this.#logger.warn({ ...job, run, name, why: staysFragmented }, 'a recording stays fragmented');
      }
      assets.push(...this.#assetsOf(job, row, run, finished));
    }
    const { hasFiles, session } = await this.#store.transaction(async (tx) => {
      const known = await tx.recordingAssets.add(job.id, assets);
      await this.#complete(tx, job, (await this.#find(tx, job)) ?? row, known.length > 0);
      return { hasFiles: known.length > 0, session: await tx.history.find(row.sessionId) };
    });
    if (hasFiles) {
      const { roomId, sessionId } = row;
      const startedAt = (session?.startedAt ?? row.createdAt).getTime();
      const fact = { type: 'recordingFinished', kind: job.kind, jobId: job.id } as const;
      this.#facts.record({ roomId, sessionId, startedAt, at: this.#clock.now(), fact });
    }
    this.#logger.info({ ...job, files: assets.length }, 'recording finished');
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
      about: Pick<NewRecordingAsset, 'type' | 'file' | 'layer' | 'layers' | 'thumbnails'>,
    ): NewRecordingAsset => ({
      id: newObjectId(this.#clock.now()),
      jobId: job.id,
      workspaceId,
      roomId,
      sessionId,
      node: this.#node,
      status: 'completed',
      run,
      bytes: made.bytes,
      durationMs: Math.round(made.durationSeconds * 1000),
      width: made.width,
      height: made.height,
      ...about,
    });
    const largestFirst = [...files].sort((a, b) => b.width * b.height - a.width * a.height);
    return [
      ...largestFirst.map((file, place) => {
        const layer = job.kind === 'live_stream' ? place : null;
        return assetOf(file, { type: 'room-composite', file: file.name, layer, layers: null, thumbnails: null });
      }),
      ...(vod
        ? [
            assetOf(vod, {
              type: 'room-vod',
              file: VOD_FILE,
              layer: null,
              layers: vod.rungs,
              thumbnails: vod.thumbnails.length > 0 ? vod.thumbnails : null,
            }),
          ]
        : []),
    ];
  }
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
