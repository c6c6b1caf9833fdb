import { createHash } from 'node:crypto';

/** What is kept of a token to recognise its bearer. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
