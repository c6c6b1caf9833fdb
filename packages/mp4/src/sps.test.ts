import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAvcConfig } from './avc-config.ts';
import { Mp4Error } from './errors.ts';
import { parseSps } from './sps.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
/** x264, High 3.1, 1280×720. */
const SPS_720P = hex('6764001facd9405005bb016a02020280000003008000001e478c18cb');
/** x264, High 4.0, 1920×1080: coded 1088 lines, 8 cropped. */
const SPS_1080P = hex('67640028acd940780227e5c05a808080a0000003002000000781e30632c0');
const PPS = hex('68ebecb22c');

it('reads profile, level and the cropped picture size', () => {
  expect(parseSps(SPS_720P)).toMatchObject({
    profileIdc: 100,
    levelIdc: 31,
    chromaFormatIdc: 1,
    width: 1280,
    height: 720,
  });
  expect(parseSps(SPS_1080P)).toMatchObject({ profileIdc: 100, levelIdc: 40, width: 1920, height: 1080 });
});

it('refuses other NAL units and cut ones', () => {
  expect(() => parseSps(PPS)).toThrow(/NAL unit type is 8, must be 7/);
  expect(() => parseSps(SPS_720P.subarray(0, 6))).toThrow(/ends after/);
});

it('answers any bytes with a picture size or a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (tail) => {
      try {
        const info = parseSps(Uint8Array.of(0x67, ...tail));
        expect(info.width).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(Mp4Error);
      }
    }),
    { numRuns: 2000 },
  );
});

it('adds chroma format and bit depths for High profile only', () => {
  const high = createAvcConfig({ sps: [SPS_720P], pps: [PPS] });
  expect([...high.subarray(0, 8)]).toEqual([1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, SPS_720P.length]);
  expect([...high.subarray(-4)]).toEqual([0xfd, 0xf8, 0xf8, 0]);
  const baseline = hex('6742c00dda0507ec04400000030040000007a3c50aa8');
  expect(createAvcConfig({ sps: [baseline], pps: [PPS] })).toHaveLength(6 + 2 + baseline.length + 1 + 2 + PPS.length);
  expect(() => createAvcConfig({ sps: [], pps: [PPS] })).toThrow(/0 SPS given/);
});
