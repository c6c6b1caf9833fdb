import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';
import { type ByteRange, formatByteRange, parseByteRange } from './byte-range.ts';

/** The initialization segment of the segments that follow (rfc8216bis, EXT-X-MAP). */
export interface MediaInitialization {
  readonly uri: string;
  /** Where it lies in the resource; absent when it is all of it. */
  readonly byteRange?: ByteRange;
}

export const mapTag: Tag<MediaInitialization> = {
  name: 'EXT-X-MAP',
  parse: (value) => {
    const list = new AttributeList('EXT-X-MAP', value);
    const byteRange = list.optionalString('BYTERANGE');
    return {
      uri: list.string('URI'),
      ...(byteRange === undefined ? {} : { byteRange: parseByteRange(byteRange, 'EXT-X-MAP BYTERANGE') }),
    };
  },
  serialize: ({ uri, byteRange }) =>
    attributes(['URI', quoted(uri)], byteRange && ['BYTERANGE', quoted(formatByteRange(byteRange))]),
};
