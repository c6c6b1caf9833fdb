import type { Millis } from '@amphi/base';
import { sheetNameOf, type ThumbnailSheet } from '@amphi/hls';

/** Sheets of a stream, as a value. */
export interface Thumbnails {
  /** Oldest first. */
  readonly sheets: readonly ThumbnailSheet[];
  /** Files that are named no longer but must stay for players that know an older track, until a picture of that date comes. */
  readonly retired: readonly { readonly name: string; readonly until: Millis }[];
}

export const NO_THUMBNAILS: Thumbnails = { sheets: [], retired: [] };

/** Whether it says nothing new: it was taken before, or a later form of it was. */
export function isKnownSheet({ sheets }: Thumbnails, { generation, sheet, dates }: ThumbnailSheet): boolean {
  const last = sheets.at(-1);
  if (!last || last.generation < generation) return false;
  return last.sheet > sheet || (last.sheet === sheet && last.dates.length >= dates.length);
}

/**
 * Puts a sheet in its place: behind the others, or where a smaller form of it was.
 * @param listedFrom wall clock of the first picture that the playlists have; sheets of older ones go
 * @param keepMs how long a file stays that is named no longer
 */
export function addSheet(
  { sheets, retired }: Thumbnails,
  added: ThumbnailSheet,
  { listedFrom, keepMs }: { readonly listedFrom: Millis; readonly keepMs: Millis },
): { readonly thumbnails: Thumbnails; readonly deletable: readonly string[] } {
  const now = added.dates.at(-1)!;
  const isOut = (sheet: ThumbnailSheet): boolean =>
    (sheet.generation === added.generation && sheet.sheet === added.sheet) || sheet.dates.at(-1)! < listedFrom;
  const out = sheets.filter(isOut).map((sheet) => ({ name: sheetNameOf(sheet), until: now + keepMs }));
  return {
    thumbnails: {
      sheets: [...sheets.filter((sheet) => !isOut(sheet)), added],
      retired: [...retired.filter(({ until }) => until > now), ...out],
    },
    deletable: retired.filter(({ until }) => until <= now).map(({ name }) => name),
  };
}
