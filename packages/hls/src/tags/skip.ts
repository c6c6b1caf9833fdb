import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';

/** Stands for the older segments of a delta update (rfc8216bis, EXT-X-SKIP). */
export interface Skip {
  readonly skippedSegments: number;
  /** IDs of date ranges removed since the client can have loaded its last playlist. */
  readonly recentlyRemovedDateRanges: readonly string[];
}

export const skipTag: Tag<Skip> = {
  name: 'EXT-X-SKIP',
  parse: (value) => {
    const list = new AttributeList('EXT-X-SKIP', value);
    return {
      skippedSegments: list.integer('SKIPPED-SEGMENTS'),
      recentlyRemovedDateRanges: list.optionalString('RECENTLY-REMOVED-DATERANGES')?.split('\t') ?? [],
    };
  },
  serialize: (skip) =>
    attributes(
      ['SKIPPED-SEGMENTS', String(skip.skippedSegments)],
      skip.recentlyRemovedDateRanges.length > 0 && [
        'RECENTLY-REMOVED-DATERANGES',
        quoted(skip.recentlyRemovedDateRanges.join('\t')),
      ],
    ),
};
