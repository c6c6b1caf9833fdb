import { malformed } from '../errors.ts';
import { parseInteger } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Bytes of a resource. */
export interface ByteRange {
  readonly length: number;
  readonly offset: number;
}

/** `<length>@<offset>`. An offset may be left out in other people's playlists, which are not read here. @throws HlsError `malformed` */
export function parseByteRange(text: string, what: string): ByteRange {
  const [length, offset, ...more] = text.split('@');
  if (offset === undefined || more.length > 0) throw malformed(`${what}: got ${text}, allowed is <length>@<offset>`);
  return { length: parseInteger(length!, what), offset: parseInteger(offset, what) };
}

export const formatByteRange = ({ length, offset }: ByteRange): string => `${length}@${offset}`;

/** The next segment is a part of its resource (rfc8216bis, EXT-X-BYTERANGE). */
export const byteRangeTag: Tag<ByteRange> = {
  name: 'EXT-X-BYTERANGE',
  parse: (value) => parseByteRange(value, 'EXT-X-BYTERANGE'),
  serialize: formatByteRange,
};
