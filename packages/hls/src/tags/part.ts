import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import { formatSeconds } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** A partial segment (rfc8216bis, EXT-X-PART). */
export interface Part {
  readonly uri: string;
  /** Seconds. */
  readonly duration: number;
  /** Starts with a frame that needs no earlier one. */
  readonly independent: boolean;
  readonly gap: boolean;
}

export const partTag: Tag<Part> = {
  name: 'EXT-X-PART',
  parse: (value) => {
    const list = new AttributeList('EXT-X-PART', value);
    return {
      uri: list.string('URI'),
      duration: list.decimal('DURATION'),
      independent: list.yes('INDEPENDENT'),
      gap: list.yes('GAP'),
    };
  },
  serialize: (part) =>
    attributes(
      ['DURATION', formatSeconds(part.duration)],
      part.independent && ['INDEPENDENT', 'YES'],
      part.gap && ['GAP', 'YES'],
      ['URI', quoted(part.uri)],
    ),
};
