import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFromAnnexB, splitAnnexB } from './annex-b.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('splitAnnexB', () => {
  it('finds units behind 3-byte and 4-byte start codes and drops trailing zeros', () => {
    const stream = bytes(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 0, 1, 0x65, 9, 9, 0);
    expect(splitAnnexB(stream).map((unit) => [...unit])).toEqual([
      [0x67, 1, 2],
      [0x68, 3],
      [0x65, 9, 9],
    ]);
  });

  it('gives nothing for bytes without a start code', () => {
    expect(splitAnnexB(bytes())).toEqual([]);
    expect(splitAnnexB(bytes(1, 2, 3, 0, 0))).toEqual([]);
    expect(splitAnnexB(bytes(0, 0, 1))).toEqual([]);
  });

  it('gives back the units that were joined', () => {
    // No 00 00 inside a unit and no zero at its end: what emulation prevention and rbsp_trailing_bits guarantee.
    const unit = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, fc.boolean()), { maxLength: 8 }), (units) => {
        const stream = units.flatMap(([unit, long]) => [...(long ? [0] : []), 0, 0, 1, ...unit]);
        expect(splitAnnexB(Uint8Array.from(stream)).map((u) => [...u])).toEqual(units.map(([unit]) => unit));
      }),
    );
  });
});

describe('sampleFromAnnexB', () => {
  it('prefixes lengths and leaves parameter sets and delimiters out', () => {
    const unit = bytes(0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x67, 7, 0, 0, 1, 0x68, 8, 0, 0, 1, 6, 5, 0, 0, 1, 0x65, 1, 2, 3);
    expect(sampleFromAnnexB(unit)).toEqual({ data: bytes(0, 0, 0, 2, 6, 5, 0, 0, 0, 4, 0x65, 1, 2, 3), isSync: true });
  });

  it('tells a non-IDR picture from an IDR picture', () => {
    expect(sampleFromAnnexB(bytes(0, 0, 1, 0x41, 1)).isSync).toBe(false);
  });
});
