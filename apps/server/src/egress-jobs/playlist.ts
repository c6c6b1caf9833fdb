import type { HlsDestination, StreamDescription } from '@amphi/protocol';
import { PARTS_PER_SEGMENT, partSecondsAt } from './ladder.ts';

/**
 * How much of a stream its playlist holds. An EVENT playlist keeps everything (rfc8216bis, EXT-X-PLAYLIST-TYPE), so one that can be gone
 * back for a limited time is a sliding window that is long.
 */
export function playlistOf({
  playlistType,
  numPlaylistSegments,
  dvrWindow,
  videoFrameRate,
}: HlsDestination): Pick<StreamDescription, 'playlistType' | 'windowSegments'> {
  if (playlistType === 'live' || dvrWindow === undefined) return { playlistType, windowSegments: numPlaylistSegments };
  // In whole frames: a quotient of seconds may be a hair above a whole number.
  const framesPerSegment = Math.round(partSecondsAt(videoFrameRate) * videoFrameRate) * PARTS_PER_SEGMENT;
  return { playlistType: 'live', windowSegments: Math.ceil((dvrWindow * videoFrameRate) / framesPerSegment) };
}
