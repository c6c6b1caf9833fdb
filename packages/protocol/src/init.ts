import * as z from 'zod';

/** Answer of `GET /init` (client protocol, section 2). */
export const initAnswer = z.object({
  endpoint: z.string(),
  rtcConfiguration: z
    .object({
      ice_servers: z
        .array(
          z.object({
            urls: z.union([z.string(), z.array(z.string())]),
            username: z.string().optional(),
            credential: z.string().optional(),
          }),
        )
        .optional(),
    })
    .catchall(z.unknown())
    .optional(),
  config: z.object({ enabledFlags: z.array(z.string()).optional() }).catchall(z.unknown()),
});

export type InitAnswer = z.infer<typeof initAnswer>;

/** What the server switches on in clients; constant for all sessions. */
export const ENABLED_FLAGS = ['subscribeDegradation', 'simulcast', 'nonWebRTCDisableOffer'] as const;
