import * as z from 'zod/mini';
import type { Composition } from '../composition.ts';

/** Answer of `hls-composition`, in the small form of zod: clients read it. */

const ratio = z.enum(['16:9', '4:3', '1:1', '3:4', '9:16']);
const corner = z.enum(['top_left', 'top_right', 'bottom_left', 'bottom_right']);

/** How the running stream is drawn, or the next one will be. */
export const compositionInfo = z.object({
  layout: z.enum(['grid', 'active_speaker', 'sidebar', 'picture_in_picture', 'single']),
  tileAspectRatio: ratio,
  videoAspectRatio: ratio,
  tileFit: z.enum(['auto', 'crop', 'fit']),
  gap: z.number(),
  margin: z.nullable(z.number()),
  showNames: z.boolean(),
  backgroundColor: z.string(),
  backgroundImage: z.nullable(z.string()),
  logo: z.nullable(z.object({ image: z.string(), corner })),
  standByText: z.string(),
  standBy: z.boolean(),
}) satisfies z.ZodMiniType<Composition>;

/** What of it has changed. */
export const compositionUpdate = z.partial(compositionInfo);
