import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { assert, type Clock, type Logger, type Millis, messageOf, OpenCounts, TaskQueue } from '@amphi/base';
import {
  type DateRange,
  HlsError,
  hasPart,
  initName,
  type LiveWindow,
  type NewPart,
  PLAYLIST_NAME,
  partName,
  type RenditionReport,
  roundSecondsUp,
  type ServerControl,
  segmentName,
  serializeMultivariantPlaylist,
  serializeThumbnails,
  sheetNameOf,
  THUMBNAILS_FOLDER,
  type ThumbnailSheet,
  windowThumbnails,
} from '@amphi/hls';
import { type AttachAnswer, PublicError, type StreamDescription } from '@amphi/protocol';
import { describedNow, picturesOf, withPictures } from './described-now.ts';
import { multivariantOf } from './multivariant.ts';
import { type PreparedAnswer, prepareError, preparePlaylist } from './prepared-answer.ts';
import { Rendition, type RenditionStatistics } from './rendition.ts';
import type { OriginSettings } from './settings.ts';
import type { MediaStorage } from './storage/storage.ts';
import { NO_FILE, StoredAnswers } from './stored-answer.ts';
import { StorageError, StreamFiles } from './stream-files.ts';
import {
  applyRecord,
  createStreamState,
  type StateChange,
  type StreamRecord,
  type StreamState,
} from './stream-state.ts';
import { gzipPieces, TextPiece } from './text-pieces.ts';
import { isKnownSheet } from './thumbnails.ts';

export interface StreamStatistics {
  readonly streamId: string;
  readonly state: 'starting' | 'playable' | 'ended';
  readonly generation: number;
  readonly createdAt: Millis;
  readonly fedAt: Millis;
  readonly waiting: number;
  readonly renditions: readonly RenditionStatistics[];
}

const SHEET_NAME = /^sheet-\d{1,9}-\d{1,9}-\d{1,3}\.jpg$/;
const NOT_YET = prepareError(404, 'the stream has no media yet', ['retry-after', '1']);

/** Delta updates pay once a playlist is longer than the skip boundary of six target durations. */
const DELTA_FROM_SEGMENTS = 9;

/** Where a stream goes on from: what its journal tells. */
export interface EarlierLife {
  readonly createdAt: Millis;
  readonly state: StreamState;
  /** Per rendition with an open segment: the bytes of its parts. */
  readonly openParts: ReadonlyMap<string, readonly Buffer[]>;
}

/**
 * One stream. It changes by one record at a time: media are stored, the record is written down, then the new state is
 * visible. So whatever a player has seen is there after a kill, and nothing is announced twice under one name.
 */
export class OriginStream {
  readonly id: string;
  /** As it was first; `describedNow` tells how it is. */
  readonly description: StreamDescription;
  readonly #clock: Clock;
  readonly #files: StreamFiles;
  readonly #maxUnwrittenBytes: number;
  readonly #renditions: ReadonlyMap<string, Rendition>;
  readonly #tasks = new TaskQueue();
  readonly #waits: OpenCounts;
  readonly #createdAt: Millis;
  readonly #tag = randomBytes(6).toString('base64url');
  #multivariant: { readonly madeOf: readonly unknown[]; readonly answer: PreparedAnswer } | undefined;
  #track: { readonly madeOf: readonly unknown[]; readonly answer: PreparedAnswer } | undefined;
  readonly #sheets: StoredAnswers;
  readonly #onPlayable: () => void;
  readonly #logger: Logger;
  #state: StreamState;
  /** Of parts that are not stored yet. */
  #unwrittenBytes = 0;
  #version = 0;
  #fedAt: Millis;

  constructor(options: {
    readonly id: string;
    readonly description: StreamDescription;
    readonly settings: OriginSettings;
    readonly storage: MediaStorage;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Called once, when all playlists can be played. */
    readonly onPlayable: () => void;
    readonly earlier?: EarlierLife;
  }) {
    const { id, description, settings, storage, clock, logger, earlier } = options;
    this.id = id;
    this.description = description;
    this.#clock = clock;
    this.#logger = logger;
    this.#onPlayable = options.onPlayable;
    this.#waits = new OpenCounts({ name: 'requests that wait for this stream', max: settings.maxWaitingPerStream });
    this.#fedAt = clock.now();
    this.#createdAt = earlier?.createdAt ?? this.#fedAt;
    this.#maxUnwrittenBytes = settings.maxUnwrittenBytes;
    this.#files = new StreamFiles({
      head: { streamId: id, createdAt: this.#createdAt, description },
      storage,
      clock,
      deadlineMs: settings.storageDeadlineMs,
      logger,
    });
    this.#sheets = new StoredAnswers({
      files: this.#files,
      folder: THUMBNAILS_FOLDER,
      tag: this.#createdAt.toString(36),
      contentType: 'image/jpeg',
    });
    this.#state = earlier?.state ?? emptyStateOf(description);
    this.#renditions = new Map(
      description.renditions.map((rendition) => [
        rendition.id,
        new Rendition({
          description: rendition,
          window: this.#windowOf(rendition.id),
          openParts: earlier?.openParts.get(rendition.id) ?? [],
          files: this.#files,
          clock,
          waitMs: settings.waitTargetDurations * description.targetDurationSeconds * 1000,
          waitsOfStream: this.#waits,
          tag: this.#tag,
          mediaTag: this.#createdAt.toString(36),
          reports: () => this.#reportsExcept(rendition.id),
          streamVersion: () => this.#version,
        }),
      ]),
    );
    if (this.#state.isPlayable) this.#announce();
  }

  get state(): StreamStatistics['state'] {
    if (this.#state.endedAt !== undefined) return 'ended';
    return this.#state.isPlayable ? 'playable' : 'starting';
  }

  get endedAt(): Millis | undefined {
    return this.#state.endedAt;
  }

  get fedAt(): Millis {
    return this.#fedAt;
  }

  rendition(id: string): Rendition | undefined {
    return this.#renditions.get(id);
  }

  /** The figures in it are measured, so it changes with each segment. */
  multivariant(): PreparedAnswer {
    if (!this.#state.isPlayable) return NOT_YET;
    const { renditions, endedAt, thumbnails } = this.#state;
    const madeOf = [
      endedAt,
      thumbnails.sheets.length > 0,
      ...[...renditions.values()].flatMap(({ measured, iFrames, picture }) => [measured, iFrames, picture]),
    ];
    if (this.#multivariant?.madeOf.every((value, index) => value === madeOf[index])) return this.#multivariant.answer;
    const piece = new TextPiece(serializeMultivariantPlaylist(multivariantOf(this.description, this.#state)));
    const answer = preparePlaylist({
      body: piece.bytes,
      cacheControl: `public, max-age=${this.description.targetDurationSeconds}`,
      tag: `${this.#tag}-m${this.#version}`,
      gzip: () => gzipPieces([piece]),
    });
    this.#multivariant = { madeOf, answer };
    return answer;
  }

  /** Small pictures of what the playlists list (THB1); 404 where there are none. */
  thumbnailTrack(): PreparedAnswer {
    const { thumbnails, isPlayable } = this.#state;
    const window = this.#pictureWindow();
    if (!isPlayable || !window || thumbnails.sheets.length === 0) return NO_FILE;
    const madeOf = [thumbnails.sheets, window.segments];
    if (this.#track?.madeOf.every((value, index) => value === madeOf[index])) return this.#track.answer;
    const piece = new TextPiece(serializeThumbnails(windowThumbnails(window, thumbnails.sheets)));
    const answer = preparePlaylist({
      body: piece.bytes,
      contentType: 'text/vtt; charset=utf-8',
      cacheControl: `public, max-age=${this.description.targetDurationSeconds}`,
      tag: `${this.#tag}-t${this.#version}`,
      gzip: () => gzipPieces([piece]),
    });
    this.#track = { madeOf, answer };
    return answer;
  }

  /** A sheet of small pictures, as the track names it. */
  answerSheet(name: string, answer: (prepared: PreparedAnswer) => void): void {
    if (SHEET_NAME.test(name)) this.#sheets.answer(name, answer);
    else answer(NO_FILE);
  }

  /**
   * Puts a journal of the state as it is in the place of an earlier one, whose end may be torn, and makes up for its
   * deletions.
   * @throws StorageError
   */
  async rewriteJournal(deletable: StateChange['deletable']): Promise<void> {
    await this.#files.rewrite(this.#state);
    this.#files.delete(deletable);
  }

  /**
   * LW5, LW9: another run of the packager begins or goes on.
   * @param run the name it gives itself: the same run is answered as before, as often as it asks
   */
  attach(description: StreamDescription, run?: string): Promise<AttachAnswer> {
    return this.#change('attach', async () => {
      const pictures = picturesOf(description);
      if (!isDeepStrictEqual(description, withPictures(this.description, pictures))) {
        throw new PublicError(
          409,
          `stream ${this.id}: is described otherwise than by the size of its pictures; a running stream keeps its promises`,
        );
      }
      if (run !== undefined && this.#state.replacedRuns.includes(run)) {
        throw new PublicError(409, `stream ${this.id}: run ${run} was replaced and feeds no longer`);
      }
      if (run === undefined || run !== this.#state.run) {
        const isAsBefore = isDeepStrictEqual(description, describedNow(this.description, this.#state));
        await this.#commit({ type: 'attach', run, ...(!isAsBefore && { pictures }) });
      }
      return { generation: this.#state.generation, nextMsn: this.#state.firstMsn };
    });
  }

  putInit(renditionId: string, generation: number | undefined, data: Buffer): Promise<void> {
    return this.#change('init', async () => {
      this.#checkGeneration(generation);
      const { window } = this.#known(renditionId);
      if (window.map) {
        const known = await this.#files.get(renditionId, window.map.uri);
        if (known?.equals(data)) return;
        throw new HlsError('out_of_order', `initialization segment: generation ${generation} has another one`);
      }
      await this.#commit({ type: 'init', rendition: renditionId }, data);
    });
  }

  /**
   * A part that was taken already is taken again without effect.
   * @throws HlsError as `appendPart` does; StorageError when it cannot be stored: it was not taken then
   */
  putPart(renditionId: string, generation: number, part: NewPart, data: Buffer): Promise<void> {
    if (this.#unwrittenBytes + data.byteLength > this.#maxUnwrittenBytes) {
      const waiting = `${this.#unwrittenBytes} bytes wait to be written, at most ${this.#maxUnwrittenBytes} may`;
      return Promise.reject(
        new StorageError(
          'storage_slow',
          `stream ${this.id}: ${waiting}; is the disk of the data directory overloaded?`,
        ),
      );
    }
    this.#unwrittenBytes += data.byteLength;
    return this.#change('part', async () => {
      this.#checkGeneration(generation);
      if (hasPart(this.#known(renditionId).window, part.msn, part.part)) return;
      await this.#commit({ type: 'part', rendition: renditionId, part, bytes: data.byteLength }, data);
    }).finally(() => {
      this.#unwrittenBytes -= data.byteLength;
    });
  }

  /** THB2: one that was taken already, or of which a later form was, is taken again without effect. */
  putThumbnails(told: ThumbnailSheet, data: Buffer): Promise<void> {
    return this.#change('thumbnails', async () => {
      this.#checkGeneration(told.generation);
      if (!isKnownSheet(this.#state.thumbnails, told)) await this.#commit({ type: 'thumbnails', sheet: told }, data);
    });
  }

  addDateRange(range: DateRange): Promise<void> {
    return this.#change('date range', () => this.#commit({ type: 'dateRange', range }));
  }

  /**
   * Also when nothing can be written any more: what was written makes the last segment.
   * @param generation undefined when the host ends it, whoever feeds it
   */
  end(generation?: number): Promise<void> {
    if (this.state === 'ended') return Promise.resolve();
    return this.#change('end', async () => {
      this.#checkGeneration(generation);
      await this.#commit({ type: 'end', at: this.#clock.now() });
    });
  }

  /** Answers whoever waits: with 404 when the stream is gone, with 503 when only this origin goes. */
  close(isGone: boolean): void {
    this.#tasks.close();
    for (const rendition of this.#renditions.values()) rendition.close(isGone);
  }

  statistics(): StreamStatistics {
    return {
      streamId: this.id,
      state: this.state,
      generation: this.#state.generation,
      createdAt: this.#createdAt,
      fedAt: this.#fedAt,
      waiting: this.#waits.countOf(''),
      renditions: [...this.#renditions.values()].map((rendition) => rendition.statistics()),
    };
  }

  #change<T>(name: string, run: () => Promise<T>): Promise<T> {
    return this.#tasks.push(name, async () => {
      if (this.#state.endedAt !== undefined) throw new PublicError(410, `stream ${this.id}: has ended`);
      const result = await run();
      this.#fedAt = this.#clock.now();
      return result;
    });
  }

  /** @param data of the part, the initialization segment or the pictures that the record tells of */
  async #commit(record: StreamRecord, data?: Buffer): Promise<void> {
    const change = applyRecord(this.#state, record);
    try {
      await this.#store(record, change, data);
    } catch (error) {
      if (record.type !== 'end') throw error;
      // The last segment may be missing its file then; a stream that cannot be ended would be worse.
      this.#logger.warn({ streamId: this.id, error: messageOf(error) }, 'the end of the stream could not be stored');
    }
    const wasPlayable = this.#state.isPlayable;
    this.#state = change.state;
    this.#version++;
    for (const [id, rendition] of this.#renditions) {
      const isOwn = record.type === 'part' && record.rendition === id;
      rendition.show(this.#windowOf(id), isOwn ? data : undefined);
    }
    if (!wasPlayable && change.state.isPlayable) {
      this.#announce();
      this.#onPlayable();
    }
    for (const rendition of this.#renditions.values()) rendition.release();
    this.#files.delete(change.deletable);
  }

  async #store(record: StreamRecord, { state, completed }: StateChange, data: Buffer | undefined): Promise<void> {
    if (data && record.type === 'init') {
      await this.#files.put(record.rendition, initName(this.#state.generation), data);
    } else if (data && record.type === 'part') {
      await this.#files.put(record.rendition, partName(record.part.msn, record.part.part), data);
    } else if (data && record.type === 'thumbnails') {
      await this.#files.put(THUMBNAILS_FOLDER, sheetNameOf(record.sheet), data);
    }
    for (const { rendition, msn } of completed) {
      const parts = [...(this.#renditions.get(rendition)?.openParts ?? [])];
      if (data && record.type === 'part' && record.rendition === rendition) parts.push(data);
      await this.#files.put(rendition, segmentName(msn), Buffer.concat(parts));
    }
    await this.#files.record(record, state);
  }

  #announce(): void {
    for (const rendition of this.#renditions.values()) rendition.announce();
  }

  /** Of the largest pictures. */
  #pictureWindow(): LiveWindow | undefined {
    const first = this.description.renditions.find(({ kind }) => kind === 'video');
    return first && this.#windowOf(first.id);
  }

  #windowOf(renditionId: string): LiveWindow {
    const rendition = this.#state.renditions.get(renditionId);
    assert(rendition, `the state of ${this.id} has a rendition ${renditionId}`);
    return rendition.window;
  }

  #known(renditionId: string): Rendition {
    const rendition = this.#renditions.get(renditionId);
    if (!rendition) throw new PublicError(404, `stream ${this.id}: no rendition ${JSON.stringify(renditionId)}`);
    return rendition;
  }

  #checkGeneration(generation: number | undefined): void {
    if (generation === undefined || generation === this.#state.generation) return;
    throw new PublicError(
      409,
      `stream ${this.id}: generation ${generation} feeds no longer, allowed is ${this.#state.generation}`,
    );
  }

  #reportsExcept(id: string): RenditionReport[] {
    const reports: RenditionReport[] = [];
    for (const [other, rendition] of this.#renditions) {
      const report = other === id ? undefined : rendition.report(`../${other}/${PLAYLIST_NAME}`);
      if (report) reports.push(report);
    }
    return reports;
  }
}

/** The state of a stream that nothing has come of yet. */
export function emptyStateOf(description: StreamDescription): StreamState {
  const serverControl = serverControlOf(description);
  return createStreamState(
    description.renditions.map(({ id, partTargetSeconds }) => ({
      id,
      window: {
        targetDuration: description.targetDurationSeconds,
        partTarget: partTargetSeconds,
        serverControl,
        type: description.playlistType,
        windowSegments: description.windowSegments,
      },
    })),
  );
}

/** OR10: the same in all renditions, so the longest part target decides. */
function serverControlOf(description: StreamDescription): ServerControl {
  const target = description.targetDurationSeconds;
  const partTarget = Math.max(...description.renditions.map((rendition) => rendition.partTargetSeconds));
  const isLong = description.playlistType === 'event' || description.windowSegments >= DELTA_FROM_SEGMENTS;
  return {
    canBlockReload: true,
    ...(isLong ? { canSkipUntil: 6 * target } : {}),
    holdBack: 3 * target,
    partHoldBack: 3 * roundSecondsUp(partTarget),
  };
}
