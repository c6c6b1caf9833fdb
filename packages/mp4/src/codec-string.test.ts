import { expect, it } from 'vitest';
import { aacCodecString, avcCodecString } from './codec-string.ts';

it('writes profile, constraints and level of H.264 as hexadecimal digits', () => {
  expect(avcCodecString(Uint8Array.of(1, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0))).toBe('avc1.64001F');
  expect(avcCodecString(Uint8Array.of(1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0))).toBe('avc1.42C00D');
  expect(() => avcCodecString(Uint8Array.of(1, 0x64))).toThrow(/2 bytes, needs at least 7/);
});

it('writes the audio object type of AAC, escaped ones too', () => {
  expect(aacCodecString(Uint8Array.of(0x11, 0x90))).toBe('mp4a.40.2');
  expect(aacCodecString(Uint8Array.of(0x2b, 0x11))).toBe('mp4a.40.5');
  expect(aacCodecString(Uint8Array.of(0xf9, 0x40))).toBe('mp4a.40.42');
  expect(() => aacCodecString(Uint8Array.of(0x11))).toThrow(/1 bytes, needs at least 2/);
});
