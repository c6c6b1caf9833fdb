import { HlsError, malformed } from './errors.ts';
import { type Line, linesOf } from './lines.ts';
import type { MediaPlaylist, Segment, SegmentHead } from './media-playlist.ts';
import type { Tag } from './tag.ts';
import { type ByteRange, byteRangeTag } from './tags/byte-range.ts';
import { type DateRange, dateRangeTag } from './tags/date-range.ts';
import { discontinuitySequenceTag } from './tags/discontinuity-sequence.ts';
import { discontinuityTag, endListTag, gapTag, iFramesOnlyTag, independentSegmentsTag } from './tags/flags.ts';
import { type Inf, infTag } from './tags/inf.ts';
import { type MediaInitialization, mapTag } from './tags/map.ts';
import { mediaSequenceTag } from './tags/media-sequence.ts';
import { type Part, partTag } from './tags/part.ts';
import { partInfTag } from './tags/part-inf.ts';
import { playlistTypeTag } from './tags/playlist-type.ts';
import { type PreloadHint, preloadHintTag } from './tags/preload-hint.ts';
import { programDateTimeTag } from './tags/program-date-time.ts';
import { type RenditionReport, renditionReportTag } from './tags/rendition-report.ts';
import { serverControlTag } from './tags/server-control.ts';
import { type Skip, skipTag } from './tags/skip.ts';
import { targetDurationTag } from './tags/target-duration.ts';
import { versionTag } from './tags/version.ts';

/** Where the parts of a parsed playlist stood in the text, and what the parser saw that the value does not hold. */
export interface ParseTrace {
  /** Line of the tag or URI that completed an object of the playlist. */
  readonly lineOf: ReadonlyMap<object, number>;
  /** Lines of each tag by name. */
  readonly tagLines: ReadonlyMap<string, readonly number[]>;
  /** Lines of EXT-X-MAP tags that apply to each segment head directly, not by inheritance. */
  readonly ownMaps: ReadonlySet<object>;
  readonly firstSegmentLine: number;
  readonly lastLine: number;
}

/**
 * Reads a media playlist as the standard wants clients to: unknown tags, unknown attributes and comments are ignored.
 * @throws HlsError `malformed` with `data.line` for text that cannot be a media playlist
 */
export function parseMediaPlaylist(text: string): MediaPlaylist {
  return parseWithTrace(text).playlist;
}

/** The same with what a judge needs beside it. */
export function parseWithTrace(text: string): { readonly playlist: MediaPlaylist; readonly trace: ParseTrace } {
  const reader = new Reader();
  let line: Line | undefined;
  try {
    for (line of linesOf(text)) reader.take(line);
    return reader.finish();
  } catch (error) {
    if (!(error instanceof HlsError)) throw error;
    const number = line?.number ?? 1;
    throw new HlsError('malformed', `line ${number}: ${error.message}`, { cause: error, data: { line: number } });
  }
}

interface Pending {
  discontinuity: boolean;
  ownMap: boolean;
  programDateTime?: number;
  parts: Part[];
  inf?: Inf;
  byteRange?: ByteRange;
  gap: boolean;
}

const nothingPending = (): Pending => ({ discontinuity: false, ownMap: false, parts: [], gap: false });

class Reader {
  readonly #segments: Segment[] = [];
  readonly #dateRanges: DateRange[] = [];
  readonly #preloadHints: PreloadHint[] = [];
  readonly #renditionReports: RenditionReport[] = [];
  readonly #lineOf = new Map<object, number>();
  readonly #tagLines = new Map<string, number[]>();
  readonly #ownMaps = new Set<object>();
  /** Values of tags that say one thing about the whole playlist. */
  readonly #header: { -readonly [K in keyof MediaPlaylist]?: MediaPlaylist[K] } = {};
  #started = false;
  #skip: Skip | undefined;
  #map: MediaInitialization | undefined;
  #pending = nothingPending();
  #line = 0;
  #firstSegmentLine = Number.POSITIVE_INFINITY;

  take(line: Line): void {
    this.#line = line.number;
    if (!this.#started) {
      if (line.kind !== 'tag' || line.name !== 'EXTM3U') throw malformed('a playlist begins with #EXTM3U');
      this.#started = true;
    }
    if (line.kind === 'uri') this.#takeUri(line.text);
    if (line.kind !== 'tag') return;
    const lines = this.#tagLines.get(line.name);
    if (lines) lines.push(line.number);
    else this.#tagLines.set(line.name, [line.number]);
    HANDLERS.get(line.name)?.(this, line.value);
  }

  finish(): { playlist: MediaPlaylist; trace: ParseTrace } {
    if (!this.#started) throw malformed('a playlist begins with #EXTM3U');
    if (this.#tagLines.has('EXT-X-STREAM-INF')) throw malformed('this is a multivariant playlist');
    const header = this.#header;
    if (header.targetDuration === undefined) throw malformed('EXT-X-TARGETDURATION is missing');
    const open = this.#takeHead();
    const playlist: MediaPlaylist = {
      version: 1,
      independentSegments: false,
      iFramesOnly: false,
      mediaSequence: 0,
      discontinuitySequence: 0,
      endList: false,
      ...header,
      targetDuration: header.targetDuration,
      ...(this.#skip ? { skip: this.#skip } : {}),
      dateRanges: this.#dateRanges,
      segments: this.#segments,
      ...(open.parts.length > 0 ? { open } : {}),
      preloadHints: this.#preloadHints,
      renditionReports: this.#renditionReports,
    };
    const trace: ParseTrace = {
      lineOf: this.#lineOf,
      tagLines: this.#tagLines,
      ownMaps: this.#ownMaps,
      firstSegmentLine: this.#firstSegmentLine,
      lastLine: this.#line,
    };
    return { playlist, trace };
  }

  set<K extends keyof MediaPlaylist>(key: K, value: MediaPlaylist[K]): void {
    this.#header[key] = value;
  }

  setMap(map: MediaInitialization): void {
    this.#map = map;
    this.#pending.ownMap = true;
  }

  get pending(): Pending {
    return this.#pending;
  }

  setSkip(skip: Skip): void {
    this.#skip = skip;
    this.#firstSegmentLine = Math.min(this.#firstSegmentLine, this.#line);
  }

  pushPart(part: Part): void {
    this.#pending.parts.push(this.#mark(part));
    this.#firstSegmentLine = Math.min(this.#firstSegmentLine, this.#line);
  }

  pushHint(hint: PreloadHint): void {
    this.#preloadHints.push(this.#mark(hint));
  }

  pushReport(report: RenditionReport): void {
    this.#renditionReports.push(this.#mark(report));
  }

  pushDateRange(range: DateRange): void {
    this.#dateRanges.push(this.#mark(range));
  }

  #takeUri(uri: string): void {
    const { inf, gap, byteRange } = this.#pending;
    if (!inf) throw malformed(`${uri}: a segment needs an EXTINF tag before it`);
    const head = this.#takeHead();
    const range = byteRange ? { byteRange } : {};
    const segment: Segment = { ...head, uri, ...range, duration: inf.duration, title: inf.title, gap };
    if (this.#ownMaps.delete(head)) this.#ownMaps.add(segment);
    this.#segments.push(this.#mark(segment));
    this.#firstSegmentLine = Math.min(this.#firstSegmentLine, this.#line);
  }

  #takeHead(): SegmentHead {
    const { discontinuity, programDateTime, parts, ownMap } = this.#pending;
    this.#pending = nothingPending();
    const head: SegmentHead = {
      discontinuity,
      ...(this.#map ? { map: this.#map } : {}),
      ...(programDateTime === undefined ? {} : { programDateTime }),
      parts,
    };
    if (ownMap) this.#ownMaps.add(head);
    return this.#mark(head);
  }

  #mark<T extends object>(thing: T): T {
    this.#lineOf.set(thing, this.#line);
    return thing;
  }
}

type Handler = (reader: Reader, value: string) => void;

const handler = <T>(tag: Tag<T>, apply: (reader: Reader, value: T) => void): readonly [string, Handler] => [
  tag.name,
  (reader, text) => apply(reader, tag.parse(text)),
];

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  handler(versionTag, (reader, value) => reader.set('version', value)),
  handler(targetDurationTag, (reader, value) => reader.set('targetDuration', value)),
  handler(playlistTypeTag, (reader, value) => reader.set('playlistType', value)),
  handler(independentSegmentsTag, (reader, value) => reader.set('independentSegments', value)),
  handler(iFramesOnlyTag, (reader, value) => reader.set('iFramesOnly', value)),
  handler(serverControlTag, (reader, value) => reader.set('serverControl', value)),
  handler(partInfTag, (reader, value) => reader.set('partTarget', value)),
  handler(mediaSequenceTag, (reader, value) => reader.set('mediaSequence', value)),
  handler(discontinuitySequenceTag, (reader, value) => reader.set('discontinuitySequence', value)),
  handler(endListTag, (reader, value) => reader.set('endList', value)),
  handler(skipTag, (reader, value) => reader.setSkip(value)),
  handler(dateRangeTag, (reader, value) => reader.pushDateRange(value)),
  handler(mapTag, (reader, value) => reader.setMap(value)),
  handler(discontinuityTag, (reader) => {
    reader.pending.discontinuity = true;
  }),
  handler(programDateTimeTag, (reader, value) => {
    reader.pending.programDateTime = value;
  }),
  handler(gapTag, (reader) => {
    reader.pending.gap = true;
  }),
  handler(infTag, (reader, value) => {
    reader.pending.inf = value;
  }),
  handler(byteRangeTag, (reader, value) => {
    reader.pending.byteRange = value;
  }),
  handler(partTag, (reader, value) => reader.pushPart(value)),
  handler(preloadHintTag, (reader, value) => reader.pushHint(value)),
  handler(renditionReportTag, (reader, value) => reader.pushReport(value)),
]);

/** Names of the tags that a media playlist of ours may have. */
export const KNOWN_MEDIA_TAGS: ReadonlySet<string> = new Set(['EXTM3U', ...HANDLERS.keys()]);
