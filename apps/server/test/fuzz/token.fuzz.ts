import { systemClock } from '@amphi/base';
import { type ClientTokenClaims, clientTokenClaims } from '@amphi/protocol';
import { defineFuzzTarget, mutatedJson, mutatedText } from '@amphi/testkit/fuzz';
import fc from 'fast-check';
import { base64url } from 'jose';
import { Guesses } from '../../src/budgets/guesses.ts';
import { HeldBack } from '../../src/budgets/held-back.ts';
import { KnownTokens } from '../../src/tokens/known-tokens.ts';
import { signToken } from '../../src/tokens/sign-token.ts';
import { TokenError, verifyToken } from '../../src/tokens/verify-token.ts';

const NOW_S = 1_800_000_000;
const key = {
  accessKey: 'f'.repeat(24),
  workspaceId: 'a'.repeat(24),
  secret: 'a secret of the tests',
  createdAt: new Date(0),
  revokedAt: null,
};
const claims = {
  access_key: key.accessKey,
  type: 'app',
  version: 2,
  room_id: 'b'.repeat(24),
  user_id: 'u',
  role: 'host',
  iat: NOW_S,
  nbf: NOW_S,
  exp: NOW_S + 3600,
  jti: '1',
};
const good = signToken(claims, key.secret);
const [, payload = '', signature = ''] = good.split('.');
const json = (value: object): string => base64url.encode(JSON.stringify(value));

const headers = fc.constantFrom<object>(
  { alg: 'HS256', typ: 'JWT' },
  { alg: 'none' },
  { alg: 'HS512' },
  { alg: 'RS256', jwk: { kty: 'oct', k: '' } },
  { alg: 'HS256', crit: ['b64'], b64: false },
);

/** What a stranger shows as a token: only the one that was signed is good, all others are refused in our words. */
export default defineFuzzTarget({
  inputs: fc.oneof(
    mutatedText([good]),
    fc
      .tuple(headers, mutatedJson([claims]))
      .map(([header, text]) => `${json(header)}.${base64url.encode(text)}.${signature}`),
    headers.map((header) => `${json(header)}.${payload}.`),
  ),
  async check(token) {
    const guesses = new Guesses({
      name: 'tokens',
      rate: { perSecond: 1, burst: 100 },
      heldBack: new HeldBack({ delayMs: 0, clock: systemClock }),
      clock: systemClock,
    });
    const known = new KnownTokens<ClientTokenClaims>();
    const verify = (text: string) =>
      verifyToken(text, {
        schema: clientTokenClaims,
        type: 'app',
        findKey: async ({ access_key: accessKey }) => (accessKey === key.accessKey ? key : undefined),
        guesses,
        known,
        from: '203.0.113.9',
        nowS: NOW_S,
      });
    // That the good one is known makes no other one good.
    await verify(good);
    try {
      const verified = await verify(token);
      if (token !== good) throw new Error(`accepted a token that nobody signed: ${JSON.stringify(verified.claims)}`);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
    }
  },
});
