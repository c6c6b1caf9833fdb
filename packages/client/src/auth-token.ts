import * as z from 'zod/mini';
import { ClientError } from './errors.ts';

const claims = z.object({
  room_id: z.string(),
  role: z._default(z.string(), ''),
  user_id: z._default(z.string(), ''),
});

/** What an auth token says, of what a client has a use for. */
export type AuthTokenClaims = z.infer<typeof claims>;

/**
 * Reads the claims of an auth token without checking its signature (RFC 7519, RFC 7515 appendix C: base64url).
 * @throws ClientError `invalid_token`
 */
export function decodeAuthToken(token: string): AuthTokenClaims {
  const payload = token.split('.')[1];
  if (token.split('.').length !== 3 || payload === undefined) {
    throw new ClientError(
      'invalid_token',
      `auth token: expected three parts separated by ".", got ${token.length} characters without them`,
    );
  }
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return claims.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new ClientError('invalid_token', 'auth token: its payload is not base64url JSON with a room_id', { cause });
  }
}
