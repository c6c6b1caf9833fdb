import * as z from 'zod';

/**
 * Egress → origin over HTTP. All requests carry `Authorization: Bearer <ingest token>` and are idempotent.
 *
 * | Request | Body | Answer |
 * |---|---|---|
 * | `PUT  {base}/streams/{streamId}?run={run}` | `StreamDescription` (JSON) | 200 `AttachAnswer`: creates the stream, or attaches to a running one after a restart. Asked again with the same `run` (an id of the process), it answers the same, so that a lost answer costs nothing |
 * | `PUT  {base}/streams/{streamId}/renditions/{renditionId}/init` | initialization segment | 204 |
 * | `PUT  {base}/streams/{streamId}/renditions/{renditionId}/parts/{msn}/{part}?…PartQuery` | one CMAF part (moof+mdat) | 204 |
 * | `PUT  {base}/streams/{streamId}/thumbnails/{sheet}?…ThumbnailQuery` | a JPEG of small pictures, row by row | 204; sheets count from 0 in each run, and one that has grown is sent again. A stream is as good without them |
 * | `POST {base}/streams/{streamId}/end` | – | 204; the playlists get EXT-X-ENDLIST |
 *
 * Errors are `{ code, message }` with the HTTP status: 400 malformed, 401 token, 404 unknown stream or rendition,
 * 409 a part that does not follow the last one, 410 the stream has ended, 413 too large, 507 what was sent could not be
 * stored and was not taken: `details` holds `storage_full`, `storage_slow` or `storage_failed`.
 */

/** Ids that appear in URLs: letters, digits, `-` and `_`. */
export const pathId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _, 1 to 64 characters');

const renditionBase = {
  id: pathId,
  /** RFC 6381, for example `avc1.64001f`, `av01.0.04M.08`, `mp4a.40.2` or `opus`. */
  codecs: z.string().min(1).max(64),
  /** Upper bound of a segment's bit rate, for BANDWIDTH. */
  bandwidthBps: z.int().positive(),
  /** Longest duration of a part of this rendition (EXT-X-PART-INF PART-TARGET). */
  partTargetSeconds: z.number().positive().max(5),
};

export const videoRendition = z.object({
  kind: z.literal('video'),
  ...renditionBase,
  width: z.int().positive().max(4096),
  height: z.int().positive().max(4096),
  frameRate: z.number().positive().max(120),
});

export const audioRendition = z.object({
  kind: z.literal('audio'),
  ...renditionBase,
  channels: z.int().min(1).max(8),
});

export const rendition = z.discriminatedUnion('kind', [videoRendition, audioRendition]);

/** Two hours of the shortest segments, 1.8 s. Players of a longer window would read what may be a megabyte before they start. */
export const MAX_WINDOW_SEGMENTS = 4_000;

export const streamDescription = z.object({
  /** Fixed before the first part and kept until the stream ends (EXT-X-TARGETDURATION). */
  targetDurationSeconds: z.int().positive().max(30),
  renditions: z.array(rendition).min(1).max(10),
  /** `live`: a sliding window of `windowSegments`; `event`: everything stays. */
  playlistType: z.enum(['live', 'event']),
  windowSegments: z.int().min(3).max(MAX_WINDOW_SEGMENTS),
  /** It is played by signed addresses only. */
  isSigned: z.literal(true).exactOptional(),
});

export const attachAnswer = z.object({
  /** 0 for a new stream, +1 for each attach; the egress of an older generation is refused with 409. */
  generation: z.int().min(0),
  /** Media sequence number of the first segment to send, the same for all renditions. */
  nextMsn: z.int().min(0),
});

/** Metadata of a part, in the query of its PUT. Durations are in seconds. */
export const partQuery = z.object({
  generation: z.coerce.number().int().min(0),
  duration: z.coerce.number().positive().max(30),
  /** `1` when the part starts with an independent frame. */
  independent: z.enum(['0', '1']).transform((v) => v === '1'),
  /** `1` on the last part of its segment. */
  last: z.enum(['0', '1']).transform((v) => v === '1'),
  /** EXT-X-PROGRAM-DATE-TIME of the part's first sample, Unix epoch in milliseconds, from media time. */
  programDateTimeMs: z.coerce.number().positive(),
  /**
   * Of a part that begins a segment: bytes from its beginning to the end of its first picture. With it viewers have a playlist
   * of single pictures to seek by.
   */
  iFrameBytes: z.coerce.number().int().positive().exactOptional(),
});

/** Whole rows of small pictures; what is left of the last row is black. */
export const thumbnailQuery = z.object({
  generation: z.coerce.number().int().min(0),
  columns: z.coerce.number().int().min(1).max(20),
  tileWidth: z.coerce.number().int().min(16).max(640),
  tileHeight: z.coerce.number().int().min(16).max(640),
  /** EXT-X-PROGRAM-DATE-TIME of each picture, rising: Unix epoch in milliseconds, with commas between. */
  dates: z
    .string()
    .regex(/^\d{1,15}(?:,\d{1,15}){0,99}$/, 'up to 100 whole numbers with commas between')
    .transform((text) => text.split(',').map(Number))
    .refine((dates) => dates.every((date, i) => i === 0 || date > dates[i - 1]!), 'must rise'),
});

export type VideoRendition = z.infer<typeof videoRendition>;
export type AudioRendition = z.infer<typeof audioRendition>;
export type Rendition = z.infer<typeof rendition>;
export type StreamDescription = z.infer<typeof streamDescription>;
export type AttachAnswer = z.infer<typeof attachAnswer>;
export type PartQuery = z.infer<typeof partQuery>;
