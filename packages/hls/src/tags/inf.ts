import { malformed } from '../errors.ts';
import { formatSeconds, parseDecimal } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Duration in seconds and title of the next segment (rfc8216bis, EXTINF). */
export interface Inf {
  readonly duration: number;
  /** Empty when there is none. */
  readonly title: string;
}

export const infTag: Tag<Inf> = {
  name: 'EXTINF',
  parse: (value) => {
    const comma = value.indexOf(',');
    const duration = comma === -1 ? value : value.slice(0, comma);
    return { duration: parseDecimal(duration, 'EXTINF'), title: comma === -1 ? '' : value.slice(comma + 1) };
  },
  serialize: ({ duration, title }) => {
    if (/[\r\n]/.test(title)) throw malformed('EXTINF: a title cannot have line ends');
    return `${formatSeconds(duration)},${title}`;
  },
};
