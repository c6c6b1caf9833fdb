import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import { malformed } from '../errors.ts';
import type { Tag } from '../tag.ts';

/** A resource that will come next and may be asked for already (rfc8216bis, EXT-X-PRELOAD-HINT). */
export interface PreloadHint {
  readonly type: 'PART' | 'MAP';
  readonly uri: string;
}

export const preloadHintTag: Tag<PreloadHint> = {
  name: 'EXT-X-PRELOAD-HINT',
  parse: (value) => {
    const list = new AttributeList('EXT-X-PRELOAD-HINT', value);
    const type = list.optionalEnum('TYPE', ['PART', 'MAP']);
    if (!type) throw malformed('EXT-X-PRELOAD-HINT: attribute TYPE is missing');
    return { type, uri: list.string('URI') };
  },
  serialize: (hint) => attributes(['TYPE', hint.type], ['URI', quoted(hint.uri)]),
};
