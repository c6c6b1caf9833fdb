import { parseInteger } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Upper bound of segment durations when rounded, in whole seconds; never changes (rfc8216bis, EXT-X-TARGETDURATION). */
export const targetDurationTag: Tag<number> = {
  name: 'EXT-X-TARGETDURATION',
  parse: (value) => parseInteger(value, 'EXT-X-TARGETDURATION'),
  serialize: String,
};
