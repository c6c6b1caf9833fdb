import type { LiveWindow, WindowSegment } from './live-window.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import { partName } from './resource-names.ts';
import type { RenditionReport } from './tags/rendition-report.ts';

/** Versions that say what the tags need: 9 for delta updates, else 6 for EXT-X-MAP (rfc8216bis, Protocol Version Compatibility). */
const VERSION_WITH_SKIP = 9;
const VERSION_WITH_MAP = 6;

/**
 * The playlist a window stands for.
 * @param options.skip a delta update is wanted and the window offers them; without anything to skip it is the whole playlist
 */
export function windowPlaylist(
  window: LiveWindow,
  options: { readonly renditionReports?: readonly RenditionReport[]; readonly skip?: boolean } = {},
): MediaPlaylist {
  const { targetDuration, partTarget, serverControl, type } = window.options;
  const skipped = options.skip ? skippable(window) : 0;
  return {
    version: serverControl.canSkipUntil === undefined ? VERSION_WITH_MAP : VERSION_WITH_SKIP,
    targetDuration,
    ...(type === 'event' ? { playlistType: 'EVENT' as const } : {}),
    independentSegments: true,
    iFramesOnly: false,
    serverControl,
    partTarget,
    mediaSequence: window.nextMsn - window.segments.length,
    discontinuitySequence: window.discontinuitySequence,
    ...(skipped > 0 ? { skip: { skippedSegments: skipped, recentlyRemovedDateRanges: [] } } : {}),
    dateRanges: window.dateRanges,
    segments: skipped > 0 ? window.segments.slice(skipped) : window.segments,
    ...(window.open ? { open: window.open } : {}),
    preloadHints: window.ended ? [] : [{ type: 'PART', uri: partName(window.nextMsn, window.open?.parts.length ?? 0) }],
    renditionReports: window.ended ? [] : (options.renditionReports ?? []),
    endList: window.ended,
  };
}

/** Segments that lie wholly beyond the skip boundary (rfc8216bis, EXT-X-SERVER-CONTROL CAN-SKIP-UNTIL). */
function skippable(window: LiveWindow): number {
  const boundary = window.options.serverControl.canSkipUntil;
  // "A Server MUST ignore the `_HLS_skip` directive if the Playlist does not contain the CAN-SKIP-UNTIL attribute, or if
  // it contains an EXT-X-ENDLIST tag" (rfc8216bis, Playlist Delta Updates).
  if (boundary === undefined || window.ended) return 0;
  const last = window.segments.at(-1);
  if (!last) return 0;
  const limit = last.startsAt + last.duration - boundary;
  // From the end: those behind the boundary are few, those before it may be many.
  let count = window.segments.length;
  while (count > 0 && endOf(window.segments[count - 1]!) > limit) count--;
  return count;
}

const endOf = ({ startsAt, duration }: WindowSegment): number => startsAt + duration;

/** Where a rendition's live edge is; undefined before the first part. */
export function liveEdgeOf(window: LiveWindow): { readonly lastMsn: number; readonly lastPart?: number } | undefined {
  if (window.open) return { lastMsn: window.nextMsn, lastPart: window.open.parts.length - 1 };
  const last = window.segments.at(-1);
  if (!last) return undefined;
  return { lastMsn: last.msn, ...(last.partCount > 0 ? { lastPart: last.partCount - 1 } : {}) };
}

/** True once a player can start: hls.js refuses a playlist that lists parts but no complete segment. */
export function isPlayable(window: LiveWindow): boolean {
  return window.segments.some((segment) => !segment.gap);
}
