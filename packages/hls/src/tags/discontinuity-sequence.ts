import { parseInteger } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Count of discontinuities that have left the playlist (rfc8216bis, EXT-X-DISCONTINUITY-SEQUENCE). */
export const discontinuitySequenceTag: Tag<number> = {
  name: 'EXT-X-DISCONTINUITY-SEQUENCE',
  parse: (value) => parseInteger(value, 'EXT-X-DISCONTINUITY-SEQUENCE'),
  serialize: String,
};
