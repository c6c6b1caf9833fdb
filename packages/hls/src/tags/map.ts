import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';

/** The initialization segment of the segments that follow (rfc8216bis, EXT-X-MAP). */
export interface MediaInitialization {
  readonly uri: string;
}

export const mapTag: Tag<MediaInitialization> = {
  name: 'EXT-X-MAP',
  parse: (value) => ({ uri: new AttributeList('EXT-X-MAP', value).string('URI') }),
  serialize: (map) => attributes(['URI', quoted(map.uri)]),
};
