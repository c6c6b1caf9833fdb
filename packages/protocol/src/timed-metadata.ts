import * as z from 'zod/mini';

/** A message to the viewers of a stream that belongs to a moment of it, from when it is asked for. */
export const timedMetadata = z.object({
  payload: z.string().check(z.minLength(1), z.maxLength(100)),
  /** Seconds that it holds. */
  duration: z.number().check(z.gt(0), z.lte(3_600)),
});

/** Messages that one call may carry. */
export const MAX_TIMED_METADATA = 10;

export type TimedMetadataBody = z.infer<typeof timedMetadata>;

/** The attribute that players of the public SDKs look for; the web one reads any that starts with `X-`. */
export const TIMED_METADATA_ATTRIBUTE = 'X-100MSLIVE-PAYLOAD';

/**
 * The attribute's value: base64 of ASCII JSON, as public players read it with `atob` (client protocol, 10.4). The dates in
 * it count for them, not those of the tag.
 * @param startDate Unix epoch, milliseconds
 */
export function encodeTimedMetadata({ payload, duration }: TimedMetadataBody, startDate: number): string {
  const json = JSON.stringify({
    payload,
    start_date: new Date(startDate).toISOString(),
    end_date: new Date(startDate + duration * 1000).toISOString(),
    version: 'v1.1',
  });
  return btoa(json.replaceAll(/[^\x20-\x7e]/g, escapeUnit));
}

/** UTF-16 unit by unit, as JSON does. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
