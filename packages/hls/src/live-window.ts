import { assert, type Millis } from '@amphi/base';
import { HlsError } from './errors.ts';
import type { Segment, SegmentHead } from './media-playlist.ts';
import { initName, partName, segmentName } from './resource-names.ts';
import type { DateRange } from './tags/date-range.ts';
import type { MediaInitialization } from './tags/map.ts';
import type { Part } from './tags/part.ts';
import type { ServerControl } from './tags/server-control.ts';

/** Promises of a stream, fixed before its first part and kept until its end. Seconds. */
export interface LiveWindowOptions {
  readonly targetDuration: number;
  readonly partTarget: number;
  /** The same in all renditions of a stream (rfc8216bis, Providing Variant Streams and Renditions). */
  readonly serverControl: ServerControl;
  /** `live`: a sliding window; `event`: everything stays. */
  readonly type: 'live' | 'event';
  /** Segments listed in a sliding window, more while these last less than three target durations. */
  readonly windowSegments: number;
}

/** A complete segment of the window. */
export interface WindowSegment extends Segment {
  readonly msn: number;
  /** Media time since the start of the stream, in seconds. */
  readonly startsAt: number;
  /** Counted when it was completed; the parts themselves are dropped later. */
  readonly partCount: number;
  /** Up to the end of its first picture; absent when that was not told. */
  readonly iFrameBytes?: number;
}

/** The segment at the live edge. */
export interface OpenSegment extends SegmentHead, Pick<WindowSegment, 'iFrameBytes'> {}

/** A resource that is no longer listed but must stay for players that know an older playlist. */
interface Retired {
  readonly name: string;
  /** Media time from which it may go. */
  readonly until: number;
}

/**
 * The live playlist of one rendition as a value. Operations return the new value and the names of resources that may
 * now be deleted; nothing is changed in place.
 */
export interface LiveWindow {
  readonly options: LiveWindowOptions;
  readonly segments: readonly WindowSegment[];
  /** Parts of the segment `nextMsn`, at least one. */
  readonly open: OpenSegment | undefined;
  /** Media sequence number of the open segment, or of the next one. */
  readonly nextMsn: number;
  readonly discontinuitySequence: number;
  /** Initialization segment of what comes next; undefined until it was told. */
  readonly map: MediaInitialization | undefined;
  /** The next segment begins with a discontinuity. */
  readonly isInterrupted: boolean;
  readonly dateRanges: readonly DateRange[];
  readonly retired: readonly Retired[];
  /** Media time at the live edge, in seconds since the start of the stream. */
  readonly edge: number;
  readonly ended: boolean;
}

export interface WindowChange {
  readonly window: LiveWindow;
  /** Media sequence number of a segment that is complete now. */
  readonly completedMsn?: number;
  /** Resources that no player can need any more. */
  readonly deletable: readonly string[];
}

/** What the packager tells of a part. */
export interface NewPart {
  readonly msn: number;
  /** Index within its segment, from 0. */
  readonly part: number;
  /** Seconds. */
  readonly duration: number;
  readonly independent: boolean;
  /** It is the last of its segment. */
  readonly last: boolean;
  /** Wall clock of its first sample. */
  readonly programDateTime: Millis;
  /** Of a part that begins with a keyframe: how many bytes it takes to have that one picture. */
  readonly iFrameBytes?: number;
}

/** How long parts stay listed, and how long resources stay after that, in target durations (rfc8216bis, Live Playlists). */
const KEEP_TARGET_DURATIONS = 3;
/** Durations arrive as decimal text; a microsecond is far below a sample. */
const EPSILON = 1e-6;

export function createLiveWindow(options: LiveWindowOptions): LiveWindow {
  return {
    options,
    segments: [],
    open: undefined,
    nextMsn: 0,
    discontinuitySequence: 0,
    map: undefined,
    isInterrupted: false,
    dateRanges: [],
    retired: [],
    edge: 0,
    ended: false,
  };
}

/** The initialization segment of run `generation` is stored: parts may come. */
export function setInit(window: LiveWindow, generation: number): LiveWindow {
  return { ...window, map: { uri: initName(generation) } };
}

/**
 * Adds a part at the live edge.
 * @throws HlsError `ended`; `out_of_order` unless it follows the last part; `part_too_long`, `segment_too_long`,
 * `not_independent` when it would break what the playlist promises
 */
export function appendPart(window: LiveWindow, added: NewPart): WindowChange {
  const { options, open } = window;
  if (window.ended) throw new HlsError('ended', `part ${added.msn}.${added.part}: the playlist has ended`);
  if (!window.map)
    throw new HlsError('out_of_order', `part ${added.msn}.${added.part}: an initialization segment comes first`);
  const nextPart = open?.parts.length ?? 0;
  if (added.msn !== window.nextMsn || added.part !== nextPart) {
    const got = `${added.msn}.${added.part}`;
    throw new HlsError('out_of_order', `part ${got}: does not follow, allowed is ${window.nextMsn}.${nextPart}`);
  }
  if (added.duration > options.partTarget + EPSILON) {
    throw new HlsError('part_too_long', `part duration: got ${added.duration} s, allowed ${options.partTarget} s`);
  }
  if (added.part === 0 && !added.independent) {
    throw new HlsError('not_independent', `part ${added.msn}.0: a segment begins with an independent frame`);
  }
  const startsAt = window.edge - durationOf(open?.parts ?? []);
  const edge = window.edge + added.duration;
  // EXTINF rounded to whole seconds may reach the target duration, not pass it (rfc8216bis, EXT-X-TARGETDURATION).
  if (edge - startsAt >= options.targetDuration + 0.5) {
    throw new HlsError(
      'segment_too_long',
      `segment ${added.msn}: lasts ${edge - startsAt} s with part ${added.part}, allowed below ${options.targetDuration + 0.5} s`,
    );
  }
  const part: Part = {
    uri: partName(added.msn, added.part),
    duration: added.duration,
    independent: added.independent,
    gap: false,
  };
  const head: OpenSegment = open
    ? { ...open, parts: [...open.parts, part] }
    : {
        discontinuity: window.isInterrupted,
        map: window.map,
        programDateTime: added.programDateTime,
        parts: [part],
        ...(added.iFrameBytes === undefined ? {} : { iFrameBytes: added.iFrameBytes }),
      };
  const grown: LiveWindow = { ...window, open: head, edge, isInterrupted: false };
  return slide(added.last ? completeOpen(grown) : grown, added.last ? added.msn : undefined);
}

/** Completes the open segment with the parts it has, if there is one. */
export function closeOpenSegment(window: LiveWindow): WindowChange {
  return slide(completeOpen(window), window.open ? window.nextMsn : undefined);
}

/**
 * Adds a segment without media, so that a rendition that fell behind counts on like the others (rfc8216bis, EXT-X-GAP).
 * Its parts say the same, so that the playlist stays one of parts to its edge. There must be no open segment.
 */
export function appendGap(
  window: LiveWindow,
  gap: { readonly duration: number; readonly programDateTime?: Millis },
): WindowChange {
  assert(!window.open, `segment ${window.nextMsn} is open`);
  const partCount = Math.ceil(gap.duration / window.options.partTarget - EPSILON);
  const parts = Array.from({ length: partCount }, (_, index): Part => {
    const uri = partName(window.nextMsn, index);
    return { uri, duration: gap.duration / partCount, independent: true, gap: true };
  });
  const segment: WindowSegment = {
    uri: segmentName(window.nextMsn),
    duration: gap.duration,
    title: '',
    gap: true,
    discontinuity: window.isInterrupted,
    ...(window.map ? { map: window.map } : {}),
    ...(gap.programDateTime === undefined ? {} : { programDateTime: gap.programDateTime }),
    parts,
    msn: window.nextMsn,
    startsAt: window.edge,
    partCount,
  };
  return slide(
    {
      ...window,
      segments: [...window.segments, segment],
      nextMsn: window.nextMsn + 1,
      edge: window.edge + gap.duration,
      isInterrupted: false,
    },
    undefined,
  );
}

/**
 * Another run of the packager takes over: what comes next needs its own initialization segment and, unless nothing
 * was there before, begins with a discontinuity.
 */
export function interrupt(window: LiveWindow): LiveWindow {
  return { ...window, map: undefined, isInterrupted: window.isInterrupted || window.nextMsn > 0 };
}

/** Completes the open segment and ends the playlist. */
export function endLiveWindow(window: LiveWindow): WindowChange {
  const { window: closed, ...rest } = closeOpenSegment(window);
  return { window: { ...closed, ended: true }, ...rest };
}

/**
 * Adds a message to the viewers. It leaves the playlist when all it spans has left the window.
 * @throws HlsError `out_of_order` for an id that was there before
 */
export function addDateRange(window: LiveWindow, range: DateRange): LiveWindow {
  if (window.dateRanges.some(({ id }) => id === range.id)) {
    throw new HlsError('out_of_order', `date range ${range.id}: the id is taken`);
  }
  return { ...window, dateRanges: [...window.dateRanges, range] };
}

/** Whether the part is in the window, listed or not. */
export function hasPart({ nextMsn, open, segments }: LiveWindow, msn: number, part: number): boolean {
  if (msn === nextMsn) return part < (open?.parts.length ?? 0);
  const first = segments[0];
  const segment = first ? segments[msn - first.msn] : undefined;
  return segment !== undefined && part < segment.partCount;
}

const durationOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.duration, 0);

function completeOpen(window: LiveWindow): LiveWindow {
  const { open, nextMsn: msn } = window;
  if (!open) return window;
  const duration = durationOf(open.parts);
  const segment: WindowSegment = {
    ...open,
    uri: segmentName(msn),
    duration,
    title: '',
    gap: false,
    msn,
    startsAt: window.edge - duration,
    partCount: open.parts.length,
  };
  return { ...window, segments: [...window.segments, segment], open: undefined, nextMsn: msn + 1 };
}

/** Takes out of the playlist what is too old for it, and tells what is too old to be kept at all. */
function slide(window: LiveWindow, completedMsn: number | undefined): WindowChange {
  const { options, edge } = window;
  const keep = KEEP_TARGET_DURATIONS * options.targetDuration;
  const retired: Retired[] = [];
  const deletable: string[] = [];
  for (const resource of window.retired) {
    if (resource.until <= edge + EPSILON) deletable.push(resource.name);
    else retired.push(resource);
  }
  let segments = window.segments;
  let { discontinuitySequence, dateRanges } = window;

  const first = options.type === 'event' ? 0 : firstListed(window);
  for (const gone of segments.slice(0, first)) {
    if (gone.discontinuity) discontinuitySequence++;
    for (const part of gone.parts) retired.push({ name: part.uri, until: edge + keep });
    if (!gone.gap) retired.push({ name: gone.uri, until: edge + keep });
  }
  if (first > 0) {
    segments = segments.slice(first);
    const start = segments[0]?.programDateTime;
    if (start !== undefined) {
      dateRanges = dateRanges.filter((range) => range.startDate + (range.duration ?? 0) * 1000 >= start);
    }
  }

  // "EXT-X-PART tags SHOULD be removed from the Playlist after they are greater than three Target Durations from the end
  // of the Playlist" (rfc8216bis, Live Playlists). Only segments near the edge have any: an event playlist may be long.
  for (let i = firstWithParts(segments); i < segments.length; i++) {
    const segment = segments[i]!;
    if (edge - segment.startsAt <= keep + EPSILON) break;
    for (const part of segment.parts) retired.push({ name: part.uri, until: edge + keep });
    segments = segments.with(i, { ...segment, parts: [] });
  }
  return {
    window: { ...window, segments, retired, discontinuitySequence, dateRanges },
    deletable,
    ...(completedMsn === undefined ? {} : { completedMsn }),
  };
}

/** Parts are dropped from the front, so those that have some are the last ones. */
function firstWithParts(segments: readonly WindowSegment[]): number {
  let first = segments.length;
  while (first > 0 && segments[first - 1]!.parts.length > 0) first--;
  return first;
}

/** A sliding playlist never lasts less than three target durations (rfc8216bis, Live Playlists). */
function firstListed({ segments, options }: LiveWindow): number {
  const end = segments.at(-1);
  if (!end) return 0;
  const endsAt = end.startsAt + end.duration;
  let first = Math.max(0, segments.length - options.windowSegments);
  while (first > 0 && endsAt - segments[first]!.startsAt + EPSILON < KEEP_TARGET_DURATIONS * options.targetDuration)
    first--;
  return first;
}
