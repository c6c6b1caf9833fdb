import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { atobSafeJson, signToken } from './sign-token.ts';

describe('signToken', () => {
  it('signs what an independent reader verifies', async () => {
    const token = signToken({ role: 'broadcaster', user_id: 'Zoë ~?>' }, 'the secret');
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode('the secret'));
    expect(payload).toEqual({ role: 'broadcaster', user_id: 'Zoë ~?>' });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
  });

  it('writes payloads that atob reads, whatever is in them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (claims) => {
        const payload = signToken(claims, 'the secret').split('.')[1]!;
        expect(payload).not.toMatch(/[-_]/);
        expect(JSON.parse(atob(payload))).toEqual(JSON.parse(JSON.stringify(claims)));
      }),
    );
  });
});

it('escapes only what atob cannot bear', () => {
  expect(atobSafeJson({ a: 'b<c>d?e~f\u007fgé😀' })).toBe(
    '{"a":"b<c\\u003ed\\u003fe\\u007ef\\u007fg\\u00e9\\ud83d\\ude00"}',
  );
});
