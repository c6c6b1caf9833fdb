import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFmtp, serializeFmtp } from './fmtp.ts';

test('numbers, text, flags, spaces and hexadecimal levels', () => {
  expect(parseFmtp('minptime=10; useinbandfec=1;x;profile-level-id=420034;packetization-mode=1')).toEqual({
    minptime: 10,
    useinbandfec: 1,
    x: '',
    'profile-level-id': '420034',
    'packetization-mode': 1,
  });
});

test('the first of two values holds, nothing is inherited', () => {
  expect(parseFmtp('a=1;a=2;;=3;toString')).toEqual({ a: 1, toString: '' });
});

test('what is written is read back', () => {
  const parameters = fc.dictionary(
    fc.stringMatching(/^[a-z][a-z-]{0,10}$/),
    fc.oneof(fc.nat(), fc.stringMatching(/^[a-z][a-z0-9/]{0,8}$/)),
  );
  fc.assert(
    fc.property(parameters, (given) => {
      expect(parseFmtp(serializeFmtp(given))).toEqual({ ...given });
    }),
  );
});
