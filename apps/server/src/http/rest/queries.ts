import * as z from 'zod';

/** Parts of query strings that several lists have. */

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const time = z.iso.datetime({ offset: true, error: 'a time such as 2026-01-05T09:10:05.200Z' });

/** Begun, or created, in this span: both ends belong to it. */
export const spanQuery = z.object({
  after: time.transform((text) => new Date(text)).optional(),
  before: time.transform((text) => new Date(text)).optional(),
});
