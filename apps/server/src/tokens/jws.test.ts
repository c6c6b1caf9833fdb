import { CompactSign, compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { isSignedWith, readJws, signJws } from './jws.ts';

const SECRET = 'the secret of Zoë';
const KEY = new TextEncoder().encode(SECRET);
const PAYLOAD = '{"a":1,"b":"é"}';
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a signed token', () => {
  it('is what an independent library verifies, and the other way round', async () => {
    const ours = signJws(PAYLOAD, SECRET);
    expect(Buffer.from((await compactVerify(ours, KEY)).payload).toString()).toBe(PAYLOAD);
    const theirs = await new CompactSign(Buffer.from(PAYLOAD))
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(KEY);
    expect(theirs).toBe(ours);
    const read = readJws(theirs)!;
    expect([read.header, read.payload]).toEqual([
      { alg: 'HS256', typ: 'JWT' },
      { a: 1, b: 'é' },
    ]);
    expect(isSignedWith(read, SECRET)).toBe(true);
  });

  it('SEC1: is good as one text only, for one secret', () => {
    const token = signJws(PAYLOAD, SECRET);
    const signature = token.split('.')[2]!;
    // The last character holds two bits that no byte takes; and decoders pass over what they do not know.
    const last = String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1);
    const others = [`${token.slice(0, -1)}${last}`, `${token}A`, `${token}-`, token.slice(0, -1)];
    for (const other of others) {
      const read = readJws(other);
      expect(read !== undefined && isSignedWith(read, SECRET), other).toBe(false);
    }
    expect(isSignedWith(readJws(token)!, 'another')).toBe(false);
    expect(isSignedWith(readJws(token)!, '')).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['two parts', `${part({})}.${part({})}`],
    ['four parts', `${part({})}.${part({})}.s.s`],
    ['other letters', `${part({})}.${part({})}.a+b/`],
    ['padding', `${part({})}=.${part({})}.s`],
    ['spaces around it', ` ${signJws('{}', SECRET)}`],
    ['a line after it', `${signJws('{}', SECRET)}\n`],
    ['no JSON', `${part({})}.${Buffer.from('{').toString('base64url')}.s`],
    ['a list', `${part({})}.${part([])}.s`],
    ['null', `${part(null)}.${part({})}.s`],
  ])('is not %s', (_what, text) => {
    expect(readJws(text)).toBeUndefined();
  });
});
