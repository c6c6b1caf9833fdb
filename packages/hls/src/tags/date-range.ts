import type { Millis } from '@amphi/base';
import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import { formatDateTime, parseDateTime } from '../dates.ts';
import { formatSeconds } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** Something that holds for a stretch of time: here a message to the viewers (rfc8216bis, EXT-X-DATERANGE). */
export interface DateRange {
  /** Never used again in the same playlist. */
  readonly id: string;
  readonly startDate: Millis;
  /** Seconds. */
  readonly duration?: number;
  /** Attributes starting with `X-`, strings without quotes and line ends. */
  readonly custom: Readonly<Record<string, string>>;
}

export const dateRangeTag: Tag<DateRange> = {
  name: 'EXT-X-DATERANGE',
  parse: (value) => {
    const list = new AttributeList('EXT-X-DATERANGE', value);
    const duration = list.optionalDecimal('DURATION');
    const custom: Record<string, string> = {};
    for (const name of list.names) if (name.startsWith('X-')) custom[name] = list.raw(name)!;
    return {
      id: list.string('ID'),
      startDate: parseDateTime(list.string('START-DATE'), 'EXT-X-DATERANGE START-DATE'),
      ...(duration === undefined ? {} : { duration }),
      custom,
    };
  },
  // The order is part of the contract with players that read the line as text.
  serialize: (range) =>
    attributes(
      ['ID', quoted(range.id)],
      ['START-DATE', quoted(formatDateTime(range.startDate))],
      range.duration !== undefined && ['DURATION', formatSeconds(range.duration)],
      ...Object.entries(range.custom).map(([name, value]) => [name, quoted(value)] as const),
    ),
};
