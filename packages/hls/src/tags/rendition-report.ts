import { AttributeList, attributes, quoted } from '../attribute-list.ts';
import type { Tag } from '../tag.ts';

/** How far another rendition has come, so that a switch needs no extra request (rfc8216bis, EXT-X-RENDITION-REPORT). */
export interface RenditionReport {
  /** Relative to this playlist. */
  readonly uri: string;
  readonly lastMsn: number;
  /** Index of the last part of `lastMsn`; absent when the rendition has no parts. */
  readonly lastPart?: number;
}

export const renditionReportTag: Tag<RenditionReport> = {
  name: 'EXT-X-RENDITION-REPORT',
  parse: (value) => {
    const list = new AttributeList('EXT-X-RENDITION-REPORT', value);
    const lastPart = list.optionalInteger('LAST-PART');
    return {
      uri: list.string('URI'),
      lastMsn: list.integer('LAST-MSN'),
      ...(lastPart === undefined ? {} : { lastPart }),
    };
  },
  serialize: (report) =>
    attributes(
      ['URI', quoted(report.uri)],
      ['LAST-MSN', String(report.lastMsn)],
      report.lastPart !== undefined && ['LAST-PART', String(report.lastPart)],
    ),
};
