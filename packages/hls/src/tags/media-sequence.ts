import { parseInteger } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Media sequence number of the first segment of the playlist (rfc8216bis, EXT-X-MEDIA-SEQUENCE). */
export const mediaSequenceTag: Tag<number> = {
  name: 'EXT-X-MEDIA-SEQUENCE',
  parse: (value) => parseInteger(value, 'EXT-X-MEDIA-SEQUENCE'),
  serialize: String,
};
