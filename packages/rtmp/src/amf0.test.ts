import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAmf, writeAmf } from './amf0.ts';

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value as fc.Arbitrary<never>;

it('RTMP1: values are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), (values) => {
      expect(readAmf(writeAmf(...values))).toEqual(values);
    }),
  );
});

it('RTMP1: nothing that comes is more than an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readAmf(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'rtmp_malformed' });
      }
    }),
  );
});
