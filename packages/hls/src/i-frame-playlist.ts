import type { LiveWindow, WindowSegment } from './live-window.ts';
import type { MediaPlaylist, Segment } from './media-playlist.ts';
import { windowPlaylist } from './window-playlist.ts';

/**
 * The keyframes of a window, one for each complete segment: ranges of the segments that are there anyway (rfc8216bis,
 * EXT-X-I-FRAMES-ONLY). It counts as the rendition's own playlist does, so that the same reload directives hold.
 * @param options as of `windowPlaylist`
 */
export function iFramePlaylist(window: LiveWindow, options: { readonly skip?: boolean } = {}): MediaPlaylist {
  const { open: _open, partTarget: _partTarget, segments, ...rest } = windowPlaylist(window, options);
  return { ...rest, iFramesOnly: true, segments: segments.map(iFrameOf), preloadHints: [] };
}

/** The first picture of a segment, shown for as long as the segment lasts; a gap where it is not known how long it is. */
export function iFrameOf({ iFrameBytes, ...segment }: Segment & Pick<WindowSegment, 'iFrameBytes'>): Segment {
  if (iFrameBytes === undefined) return { ...segment, parts: [], gap: true };
  return { ...segment, parts: [], byteRange: { length: iFrameBytes, offset: 0 } };
}

/** Whether there is any. */
export function hasIFrames({ segments }: LiveWindow): boolean {
  return segments.some(({ iFrameBytes }) => iFrameBytes !== undefined);
}
