import { parseInteger } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Protocol version of the playlist (rfc8216bis, EXT-X-VERSION). */
export const versionTag: Tag<number> = {
  name: 'EXT-X-VERSION',
  parse: (value) => parseInteger(value, 'EXT-X-VERSION'),
  serialize: String,
};
