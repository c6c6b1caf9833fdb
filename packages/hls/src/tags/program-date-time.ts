import type { Millis } from '@amphi/base';
import { formatDateTime, parseDateTime } from '../dates.ts';
import type { Tag } from '../tag.ts';

/** Wall-clock time of the next segment's first sample (rfc8216bis, EXT-X-PROGRAM-DATE-TIME). */
export const programDateTimeTag: Tag<Millis> = {
  name: 'EXT-X-PROGRAM-DATE-TIME',
  parse: (value) => parseDateTime(value, 'EXT-X-PROGRAM-DATE-TIME'),
  serialize: formatDateTime,
};
