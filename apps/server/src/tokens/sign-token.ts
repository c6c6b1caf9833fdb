import { signJws } from './jws.ts';

/**
 * Signs claims as a JWT (RFC 7519) with HS256. The secret's text is the key, as public server SDKs have it.
 *
 * Public clients (hms-video-store 0.14, 0.15) read the payload by `atob` alone, which knows neither the URL-safe
 * alphabet nor UTF-8; so the payload is JSON in ASCII whose base64url text contains no `-` and no `_`.
 */
export function signToken(claims: Readonly<Record<string, unknown>>, secret: string): string {
  return signJws(atobSafeJson(claims), secret);
}

/**
 * Of ASCII, only `>`, `?`, `~` and DEL have six-bit groups that base64url writes as `-` or `_`. Like everything beyond
 * ASCII they can stand in strings only, where `\uXXXX` means the same (RFC 8259, section 7).
 */
export function atobSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[>?~\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
