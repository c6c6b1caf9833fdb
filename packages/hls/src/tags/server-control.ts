import { AttributeList, attributes } from '../attribute-list.ts';
import { formatSecondsUp } from '../numbers.ts';
import type { Tag } from '../tag.ts';

/** What the server can do, the same in all media playlists of a presentation (rfc8216bis, EXT-X-SERVER-CONTROL). Seconds. */
export interface ServerControl {
  readonly canBlockReload: boolean;
  /** Skip boundary; at least six target durations. */
  readonly canSkipUntil?: number;
  /** At least three target durations. */
  readonly holdBack?: number;
  /** At least twice, better three times the part target. */
  readonly partHoldBack?: number;
}

export const serverControlTag: Tag<ServerControl> = {
  name: 'EXT-X-SERVER-CONTROL',
  parse: (value) => {
    const list = new AttributeList('EXT-X-SERVER-CONTROL', value);
    const canSkipUntil = list.optionalDecimal('CAN-SKIP-UNTIL');
    const holdBack = list.optionalDecimal('HOLD-BACK');
    const partHoldBack = list.optionalDecimal('PART-HOLD-BACK');
    return {
      canBlockReload: list.yes('CAN-BLOCK-RELOAD'),
      ...(canSkipUntil === undefined ? {} : { canSkipUntil }),
      ...(holdBack === undefined ? {} : { holdBack }),
      ...(partHoldBack === undefined ? {} : { partHoldBack }),
    };
  },
  serialize: (control) =>
    attributes(
      control.canBlockReload && ['CAN-BLOCK-RELOAD', 'YES'],
      control.canSkipUntil !== undefined && ['CAN-SKIP-UNTIL', formatSecondsUp(control.canSkipUntil)],
      control.holdBack !== undefined && ['HOLD-BACK', formatSecondsUp(control.holdBack)],
      control.partHoldBack !== undefined && ['PART-HOLD-BACK', formatSecondsUp(control.partHoldBack)],
    ),
};
