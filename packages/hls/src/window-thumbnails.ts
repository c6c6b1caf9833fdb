import type { Millis, Seconds } from '@amphi/base';
import type { LiveWindow } from './live-window.ts';
import type { Segment } from './media-playlist.ts';
import { sheetName, THUMBNAILS_FOLDER } from './resource-names.ts';
import type { ThumbnailCue } from './thumbnail-track.ts';

/** An image of small pictures, row by row. */
export interface ThumbnailImage {
  /** Wall clock of each picture, rising. */
  readonly dates: readonly Millis[];
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** One of a live stream. */
export interface ThumbnailSheet extends ThumbnailImage {
  /** Run of the packager. */
  readonly generation: number;
  /** Counted in the run. */
  readonly sheet: number;
}

export const sheetNameOf = ({ generation, sheet, dates }: ThumbnailSheet): string =>
  sheetName(generation, sheet, dates.length);

/** The pictures of what a window lists. @param sheets oldest first */
export function windowThumbnails({ segments }: LiveWindow, sheets: readonly ThumbnailSheet[]): ThumbnailCue[] {
  const images = sheets.map((sheet) => ({ ...sheet, uri: `${THUMBNAILS_FOLDER}/${sheetNameOf(sheet)}` }));
  return thumbnailsOf(segments, images);
}

/**
 * Puts pictures at their places in a playlist's media time, each until the next one or the end; those of times that it does
 * not hold are left out.
 * @param segments with dates
 * @param images oldest first
 */
export function thumbnailsOf(
  segments: readonly Pick<Segment, 'duration' | 'gap' | 'programDateTime'>[],
  images: readonly (ThumbnailImage & { readonly uri: string })[],
): ThumbnailCue[] {
  const cues: Omit<ThumbnailCue, 'endsAt'>[] = [];
  let at = 0;
  let segmentStart: Seconds = 0;
  for (const { uri, dates, columns, tileWidth: width, tileHeight: height } of images) {
    for (const [index, date] of dates.entries()) {
      for (; at < segments.length && endDateOf(segments[at]!) <= date; at++) segmentStart += segments[at]!.duration;
      const segment = segments[at];
      const start = segment?.programDateTime;
      // Before the playlist, in a hole of its time, or not listed yet.
      if (!segment || segment.gap || start === undefined || date < start - 1) continue;
      // Of a stream that took another shape there may be two: the first is of what was shown.
      if (date <= (cues.at(-1)?.date ?? Number.NEGATIVE_INFINITY)) continue;
      const startsAt = segmentStart + Math.max(0, date - start) / 1000;
      const place = { x: (index % columns) * width, y: Math.floor(index / columns) * height, width, height };
      cues.push({ startsAt, date, uri, ...place });
    }
  }
  const end = segments.slice(at).reduce((sum, { duration }) => sum + duration, segmentStart);
  return cues.map((cue, i) => ({ ...cue, endsAt: cues[i + 1]?.startsAt ?? end }));
}

function endDateOf({ programDateTime = 0, duration }: Pick<Segment, 'duration' | 'programDateTime'>): Millis {
  return programDateTime + duration * 1000;
}
