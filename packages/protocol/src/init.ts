import * as z from 'zod/mini';

/** How a client measures its connection in a preview: by the time that a download takes. */
export const networkHealth = z.object({
  /** Asked with the time after a question mark. */
  url: z.string(),
  /** Milliseconds until it is given up. */
  timeout: z.number(),
  /** From which kbit/s on, and below which, a score holds. Without `high` it has no end. */
  scoreMap: z.record(z.string(), z.object({ low: z.number(), high: z.optional(z.number()) })),
});

export type NetworkHealth = z.infer<typeof networkHealth>;

/** Answer of `GET /init` (client protocol, section 2). */
export const initAnswer = z.object({
  endpoint: z.string(),
  rtcConfiguration: z.optional(
    z.catchall(
      z.object({
        ice_servers: z.optional(
          z.array(
            z.object({
              urls: z.union([z.string(), z.array(z.string())]),
              username: z.optional(z.string()),
              credential: z.optional(z.string()),
            }),
          ),
        ),
      }),
      z.unknown(),
    ),
  ),
  config: z.catchall(
    z.object({ enabledFlags: z.optional(z.array(z.string())), networkHealth: z.optional(networkHealth) }),
    z.unknown(),
  ),
});

export type InitAnswer = z.infer<typeof initAnswer>;

/** What the server switches on in all clients … */
export const ENABLED_FLAGS = [
  'subscribeDegradation',
  'simulcast',
  'nonWebRTCDisableOffer',
  'publishStats',
  'subscribeStats',
] as const;

/** … and, where its settings say so: in public clients pictures on demand (client protocol, 6.6). */
export const ON_DEMAND_FLAG = 'onDemandTracks';

/** How often clients report how their media fare: seconds of a sample, and of a report. */
export const STATS_PERIODS = {
  publishStats: { maxSampleWindowSize: 30, maxSamplePushInterval: 60 },
  subscribeStats: { maxSampleWindowSize: 10, maxSamplePushInterval: 60 },
} as const;
