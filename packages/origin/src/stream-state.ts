import { assert, type Millis } from '@amphi/base';
import {
  addDateRange,
  appendGap,
  appendPart,
  closeOpenSegment,
  createLiveWindow,
  type DateRange,
  endLiveWindow,
  interrupt,
  isPlayable,
  type LiveWindow,
  type LiveWindowOptions,
  type NewPart,
  setInit,
  THUMBNAILS_FOLDER,
  type ThumbnailSheet,
  type WindowChange,
  type WindowSegment,
} from '@amphi/hls';
import type { VideoRendition } from '@amphi/protocol';
import { type MeasuredMedia, measure, NOTHING_MEASURED } from './measured-media.ts';
import { addSheet, NO_THUMBNAILS, type Thumbnails } from './thumbnails.ts';

/** What of a video rendition may become another in its middle, with a run of the packager. */
export type RenditionPicture = Pick<VideoRendition, 'codecs' | 'bandwidthBps' | 'width' | 'height'>;

export interface RenditionState {
  readonly window: LiveWindow;
  /** By now; absent as long as it is as the stream was first described. */
  readonly picture?: RenditionPicture;
  /** Of the open segment. */
  readonly openBytes: number;
  readonly measured: MeasuredMedia;
  /** Of the first pictures of its segments alone. */
  readonly iFrames: MeasuredMedia;
}

/** All that a stream's playlists are made from, as a value. */
export interface StreamState {
  /** Of the run that feeds it; -1 before the first. */
  readonly generation: number;
  /** Media sequence number that run begins with. */
  readonly firstMsn: number;
  /** Name the run gave itself, if it did. */
  readonly run: string | undefined;
  /** Runs that were replaced, the last few: a late request of theirs must not take over again. */
  readonly replacedRuns: readonly string[];
  readonly renditions: ReadonlyMap<string, RenditionState>;
  readonly thumbnails: Thumbnails;
  /** Once true it stays so: a gap of the packager does not take a playlist away. */
  readonly isPlayable: boolean;
  readonly endedAt: Millis | undefined;
}

/** What may happen to a stream. The journal holds these; to replay them gives the state again. */
export type StreamRecord =
  /** `pictures`: by rendition, of a run that is described otherwise. */
  | {
      readonly type: 'attach';
      readonly run?: string | undefined;
      readonly pictures?: Readonly<Record<string, RenditionPicture>>;
    }
  | { readonly type: 'init'; readonly rendition: string }
  | { readonly type: 'part'; readonly rendition: string; readonly part: NewPart; readonly bytes: number }
  | { readonly type: 'dateRange'; readonly range: DateRange }
  | { readonly type: 'thumbnails'; readonly sheet: ThumbnailSheet }
  | { readonly type: 'end'; readonly at: Millis };

export interface StateChange {
  readonly state: StreamState;
  /** Segments that are complete now, one per rendition at most. */
  readonly completed: readonly { readonly rendition: string; readonly msn: number }[];
  /** Files that no player can need any more. */
  readonly deletable: readonly { readonly rendition: string; readonly name: string }[];
}

/** Far more than requests can be late. */
const REPLACED_RUNS = 16;

export function createStreamState(
  renditions: readonly { readonly id: string; readonly window: LiveWindowOptions }[],
): StreamState {
  return {
    generation: -1,
    firstMsn: 0,
    run: undefined,
    replacedRuns: [],
    renditions: new Map(
      renditions.map(({ id, window }) => [
        id,
        { window: createLiveWindow(window), openBytes: 0, measured: NOTHING_MEASURED, iFrames: NOTHING_MEASURED },
      ]),
    ),
    thumbnails: NO_THUMBNAILS,
    isPlayable: false,
    endedAt: undefined,
  };
}

/**
 * The state after `record`.
 * @throws HlsError when the live window refuses it; the state is as before
 */
export function applyRecord(state: StreamState, record: StreamRecord): StateChange {
  const step = new Step(state);
  switch (record.type) {
    case 'attach':
      attach(step, record.run);
      for (const [id, picture] of Object.entries(record.pictures ?? {})) step.setPicture(id, picture);
      break;
    case 'init':
      step.setWindow(record.rendition, setInit(step.windowOf(record.rendition), state.generation));
      break;
    case 'part':
      step.appendPart(record.rendition, record.part, record.bytes);
      break;
    case 'dateRange':
      for (const id of state.renditions.keys()) step.setWindow(id, addDateRange(step.windowOf(id), record.range));
      break;
    case 'thumbnails':
      step.addSheet(record.sheet);
      break;
    case 'end':
      for (const id of state.renditions.keys()) step.close(id, endLiveWindow(step.windowOf(id)));
      step.state = { ...step.state, endedAt: record.at };
      break;
  }
  return step.done();
}

/** Gathers the changes of several windows. */
class Step {
  state: StreamState;
  readonly #renditions: Map<string, RenditionState>;
  readonly #completed: { rendition: string; msn: number }[] = [];
  readonly #deletable: { rendition: string; name: string }[] = [];

  constructor(state: StreamState) {
    this.state = state;
    this.#renditions = new Map(state.renditions);
  }

  windowOf(id: string): LiveWindow {
    return this.#of(id).window;
  }

  windows(): LiveWindow[] {
    return [...this.#renditions.values()].map(({ window }) => window);
  }

  setWindow(id: string, window: LiveWindow): void {
    this.#renditions.set(id, { ...this.#of(id), window });
  }

  setPicture(id: string, picture: RenditionPicture): void {
    this.#renditions.set(id, { ...this.#of(id), picture });
  }

  appendPart(id: string, part: NewPart, bytes: number): void {
    const before = this.#of(id);
    const change = appendPart(before.window, part);
    this.#take(id, { ...before, openBytes: before.openBytes + bytes }, change);
  }

  addSheet(sheet: ThumbnailSheet): void {
    const windows = this.windows();
    const starts = windows.map(({ segments }) => segments[0]?.programDateTime ?? 0);
    // LW4, for pictures.
    const keepMs = 3000 * Math.max(...windows.map(({ options }) => options.targetDuration));
    const change = addSheet(this.state.thumbnails, sheet, { listedFrom: Math.min(...starts), keepMs });
    this.state = { ...this.state, thumbnails: change.thumbnails };
    this.#deletable.push(...change.deletable.map((name) => ({ rendition: THUMBNAILS_FOLDER, name })));
  }

  /** A change that adds no media. */
  close(id: string, change: WindowChange): void {
    this.#take(id, this.#of(id), change);
  }

  done(): StateChange {
    const isReady = (): boolean => [...this.#renditions.values()].every(({ window }) => isPlayable(window));
    return {
      state: { ...this.state, renditions: this.#renditions, isPlayable: this.state.isPlayable || isReady() },
      completed: this.#completed,
      deletable: this.#deletable,
    };
  }

  #of(id: string): RenditionState {
    const rendition = this.#renditions.get(id);
    assert(rendition, `the stream has a rendition ${id}`);
    return rendition;
  }

  #take(id: string, rendition: RenditionState, { window, completedMsn, deletable }: WindowChange): void {
    this.#deletable.push(...deletable.map((name) => ({ rendition: id, name })));
    if (completedMsn === undefined) {
      this.#renditions.set(id, { ...rendition, window });
      return;
    }
    this.#completed.push({ rendition: id, msn: completedMsn });
    const segment = window.segments.at(-1);
    const seconds = segment?.duration ?? 0;
    const { targetDuration } = window.options;
    const measured = measure(rendition.measured, { bytes: rendition.openBytes, seconds }, targetDuration);
    const bytes = segment?.iFrameBytes;
    const iFrames =
      bytes === undefined ? rendition.iFrames : measure(rendition.iFrames, { bytes, seconds }, targetDuration);
    this.#renditions.set(id, { ...rendition, window, openBytes: 0, measured, iFrames });
  }
}

/** LW5: another run of the packager begins or goes on, in all renditions at the same media sequence number. */
function attach(step: Step, run: string | undefined): void {
  const ids = [...step.state.renditions.keys()];
  for (const id of ids) step.close(id, closeOpenSegment(step.windowOf(id)));
  const firstMsn = Math.max(...step.windows().map((window) => window.nextMsn));
  // Whoever is ahead has the segments that the others count along with.
  const ahead = step.windows().flatMap((window) => window.segments);
  for (const id of ids) {
    while (step.windowOf(id).nextMsn < firstMsn) {
      const window = step.windowOf(id);
      // The same segment, or the first that is still listed when this rendition is a whole window behind.
      const like = ahead.filter((segment) => segment.msn >= window.nextMsn).sort((a, b) => a.msn - b.msn)[0];
      assert(like, `the rendition that is ahead has segment ${window.nextMsn} or a later one`);
      step.close(id, appendGap(window, gapUntilEndOf(like, window)));
    }
    step.setWindow(id, interrupt(step.windowOf(id)));
  }
  const { generation, run: before, replacedRuns } = step.state;
  step.state = {
    ...step.state,
    generation: generation + 1,
    firstMsn,
    run,
    replacedRuns: before === undefined ? replacedRuns : [...replacedRuns, before].slice(-REPLACED_RUNS),
  };
}

/** A gap from where the window ends to where the segment `like` of another rendition does, a target duration at most. */
function gapUntilEndOf(like: WindowSegment, window: LiveWindow): { duration: number; programDateTime: Millis } {
  const last = window.segments.at(-1);
  const start = last?.programDateTime === undefined ? undefined : last.programDateTime + last.duration * 1000;
  const end = (like.programDateTime ?? 0) + like.duration * 1000;
  const programDateTime = start ?? end - like.duration * 1000;
  const duration = (end - programDateTime) / 1000;
  // An overlap of clocks leaves nothing to fill; a segment has some duration all the same.
  return { programDateTime, duration: Math.min(Math.max(duration, 0.001), window.options.targetDuration) };
}
