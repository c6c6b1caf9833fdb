import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import { malformed } from '../errors.ts';
import type { Tag } from '../tag.ts';

/** A variant; its playlist's URI stands on the next line (rfc8216bis, EXT-X-STREAM-INF). */
export interface StreamInf {
  /** Peak of any segment together with its renditions. */
  readonly bandwidthBps: number;
  readonly averageBandwidthBps?: number;
  readonly codecs?: string;
  readonly resolution?: { readonly width: number; readonly height: number };
  /** Frames per second, three decimals. */
  readonly frameRate?: number;
  /** GROUP-ID of its audio renditions. */
  readonly audio?: string;
  /** It has none, for sure: players that are not told look for some in its segments. */
  readonly closedCaptions?: 'NONE';
}

export const streamInfTag: Tag<StreamInf> = {
  name: 'EXT-X-STREAM-INF',
  parse: (value) => {
    const list = new AttributeList('EXT-X-STREAM-INF', value);
    const averageBandwidthBps = list.optionalInteger('AVERAGE-BANDWIDTH');
    const codecs = list.optionalString('CODECS');
    const resolution = list.raw('RESOLUTION');
    const frameRate = list.optionalDecimal('FRAME-RATE');
    const audio = list.optionalString('AUDIO');
    return {
      bandwidthBps: list.integer('BANDWIDTH'),
      ...(averageBandwidthBps === undefined ? {} : { averageBandwidthBps }),
      ...(codecs === undefined ? {} : { codecs }),
      ...(resolution === undefined ? {} : { resolution: parseResolution(resolution, 'EXT-X-STREAM-INF') }),
      ...(frameRate === undefined ? {} : { frameRate }),
      ...(audio === undefined ? {} : { audio }),
      ...(list.raw('CLOSED-CAPTIONS') === 'NONE' ? { closedCaptions: 'NONE' } : {}),
    };
  },
  serialize: (inf) =>
    attributes(
      ['BANDWIDTH', String(inf.bandwidthBps)],
      inf.averageBandwidthBps !== undefined && ['AVERAGE-BANDWIDTH', String(inf.averageBandwidthBps)],
      inf.codecs !== undefined && ['CODECS', quoted(inf.codecs)],
      inf.resolution && ['RESOLUTION', `${inf.resolution.width}x${inf.resolution.height}`],
      inf.frameRate !== undefined && ['FRAME-RATE', inf.frameRate.toFixed(3)],
      inf.audio !== undefined && ['AUDIO', quoted(inf.audio)],
      inf.closedCaptions !== undefined && ['CLOSED-CAPTIONS', inf.closedCaptions],
    ),
};

/** @param tag that it stands in. @throws HlsError `malformed` */
export function parseResolution(text: string, tag: string): { width: number; height: number } {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (!match) throw malformed(`${tag} RESOLUTION: got ${text}, allowed is <width>x<height>`);
  return { width: Number(match[1]), height: Number(match[2]) };
}
