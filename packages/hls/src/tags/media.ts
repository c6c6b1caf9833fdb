import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import { malformed } from '../errors.ts';
import type { Tag } from '../tag.ts';

/** An alternative rendition of a group (rfc8216bis, EXT-X-MEDIA). */
export interface MediaRendition {
  readonly type: 'AUDIO' | 'VIDEO' | 'SUBTITLES' | 'CLOSED-CAPTIONS';
  readonly groupId: string;
  readonly name: string;
  readonly uri?: string;
  readonly isDefault: boolean;
  readonly autoselect: boolean;
  /** RFC 5646. */
  readonly language?: string;
  /** For audio the count of channels. */
  readonly channels?: string;
}

export const mediaTag: Tag<MediaRendition> = {
  name: 'EXT-X-MEDIA',
  parse: (value) => {
    const list = new AttributeList('EXT-X-MEDIA', value);
    const type = list.optionalEnum('TYPE', ['AUDIO', 'VIDEO', 'SUBTITLES', 'CLOSED-CAPTIONS']);
    if (!type) throw malformed('EXT-X-MEDIA: attribute TYPE is missing');
    const uri = list.optionalString('URI');
    const language = list.optionalString('LANGUAGE');
    const channels = list.optionalString('CHANNELS');
    return {
      type,
      groupId: list.string('GROUP-ID'),
      name: list.string('NAME'),
      ...(uri === undefined ? {} : { uri }),
      isDefault: list.yes('DEFAULT'),
      autoselect: list.yes('AUTOSELECT'),
      ...(language === undefined ? {} : { language }),
      ...(channels === undefined ? {} : { channels }),
    };
  },
  serialize: (media) =>
    attributes(
      ['TYPE', media.type],
      ['GROUP-ID', quoted(media.groupId)],
      ['NAME', quoted(media.name)],
      media.isDefault && ['DEFAULT', 'YES'],
      media.autoselect && ['AUTOSELECT', 'YES'],
      media.language !== undefined && ['LANGUAGE', quoted(media.language)],
      media.channels !== undefined && ['CHANNELS', quoted(media.channels)],
      media.uri !== undefined && ['URI', quoted(media.uri)],
    ),
};
