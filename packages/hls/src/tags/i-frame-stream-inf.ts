import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';
import { parseResolution, type StreamInf } from './stream-inf.ts';

/** A playlist of the keyframes of a variant, for seeking by pictures (rfc8216bis, EXT-X-I-FRAME-STREAM-INF). */
export interface IFrameStreamInf extends Pick<StreamInf, 'averageBandwidthBps' | 'codecs' | 'resolution'> {
  /** Peak of the pictures alone. */
  readonly bandwidthBps: number;
  readonly uri: string;
}

export const iFrameStreamInfTag: Tag<IFrameStreamInf> = {
  name: 'EXT-X-I-FRAME-STREAM-INF',
  parse: (value) => {
    const list = new AttributeList('EXT-X-I-FRAME-STREAM-INF', value);
    const averageBandwidthBps = list.optionalInteger('AVERAGE-BANDWIDTH');
    const codecs = list.optionalString('CODECS');
    const resolution = list.raw('RESOLUTION');
    return {
      bandwidthBps: list.integer('BANDWIDTH'),
      ...(averageBandwidthBps === undefined ? {} : { averageBandwidthBps }),
      ...(codecs === undefined ? {} : { codecs }),
      ...(resolution === undefined ? {} : { resolution: parseResolution(resolution, 'EXT-X-I-FRAME-STREAM-INF') }),
      uri: list.string('URI'),
    };
  },
  serialize: (inf) =>
    attributes(
      ['BANDWIDTH', String(inf.bandwidthBps)],
      inf.averageBandwidthBps !== undefined && ['AVERAGE-BANDWIDTH', String(inf.averageBandwidthBps)],
      inf.codecs !== undefined && ['CODECS', quoted(inf.codecs)],
      inf.resolution && ['RESOLUTION', `${inf.resolution.width}x${inf.resolution.height}`],
      ['URI', quoted(inf.uri)],
    ),
};
