import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { av1CodecString, av1ConfigFromTemporalUnit, sampleFromTemporalUnit } from './av1.ts';
import { Mp4Error } from './errors.ts';
import { createInitSegment } from './init-segment.ts';
import { readInitSegment } from './segment-reader.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const DELIMITER = '1200';
/** SVT-AV1, Main, 640×360, level 2.1. */
const SEQUENCE_HEADER = '0a0b 0000000cc4ff6712be4010';
const FRAME = '3203 101112';
const KEYFRAME = hex(DELIMITER + SEQUENCE_HEADER + FRAME);

describe('AV1', () => {
  it('EG48: a configuration is read off a keyframe, with its sequence header', () => {
    const config = av1ConfigFromTemporalUnit(KEYFRAME);
    expect(Buffer.from(config).toString('hex')).toBe(`81010c00${SEQUENCE_HEADER.replaceAll(' ', '')}`);
    expect(av1CodecString(config)).toBe('av01.0.01M.08');
  });

  it('EG48: a sample has no delimiter and no padding; all else stays as it was', () => {
    const padding = '7a02 0080';
    expect(sampleFromTemporalUnit(hex(DELIMITER + FRAME + padding))).toEqual(hex(FRAME));
    expect(sampleFromTemporalUnit(KEYFRAME)).toEqual(hex(SEQUENCE_HEADER + FRAME));
  });

  it('writes level, tier and depth of what decoders are to expect', () => {
    expect(av1CodecString(hex('81 08 0c 00'))).toBe('av01.0.08M.08');
    expect(av1CodecString(hex('81 0d cc 00'))).toBe('av01.0.13H.10');
    expect(av1CodecString(hex('81 4d fc 00'))).toBe('av01.2.13H.12');
    expect(() => av1CodecString(hex('81 08'))).toThrow(/2 bytes, needs at least 4/);
  });

  it('goes into an initialization segment and comes back', () => {
    const track = {
      kind: 'video',
      id: 1,
      timescale: 90_000,
      width: 640,
      height: 360,
      bitrateBps: 300_000,
      av1Config: av1ConfigFromTemporalUnit(KEYFRAME),
    } as const;
    expect(readInitSegment(createInitSegment(track))).toEqual(track);
    const sound = {
      kind: 'audio',
      id: 1,
      timescale: 48_000,
      sampleRate: 48_000,
      channelCount: 2,
      preSkip: 120,
      bitrateBps: 96_000,
    } as const;
    expect(readInitSegment(createInitSegment(sound))).toEqual(sound);
  });

  it.each([
    ['nothing', '', /has no sequence header/],
    ['no sequence header', DELIMITER + FRAME, /has no sequence header/],
    ['a set forbidden bit', '9200', /forbidden bit at 0/],
    ['an OBU without a size', '10', /the OBU at 0 has no size/],
    ['a size beyond the end', '3205 00', /has 5 bytes, 1 are there/],
    ['a size without an end', '32 8080808080808080', /more than 8 bytes/],
    ['a cut header', '0a02 0000', /AV1 sequence header: ends after 2 bytes/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => av1ConfigFromTemporalUnit(hex(bytes))).toThrow(message);
  });

  it('answers any bytes with a configuration or a coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        const unit = Uint8Array.of(0x0a, payload.length, ...payload);
        try {
          expect(av1CodecString(av1ConfigFromTemporalUnit(unit))).toMatch(/^av01\.[0-7]\.\d\d[MH]\.(08|10|12)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Mp4Error);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
