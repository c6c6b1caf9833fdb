/** File names of a rendition, in the folder of its playlist. */

export const PLAYLIST_NAME = 'index.m3u8';
/** The keyframes of a rendition, one for each segment. */
export const IFRAMES_NAME = 'iframes.m3u8';
/** What can be seen when, beside the multivariant playlist, and the folder of the pictures. */
export const THUMBNAILS_NAME = 'thumbnails.vtt';
export const THUMBNAILS_FOLDER = 'thumbnails';
/** DATA-ID under which the multivariant playlist names it. */
export const THUMBNAILS_DATA_ID = 'dev.amphi.thumbnails';
export const MULTIVARIANT_NAME = 'master.m3u8';

/** @param generation which run of the packager made it; each has its own initialization segment */
export const initName = (generation: number): string => `init-${generation}.mp4`;
export const segmentName = (msn: number): string => `segment-${msn}.m4s`;
export const partName = (msn: number, part: number): string => `part-${msn}.${part}.m4s`;

/** @param tiles that it holds: a sheet that has grown has another name */
export const sheetName = (generation: number, sheet: number, tiles: number): string =>
  `sheet-${generation}-${sheet}-${tiles}.jpg`;

const PART_NAME = /^part-(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,5})\.m4s$/;

/** The inverse of `partName`; undefined for any other name. */
export function parsePartName(name: string): { readonly msn: number; readonly part: number } | undefined {
  const match = PART_NAME.exec(name);
  return match ? { msn: Number(match[1]), part: Number(match[2]) } : undefined;
}
