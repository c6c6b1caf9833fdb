import { AttributeList, attributes } from '../attribute-list.ts';
import { formatSecondsUp } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Part target in seconds: no part of this playlist is longer (rfc8216bis, EXT-X-PART-INF). */
export const partInfTag: Tag<number> = {
  name: 'EXT-X-PART-INF',
  parse: (value) => new AttributeList('EXT-X-PART-INF', value).decimal('PART-TARGET'),
  serialize: (partTarget) => attributes(['PART-TARGET', formatSecondsUp(partTarget)]),
};
