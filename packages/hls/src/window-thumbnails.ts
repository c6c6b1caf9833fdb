import type { Millis } from '@amphi/base';
import type { LiveWindow } from './live-window.ts';
import { sheetName, THUMBNAILS_FOLDER } from './resource-names.ts';
import type { ThumbnailCue } from './thumbnail-track.ts';

/** An image of small pictures, row by row. */
export interface ThumbnailSheet {
  /** Run of the packager. */
  readonly generation: number;
  /** Counted in the run. */
  readonly sheet: number;
  /** Wall clock of each picture, rising. */
  readonly dates: readonly Millis[];
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

export const sheetNameOf = ({ generation, sheet, dates }: ThumbnailSheet): string =>
  sheetName(generation, sheet, dates.length);

/** The pictures of what a window lists, each until the next one or its end. @param sheets oldest first */
export function windowThumbnails(window: LiveWindow, sheets: readonly ThumbnailSheet[]): ThumbnailCue[] {
  const { segments } = window;
  const zero = segments[0]?.startsAt ?? 0;
  const last = segments.at(-1);
  const end = last ? last.startsAt + last.duration - zero : 0;
  const cues: ThumbnailCue[] = [];
  let at = 0;
  for (const sheet of sheets) {
    const { columns, tileWidth: width, tileHeight: height } = sheet;
    const uri = `${THUMBNAILS_FOLDER}/${sheetNameOf(sheet)}`;
    for (const [index, date] of sheet.dates.entries()) {
      while (at < segments.length && endDateOf(segments[at]!) <= date) at++;
      const segment = segments[at];
      const start = segment?.programDateTime;
      // Before the window, in a hole of its time, or not listed yet.
      if (!segment || segment.gap || start === undefined || date < start - 1) continue;
      const startsAt = segment.startsAt - zero + Math.max(0, date - start) / 1000;
      const place = { x: (index % columns) * width, y: Math.floor(index / columns) * height, width, height };
      cues.push({ startsAt, endsAt: end, date, uri, ...place });
    }
  }
  return cues.map((cue, i) => ({ ...cue, endsAt: cues[i + 1]?.startsAt ?? end }));
}

function endDateOf({ programDateTime = 0, duration }: LiveWindow['segments'][number]): Millis {
  return programDateTime + duration * 1000;
}
