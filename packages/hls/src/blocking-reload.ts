import type { Directives } from './directives.ts';
import type { LiveWindow } from './live-window.ts';

/** What a blocking request waits for: a whole segment, or a part of it. */
export interface ReloadTarget {
  readonly msn: number;
  readonly part?: number;
}

export type ReloadDecision =
  | { readonly answer: 'now' }
  | { readonly answer: 'wait'; readonly target: ReloadTarget }
  | { readonly answer: 'too_far'; readonly message: string };

const NOW: ReloadDecision = { answer: 'now' };
/** Segments a request may be ahead of the last complete one (rfc8216bis, Blocking Playlist Reload). */
const ADVANCE_SEGMENT_LIMIT = 2;

/**
 * Whether a playlist request is answered at once, waits, or asks for something too far ahead (HTTP 400).
 * The sentences are those of rfc8216bis, Blocking Playlist Reload.
 */
export function decideReload(window: LiveWindow, directives: Directives): ReloadDecision {
  // "A Server MUST ignore `_HLS_msn` and `_HLS_part` if the Playlist contains an EXT-X-ENDLIST tag."
  if (window.ended || directives.msn === undefined) return NOW;
  const target: ReloadTarget =
    directives.part === undefined ? { msn: directives.msn } : { msn: directives.msn, part: directives.part };
  if (isReached(window, target)) return NOW;
  // "If the `_HLS_msn` is greater than the Media Sequence Number of the last Media Segment in the current Playlist plus
  // two, or if the `_HLS_part` exceeds the last Partial Segment in the current Playlist by the Advance Part Limit, then
  // the server SHOULD immediately return Bad Request".
  const lastMsn = window.nextMsn - 1;
  if (target.msn > lastMsn + ADVANCE_SEGMENT_LIMIT) {
    const limit = lastMsn + ADVANCE_SEGMENT_LIMIT;
    return { answer: 'too_far', message: `_HLS_msn: got ${target.msn}, allowed up to ${limit}` };
  }
  if (target.part !== undefined && target.msn >= window.nextMsn) {
    const lastPart = target.msn === window.nextMsn ? (window.open?.parts.length ?? 0) - 1 : -1;
    const limit = lastPart + advancePartLimit(window.options.partTarget);
    if (target.part > limit) {
      return {
        answer: 'too_far',
        message: `_HLS_part: got ${target.part} of segment ${target.msn}, allowed up to ${limit}`,
      };
    }
  }
  return { answer: 'wait', target };
}

/** True when the playlist holds the target or something later. */
export function isReached(window: LiveWindow, { msn, part }: ReloadTarget): boolean {
  if (window.ended) return true;
  if (part === undefined) return msn < window.nextMsn;
  if (msn === window.nextMsn) return part < (window.open?.parts.length ?? 0);
  if (msn > window.nextMsn) return false;
  const last = window.segments.at(-1);
  // "If the Client requests a Part Index greater than that of the final Partial Segment of the Parent Segment, the Server
  // MUST treat the request as one for Part Index 0 of the following Parent Segment."
  if (last && msn === last.msn && part >= last.partCount) return window.open !== undefined;
  return true;
}

/** rfc8216bis, Blocking Playlist Reload: Advance Part Limit. */
export function advancePartLimit(partTarget: number): number {
  return partTarget < 1 ? Math.ceil(3 / partTarget) : 3;
}
