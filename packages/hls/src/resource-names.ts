/** File names of a rendition, in the folder of its playlist. */

export const PLAYLIST_NAME = 'index.m3u8';
/** The keyframes of a rendition, one for each segment. */
export const IFRAMES_NAME = 'iframes.m3u8';
export const MULTIVARIANT_NAME = 'master.m3u8';

/** @param generation which run of the packager made it; each has its own initialization segment */
export const initName = (generation: number): string => `init-${generation}.mp4`;
export const segmentName = (msn: number): string => `segment-${msn}.m4s`;
export const partName = (msn: number, part: number): string => `part-${msn}.${part}.m4s`;

const PART_NAME = /^part-(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,5})\.m4s$/;

/** The inverse of `partName`; undefined for any other name. */
export function parsePartName(name: string): { readonly msn: number; readonly part: number } | undefined {
  const match = PART_NAME.exec(name);
  return match ? { msn: Number(match[1]), part: Number(match[2]) } : undefined;
}
