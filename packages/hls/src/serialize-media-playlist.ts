import type { MediaPlaylist, Segment, SegmentHead } from './media-playlist.ts';
import { tagLine } from './tag.ts';
import { byteRangeTag } from './tags/byte-range.ts';
import { dateRangeTag } from './tags/date-range.ts';
import { discontinuitySequenceTag } from './tags/discontinuity-sequence.ts';
import { discontinuityTag, endListTag, gapTag, iFramesOnlyTag, independentSegmentsTag } from './tags/flags.ts';
import { infTag } from './tags/inf.ts';
import { mapTag } from './tags/map.ts';
import { mediaSequenceTag } from './tags/media-sequence.ts';
import { partTag } from './tags/part.ts';
import { partInfTag } from './tags/part-inf.ts';
import { playlistTypeTag } from './tags/playlist-type.ts';
import { preloadHintTag } from './tags/preload-hint.ts';
import { programDateTimeTag } from './tags/program-date-time.ts';
import { renditionReportTag } from './tags/rendition-report.ts';
import { serverControlTag } from './tags/server-control.ts';
import { skipTag } from './tags/skip.ts';
import { targetDurationTag } from './tags/target-duration.ts';
import { versionTag } from './tags/version.ts';

/** The text of a media playlist, with a line feed after each line. */
export function serializeMediaPlaylist(playlist: MediaPlaylist): string {
  const segments = serializeSegments(playlist.segments);
  return [
    serializePlaylistStart(playlist),
    segments.text,
    serializeLiveEdge(playlist, segments.mapUri),
    serializePlaylistEnd(playlist),
  ].join('');
}

/** What stands before the first segment. */
export function serializePlaylistStart(playlist: MediaPlaylist): string {
  const lines = ['#EXTM3U', tagLine(versionTag, playlist.version)];
  lines.push(tagLine(targetDurationTag, playlist.targetDuration));
  if (playlist.playlistType) lines.push(tagLine(playlistTypeTag, playlist.playlistType));
  if (playlist.independentSegments) lines.push(tagLine(independentSegmentsTag, true));
  if (playlist.iFramesOnly) lines.push(tagLine(iFramesOnlyTag, true));
  if (playlist.serverControl) lines.push(tagLine(serverControlTag, playlist.serverControl));
  if (playlist.partTarget !== undefined) lines.push(tagLine(partInfTag, playlist.partTarget));
  lines.push(tagLine(mediaSequenceTag, playlist.mediaSequence));
  if (playlist.discontinuitySequence > 0) {
    lines.push(tagLine(discontinuitySequenceTag, playlist.discontinuitySequence));
  }
  if (playlist.skip) lines.push(tagLine(skipTag, playlist.skip));
  for (const range of playlist.dateRanges) lines.push(tagLine(dateRangeTag, range));
  return textOf(lines);
}

/**
 * Complete segments.
 * @param mapUri of the segment before them, whose EXT-X-MAP still holds
 * @returns the text, and what holds after it
 */
export function serializeSegments(
  segments: Iterable<Segment>,
  mapUri?: string,
): { readonly text: string; readonly mapUri: string | undefined } {
  const lines: string[] = [];
  let known = mapUri;
  for (const segment of segments) {
    pushHead(lines, segment, known);
    known = segment.map?.uri;
    pushSegment(lines, segment);
  }
  return { text: textOf(lines), mapUri: known };
}

/** The open segment and what is to come. @param mapUri as in `serializeSegments` */
export function serializeLiveEdge(playlist: MediaPlaylist, mapUri: string | undefined): string {
  const lines: string[] = [];
  if (playlist.open) pushHead(lines, playlist.open, mapUri);
  for (const hint of playlist.preloadHints) lines.push(tagLine(preloadHintTag, hint));
  return textOf(lines);
}

/** What stands behind the last segment and tells of other things than this rendition's media. */
export function serializePlaylistEnd({
  renditionReports,
  endList,
}: Pick<MediaPlaylist, 'renditionReports' | 'endList'>): string {
  const lines = renditionReports.map((report) => tagLine(renditionReportTag, report));
  if (endList) lines.push(tagLine(endListTag, true));
  return textOf(lines);
}

const textOf = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);

function pushHead(lines: string[], head: SegmentHead, mapUri: string | undefined): void {
  if (head.discontinuity) lines.push(tagLine(discontinuityTag, true));
  // Said again after a discontinuity: a player that joins there must not look further back.
  if (head.map && (head.discontinuity || head.map.uri !== mapUri)) lines.push(tagLine(mapTag, head.map));
  if (head.programDateTime !== undefined) lines.push(tagLine(programDateTimeTag, head.programDateTime));
  for (const part of head.parts) lines.push(tagLine(partTag, part));
}

function pushSegment(lines: string[], segment: Segment): void {
  if (segment.gap) lines.push(tagLine(gapTag, true));
  lines.push(tagLine(infTag, segment));
  if (segment.byteRange) lines.push(tagLine(byteRangeTag, segment.byteRange));
  lines.push(segment.uri);
}
