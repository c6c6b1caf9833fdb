import type { Millis } from '@amphi/base';
import type { ByteRange } from './tags/byte-range.ts';
import type { DateRange } from './tags/date-range.ts';
import type { MediaInitialization } from './tags/map.ts';
import type { Part } from './tags/part.ts';
import type { PlaylistType } from './tags/playlist-type.ts';
import type { PreloadHint } from './tags/preload-hint.ts';
import type { RenditionReport } from './tags/rendition-report.ts';
import type { ServerControl } from './tags/server-control.ts';
import type { Skip } from './tags/skip.ts';

/** What stands before the parts of a segment, whether it is complete or still growing. */
export interface SegmentHead {
  /** Encoding or time line changes before this segment. */
  readonly discontinuity: boolean;
  /** The initialization segment it needs; the text repeats the tag only where this changes. */
  readonly map?: MediaInitialization;
  /** Wall clock of its first sample. */
  readonly programDateTime?: Millis;
  /** Empty when the segment is far enough from the live edge that parts are no longer listed. */
  readonly parts: readonly Part[];
}

/** A complete segment. */
export interface Segment extends SegmentHead {
  readonly uri: string;
  /** Where it lies in the resource; absent when it is all of it. */
  readonly byteRange?: ByteRange;
  /** Seconds. */
  readonly duration: number;
  readonly title: string;
  /** No media: not to be loaded. */
  readonly gap: boolean;
}

/** A media playlist as a value. Times in seconds unless typed otherwise. */
export interface MediaPlaylist {
  readonly version: number;
  readonly targetDuration: number;
  /** Absent for a sliding window. */
  readonly playlistType?: PlaylistType;
  readonly independentSegments: boolean;
  /** Segments are single pictures; each lasts until the next. */
  readonly iFramesOnly: boolean;
  readonly serverControl?: ServerControl;
  readonly partTarget?: number;
  /** Media sequence number of the first segment, counting the skipped ones. */
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  /** Present in a delta update. */
  readonly skip?: Skip;
  readonly dateRanges: readonly DateRange[];
  readonly segments: readonly Segment[];
  /** The segment at the live edge, of which only parts exist. */
  readonly open?: SegmentHead;
  readonly preloadHints: readonly PreloadHint[];
  readonly renditionReports: readonly RenditionReport[];
  readonly endList: boolean;
}

/** Media sequence number of the last complete segment; one less than `mediaSequence` when there is none. */
export function lastMsnOf(playlist: MediaPlaylist): number {
  return playlist.mediaSequence + (playlist.skip?.skippedSegments ?? 0) + playlist.segments.length - 1;
}
