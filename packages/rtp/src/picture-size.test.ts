import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { h264PictureSize, vp8PictureSize, vp9PictureSize } from './picture-size.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('size of pictures before they are decoded', () => {
  it('is read from VP8 keyframes, without the bits of scaling', () => {
    expect(vp8PictureSize(bytes('100200 9d012a 4001 b400'))).toEqual({ width: 320, height: 180 });
    expect(vp8PictureSize(bytes('100200 9d012a ffff ff7f'))).toEqual({ width: 16_383, height: 16_383 });
    expect(vp8PictureSize(bytes('110200 9d012a 4001 b400'))).toBeUndefined();
    expect(vp8PictureSize(bytes('100200 9d012a 4001 b4'))).toBeUndefined();
    expect(vp8PictureSize(bytes('100200 000000 4001 b400'))).toBeUndefined();
  });

  it('is read from VP9 keyframes of profile 0', () => {
    expect(vp9PictureSize(bytes('82 498342 20 4ff02cf0'))).toEqual({ width: 1280, height: 720 });
    expect(vp9PictureSize(bytes('86 498342 20 4ff02cf0'))).toBeUndefined();
    expect(vp9PictureSize(bytes('92 498342 20 4ff02cf0'))).toBeUndefined();
    expect(vp9PictureSize(bytes('82 498342 20 4ff0'))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (garbage) => void vp9PictureSize(garbage)));
  });

  it('is read from H.264 sequence parameter sets of every profile that browsers send', () => {
    // Baseline 3.1 of libwebrtc, 1280×720.
    expect(h264PictureSize(bytes('6742c01f8c8d40280 2dc80 3c2211a80'.replace(/ /g, '')))).toEqual({
      width: 1280,
      height: 720,
    });
    // High 4.0 of x264, 1920×1080: 68 rows of macroblocks, cropped by 8 lines; with emulation prevention.
    expect(h264PictureSize(bytes('67640028acd940780227e5c05a808080a0000003002000000781e30632c0'))).toEqual({
      width: 1920,
      height: 1088,
    });
  });

  it('of parameter sets cut short at any byte is unknown or what it was, and garbage never throws', () => {
    const whole = bytes('67640028acd940780227e5c05a808080a0000003002000000781e30632c0');
    for (let length = 0; length < whole.length; length++) {
      const size = h264PictureSize(whole.subarray(0, length));
      if (size) expect(size).toEqual({ width: 1920, height: 1088 });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(66, 77, 100, 244), (garbage, profile) => {
        vp8PictureSize(garbage);
        if (garbage.length > 1) garbage[1] = profile;
        const size = h264PictureSize(garbage);
        if (size) expect(size.width * size.height).toBeGreaterThanOrEqual(256);
      }),
      { numRuns: 2_000 },
    );
  });
});
