import { CodedError } from '@amphi/base';
import type { AccessKey } from '@amphi/store';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { z } from 'zod';

/** Why a token is not accepted, in words that may be told to its bearer. */
export class TokenError extends CodedError<'bad_token'> {
  constructor(reason: string, cause?: unknown) {
    super('bad_token', reason, cause === undefined ? {} : { cause });
    this.name = 'TokenError';
  }
}

/** How far the clock of whoever signed may be ahead of ours. */
export const CLOCK_SKEW_S = 60;
const MAX_LIFETIME_S = 90 * 24 * 3600;
const MAX_TOKEN_LENGTH = 8192;

interface CommonClaims {
  readonly access_key: string;
  readonly type: string;
  readonly iat: number;
  readonly nbf?: number | undefined;
  readonly exp: number;
}

/**
 * Checks a token in the order of REST v2's rules: form, algorithm, key, signature, claims, times.
 * @throws TokenError
 */
export async function verifyToken<Claims extends CommonClaims>(
  token: string,
  options: {
    /** Names the type wanted and the form of all claims. */
    readonly schema: z.ZodType<Claims>;
    readonly type: Claims['type'];
    readonly findKey: (accessKey: string) => Promise<AccessKey | undefined>;
    /** Unix time. */
    readonly nowS: number;
    readonly ignoreExpiry?: boolean | undefined;
  },
): Promise<{ readonly claims: Claims; readonly key: AccessKey }> {
  const raw = decode(token);
  const accessKey = raw.access_key;
  const key = typeof accessKey === 'string' ? await options.findKey(accessKey) : undefined;
  if (!key) throw new TokenError('access_key is unknown or revoked');
  try {
    await compactVerify(token, Buffer.from(key.secret, 'utf8'), { algorithms: ['HS256'] });
  } catch (error) {
    throw new TokenError('signature is wrong', error);
  }
  if (raw.version !== 2) throw new TokenError('version must be 2');
  if (raw.type !== options.type) throw new TokenError(`type must be "${options.type}"`);
  const parsed = options.schema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new TokenError(`${issue?.path.join('.') || 'claims'}: ${issue?.message ?? 'malformed'}`);
  }
  checkTimes(parsed.data, options.nowS, options.ignoreExpiry ?? false);
  return { claims: parsed.data, key };
}

function decode(token: string): Record<string, unknown> {
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenError(`token is longer than ${MAX_TOKEN_LENGTH} characters`);
  let alg: unknown;
  let claims: Record<string, unknown>;
  try {
    alg = decodeProtectedHeader(token).alg;
    claims = decodeJwt(token);
  } catch (error) {
    throw new TokenError('token is not a JWT', error);
  }
  if (alg !== 'HS256') throw new TokenError('alg must be HS256');
  return claims;
}

function checkTimes(claims: CommonClaims, nowS: number, ignoreExpiry: boolean): void {
  if ((claims.nbf ?? claims.iat) > nowS + CLOCK_SKEW_S) throw new TokenError('token is not valid yet');
  if (!ignoreExpiry && claims.exp <= nowS) throw new TokenError('token expired');
  if (claims.exp - claims.iat > MAX_LIFETIME_S) throw new TokenError('token is valid for more than 90 days');
}
