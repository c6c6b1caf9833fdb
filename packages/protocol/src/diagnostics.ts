import * as z from 'zod/mini';

/** Answer of `GET /v2/diagnostics`. */
export const diagnosticClock = z.object({
  /** Milliseconds since 1970, UTC. */
  time_ms: z.number(),
});

/** Body of `POST /v2/diagnostics/connection`. */
export const diagnosticOffer = z.object({
  sdp: z.string().check(z.minLength(1), z.maxLength(50_000)),
  /** Of the video track in the offer that is sent to measure. */
  track_id: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
});

/** Its answer. */
export const diagnosticAnswer = z.object({
  sdp: z.string(),
  /** So long the connection is there. */
  lifetime_ms: z.number(),
});
