import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * JSON Web Signatures in compact form (RFC 7515, 7.1) by HS256 (RFC 7518, 3.2), the one algorithm that tokens have. Each
 * request shows one: `createHmac` takes some microseconds, the Web Crypto interface a round through the thread pool.
 */

const HEADER = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));
/** Three parts in the alphabet of base64url (RFC 4648, 5), without padding. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;

/** A token whose signature nobody has looked at yet. */
export interface UnverifiedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Header and payload as they were written. */
  readonly signed: string;
  readonly signature: string;
}

/** @param payload JSON text @param secret its text is the key */
export function signJws(payload: string, secret: string): string {
  const signed = `${HEADER}.${base64url(payload)}`;
  return `${signed}.${signatureOf(signed, secret)}`;
}

/** Undefined for what is no such thing. Neither algorithm nor signature is checked. */
export function readJws(token: string): UnverifiedJws | undefined {
  const [, header, payload, signature] = COMPACT.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const [headerObject, payloadObject] = [objectOf(header), objectOf(payload)];
  if (!headerObject || !payloadObject) return undefined;
  return { header: headerObject, payload: payloadObject, signed: `${header}.${payload}`, signature };
}

/** In constant time. The signature's text is compared, so that each token has one text only. */
export function isSignedWith({ signed, signature }: UnverifiedJws, secret: string): boolean {
  const expected = Buffer.from(signatureOf(signed, secret));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signatureOf(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url');
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

function objectOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
