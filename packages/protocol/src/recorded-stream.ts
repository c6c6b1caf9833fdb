import * as z from 'zod/mini';

/**
 * Answer of `GET /v2/client/recorded-stream`, ours: what somebody may see of a room's last stream once it is over. In the
 * small form of zod, as clients read it, too.
 */
export const recordedStream = z.object({
  /** `none`: nothing is there, or nothing for this role. `processing`: the stream goes on, or its files are not whole. */
  status: z.enum(['none', 'processing', 'ready']),
  /** One after another; more than one after a kill of the process that wrote. */
  parts: z.array(
    z.object({
      /** Of an HLS playlist of type VOD. Whoever has it can play it until `expires_at`. */
      url: z.string(),
      /** Seconds. */
      duration: z.number(),
    }),
  ),
  /** Of all links, ISO 8601; null where there are none. */
  expires_at: z.nullable(z.string()),
});

/** What somebody may see of a room's last stream once it is over: whether there is something, and the links to it. */
export type RecordedStream = z.infer<typeof recordedStream>;
