import { CodedError } from '@amphi/base';
import type { AccessKey } from '@amphi/store';
import type { z } from 'zod';
import type { Guesses } from '../budgets/guesses.ts';
import { isSignedWith, readJws, type UnverifiedJws } from './jws.ts';
import type { KnownTokens } from './known-tokens.ts';

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
 * Checks a token: what can be seen without the key first, so that nothing malformed reaches the database, then key,
 * signature, and times. Form and signature of one that is known are not looked at again. Whether an expired one is still good for something is for the caller to judge.
 * @throws TokenError, or PublicError 429 after too many wrong ones
 */
export async function verifyToken<Claims extends CommonClaims>(
  token: string,
  options: {
    /** Names the type wanted and the form of all claims. */
    readonly schema: z.ZodType<Claims>;
    readonly type: Claims['type'];
    /** Asked with claims of the right form, whose signature is yet to be checked. */
    readonly findKey: (claims: Claims) => Promise<AccessKey | undefined>;
    /** Unknown keys and wrong signatures count for `from` (`addressKey`). What is malformed or expired costs no look-up. */
    readonly guesses: Guesses;
    readonly from: string;
    /** Those verified before, of this schema. */
    readonly known: KnownTokens<Claims>;
    /** Unix time. */
    readonly nowS: number;
  },
): Promise<{ readonly claims: Claims; readonly key: AccessKey; readonly expired: boolean }> {
  const { guesses, from } = options;
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenError(`token is longer than ${MAX_TOKEN_LENGTH} characters`);
  const known = options.known.find(token);
  const jws = known ? undefined : decode(token);
  const claims = known ?? readClaims(jws!.payload, options);
  const key = await guesses.lookUp(from, claims.access_key, () => options.findKey(claims));
  if (!key) throw new TokenError('access_key is unknown or revoked');
  if (jws) {
    if (!isSignedWith(jws, key.secret)) {
      await guesses.count(from);
      throw new TokenError('signature is wrong');
    }
    options.known.add(token, claims);
  }
  checkTimes(claims, options.nowS);
  return { claims, key, expired: claims.exp <= options.nowS };
}

function readClaims<Claims>(
  raw: UnverifiedJws['payload'],
  { schema, type }: { readonly schema: z.ZodType<Claims>; readonly type: string },
): Claims {
  if (raw.version !== 2) throw new TokenError('version must be 2');
  if (raw.type !== type) throw new TokenError(`type must be "${type}"`);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new TokenError(`${issue?.path.join('.') || 'claims'}: ${issue?.message ?? 'malformed'}`);
  }
  return parsed.data;
}

/** Extensions that a token says must be understood (`crit`: RFC 7515, 4.1.11) are none of ours. */
function decode(token: string): UnverifiedJws {
  const jws = readJws(token);
  if (!jws) throw new TokenError('token is not a JWT');
  if (jws.header.alg !== 'HS256') throw new TokenError('alg must be HS256');
  if (jws.header.crit !== undefined) throw new TokenError('crit names nothing that is known here');
  return jws;
}

/** `iat` counts beside `nbf`: the longest life is counted from it, so it must not lie in the future. */
function checkTimes(claims: CommonClaims, nowS: number): void {
  const aheadS = Math.max(claims.iat, claims.nbf ?? claims.iat) - nowS;
  if (aheadS > CLOCK_SKEW_S) {
    const begins = aheadS < 1e6 ? `in ${Math.ceil(aheadS)} s` : 'much later';
    throw new TokenError(`token is not valid yet: by this server's clock it begins ${begins}`);
  }
  if (claims.exp - claims.iat > MAX_LIFETIME_S) throw new TokenError('token is valid for more than 90 days');
}
