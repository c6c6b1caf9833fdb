import * as z from 'zod';
import { objectId } from './rest.ts';

/** Claims of the JWTs (HS256, signed with the app secret) that REST v2 and clients use. Times in seconds. */

const claims = {
  access_key: objectId,
  version: z.literal(2),
  jti: z.string().optional(),
  iat: z.number(),
  nbf: z.number().optional(),
  exp: z.number(),
};

/** What a back end calls its user. Of a token it does not pass `readJson`, and it is stored. */
const userId = z
  .string()
  .max(256)
  .refine((id) => !id.includes('\u0000'), 'a text without U+0000');

/** A person's way into one room with one role. */
export const clientTokenClaims = z.object({
  ...claims,
  type: z.literal('app'),
  room_id: objectId,
  role: z.string().min(1),
  user_id: userId.optional(),
  /** Ours: id of the room code that the token was given for. It lets nobody in once the code is switched off. */
  code_id: objectId.optional(),
});

/** A back end's way into REST v2. */
export const managementTokenClaims = z.object({
  ...claims,
  type: z.literal('management'),
  /** Ours: id of the member who made the token in the dashboard. It ends with the right to make one. */
  member_id: z.string().max(100).optional(),
});

export type ClientTokenClaims = z.infer<typeof clientTokenClaims>;
export type ManagementTokenClaims = z.infer<typeof managementTokenClaims>;

/** Body of `POST /v2/token`. */
export const tokenByRoomCodeBody = z.object({
  code: z.string().regex(/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/, 'a room code such as abc-defg-hij'),
  user_id: userId.optional(),
});

export interface TokenAnswer {
  readonly token: string;
  /** ISO 8601. Both spellings, as public clients differ. */
  readonly expires_at: string;
  readonly expiresAt: string;
}
