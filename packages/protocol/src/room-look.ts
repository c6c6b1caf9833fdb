import * as z from 'zod';
import { isCalm } from './room-palette.ts';
import { colour, fontFamily, roleLook } from './ui-layout.ts';

/** What the owner of an app has said about its room; what is not said is as the template has it. */

/** It comes with the layout of each role. */
export const MAX_LOGO_CHARS = 16_000;

const logo = z
  .string()
  .max(MAX_LOGO_CHARS, 'an image of at most 12 kB')
  .regex(
    /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/,
    'a PNG or JPEG file as "data:image/png;base64,…" or "data:image/jpeg;base64,…"',
  );

export const roomTheme = z
  .object({ mode: z.enum(['dark', 'light']), accent: colour, background: colour })
  .refine(isCalm, { path: ['background'], error: ({ input }) => `too ${tooMuch(input)} to read on it` });

export const roomLook = z.object({
  logo: logo.optional(),
  theme: roomTheme.optional(),
  font: z.optional(fontFamily),
  /** Role name → what it sees. */
  roles: z.record(z.string().max(64), roleLook).prefault({}),
});

export type RoomLook = z.infer<typeof roomLook>;

function tooMuch(input: unknown): string {
  return (input as { readonly mode: string }).mode === 'dark' ? 'light' : 'dark';
}
