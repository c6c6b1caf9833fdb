import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';

/** Where something lies that belongs to the stream and is no media (rfc8216bis, EXT-X-SESSION-DATA). */
export interface SessionData {
  /** Says what it is. */
  readonly dataId: string;
  readonly uri: string;
}

/** Of files that are no JSON. */
export const sessionDataTag: Tag<SessionData> = {
  name: 'EXT-X-SESSION-DATA',
  parse: (value) => {
    const list = new AttributeList('EXT-X-SESSION-DATA', value);
    return { dataId: list.string('DATA-ID'), uri: list.string('URI') };
  },
  serialize: ({ dataId, uri }) => attributes(['DATA-ID', quoted(dataId)], ['URI', quoted(uri)], ['FORMAT', 'RAW']),
};
