import { malformed } from '../errors.ts';
import type { Tag } from '../tag.ts';

export type PlaylistType = 'EVENT' | 'VOD';

/** EVENT: segments are only added; VOD: nothing changes; absent: a sliding window (rfc8216bis, EXT-X-PLAYLIST-TYPE). */
export const playlistTypeTag: Tag<PlaylistType> = {
  name: 'EXT-X-PLAYLIST-TYPE',
  parse: (value) => {
    if (value !== 'EVENT' && value !== 'VOD') throw malformed(`EXT-X-PLAYLIST-TYPE: got ${value}, allowed EVENT, VOD`);
    return value;
  },
  serialize: (type) => type,
};
