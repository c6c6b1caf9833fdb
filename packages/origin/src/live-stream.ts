import { type Clock, type Millis, TaskQueue } from '@amphi/base';
import {
  type DateRange,
  type NewPart,
  PLAYLIST_NAME,
  type RenditionReport,
  roundSecondsUp,
  type ServerControl,
  serializeMultivariantPlaylist,
} from '@amphi/hls';
import { type AttachAnswer, PublicError, type StreamDescription } from '@amphi/protocol';
import { multivariantOf } from './multivariant.ts';
import { NOT_CACHED, PLAYLIST_TYPE, type PreparedAnswer, prepare, prepareError } from './prepared-answer.ts';
import { Rendition, type RenditionStatistics } from './rendition.ts';
import type { OriginSettings } from './settings.ts';
import type { MediaStorage } from './storage/storage.ts';
import { WaitingBudget } from './waiting-requests.ts';

export interface StreamStatistics {
  readonly streamId: string;
  readonly state: 'starting' | 'playable' | 'ended';
  readonly generation: number;
  readonly createdAt: Millis;
  readonly fedAt: Millis;
  readonly waiting: number;
  readonly renditions: readonly RenditionStatistics[];
}

const NOT_YET = prepareError(404, 'the stream has no media yet', ['retry-after', '1']);

/** Delta updates pay once a playlist is longer than the skip boundary of six target durations. */
const DELTA_FROM_SEGMENTS = 9;

/** One stream: its renditions, which change one at a time, and what they have in common. */
export class LiveStream {
  readonly id: string;
  readonly description: StreamDescription;
  readonly #clock: Clock;
  readonly #renditions = new Map<string, Rendition>();
  readonly #tasks = new TaskQueue();
  readonly #budget: WaitingBudget;
  readonly #createdAt: Millis;
  readonly #multivariant: PreparedAnswer;
  readonly #onPlayable: () => void;
  #generation = -1;
  #version = 0;
  #fedAt: Millis;
  #state: StreamStatistics['state'] = 'starting';
  #isAnnounced = false;

  constructor(options: {
    readonly id: string;
    readonly description: StreamDescription;
    readonly settings: OriginSettings;
    readonly storage: MediaStorage;
    readonly clock: Clock;
    /** Called once, when all playlists can be played. */
    readonly onPlayable: () => void;
  }) {
    const { id, description, settings, storage, clock } = options;
    this.id = id;
    this.description = description;
    this.#clock = clock;
    this.#onPlayable = options.onPlayable;
    this.#budget = new WaitingBudget(settings.maxWaitingPerStream);
    this.#createdAt = clock.now();
    this.#fedAt = this.#createdAt;
    const text = serializeMultivariantPlaylist(multivariantOf(description));
    this.#multivariant = prepare(200, PLAYLIST_TYPE, NOT_CACHED, Buffer.from(text));
    const serverControl = serverControlOf(description);
    for (const rendition of description.renditions) {
      this.#renditions.set(
        rendition.id,
        new Rendition({
          description: rendition,
          window: {
            targetDuration: description.targetDurationSeconds,
            partTarget: rendition.partTargetSeconds,
            serverControl,
            type: description.playlistType,
            windowSegments: description.windowSegments,
          },
          folder: `${id}/${rendition.id}/`,
          storage,
          clock,
          waitMs: settings.waitTargetDurations * description.targetDurationSeconds * 1000,
          budget: this.#budget,
          reports: () => this.#reportsExcept(rendition.id),
          streamVersion: () => this.#version,
        }),
      );
    }
  }

  get state(): StreamStatistics['state'] {
    return this.#state;
  }

  get fedAt(): Millis {
    return this.#fedAt;
  }

  rendition(id: string): Rendition | undefined {
    return this.#renditions.get(id);
  }

  get multivariant(): PreparedAnswer {
    return this.#isAnnounced ? this.#multivariant : NOT_YET;
  }

  /** LW5: another run of the packager begins or goes on. */
  attach(description: StreamDescription): Promise<AttachAnswer> {
    return this.#change('attach', async () => {
      if (JSON.stringify(description) !== JSON.stringify(this.description)) {
        throw new PublicError(409, `stream ${this.id}: is described otherwise; a running stream keeps its promises`);
      }
      const nextMsn = Math.max(...this.#all().map((rendition) => rendition.nextFreshMsn));
      const ahead = (msn: number) =>
        this.#all()
          .flatMap((rendition) => rendition.window.segments)
          .find((segment) => segment.msn === msn);
      // Those that are ahead first, so that the others find the segments to count along with.
      const order = this.#all().sort((a, b) => b.nextFreshMsn - a.nextFreshMsn);
      for (const rendition of order) await rendition.takeOver(nextMsn, ahead);
      this.#generation++;
      return { generation: this.#generation, nextMsn };
    });
  }

  putInit(renditionId: string, generation: number | undefined, data: Buffer): Promise<void> {
    return this.#change('init', async () => {
      this.#checkGeneration(generation);
      await this.#known(renditionId).putInit(this.#generation, data);
    });
  }

  putPart(renditionId: string, generation: number, part: NewPart, data: Buffer): Promise<void> {
    return this.#change('part', async () => {
      this.#checkGeneration(generation);
      await this.#known(renditionId).putPart(part, data);
    });
  }

  addDateRange(range: DateRange): Promise<void> {
    return this.#change('date range', async () => {
      for (const rendition of this.#renditions.values()) rendition.addDateRange(range);
    });
  }

  /** @param generation undefined when the host ends it, whoever feeds it */
  end(generation?: number): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    return this.#change('end', async () => {
      this.#checkGeneration(generation);
      for (const rendition of this.#renditions.values()) await rendition.end();
      this.#state = 'ended';
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
      state: this.#state,
      generation: this.#generation,
      createdAt: this.#createdAt,
      fedAt: this.#fedAt,
      waiting: this.#budget.used,
      renditions: [...this.#renditions.values()].map((rendition) => rendition.statistics()),
    };
  }

  #change<T>(name: string, run: () => Promise<T>): Promise<T> {
    return this.#tasks.push(name, async () => {
      if (this.#state === 'ended') throw new PublicError(410, `stream ${this.id}: has ended`);
      const result = await run();
      this.#fedAt = this.#clock.now();
      this.#version++;
      this.#announceWhenPlayable();
      for (const rendition of this.#renditions.values()) rendition.release();
      return result;
    });
  }

  #announceWhenPlayable(): void {
    if (this.#state !== 'starting' || !this.#all().every((rendition) => rendition.isPlayable)) return;
    this.#state = 'playable';
    this.#isAnnounced = true;
    for (const rendition of this.#renditions.values()) rendition.announce();
    this.#onPlayable();
  }

  #all(): Rendition[] {
    return [...this.#renditions.values()];
  }

  #known(renditionId: string): Rendition {
    const rendition = this.#renditions.get(renditionId);
    if (!rendition) throw new PublicError(404, `stream ${this.id}: no rendition ${JSON.stringify(renditionId)}`);
    return rendition;
  }

  #checkGeneration(generation: number | undefined): void {
    if (generation === undefined || generation === this.#generation) return;
    throw new PublicError(
      409,
      `stream ${this.id}: generation ${generation} feeds no longer, allowed is ${this.#generation}`,
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
