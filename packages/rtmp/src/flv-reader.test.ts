import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aacBody, aacHeader, avcBody, avcHeader } from './flv.ts';
import { readAudioTag, readVideoTag, splitAvcConfig, toAnnexB } from './flv-reader.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
/** Constrained baseline, lengths of four bytes, one set each. */
const CONFIG = bytes(1, 66, 0x40, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68);

it('ING15: tags are read as they were written', () => {
  expect(readVideoTag(avcHeader(CONFIG))).toEqual({ kind: 'config', config: CONFIG });
  const coded = { kind: 'coded', compositionMs: 0, data: bytes(1, 2) };
  expect(readVideoTag(avcBody(bytes(1, 2), true))).toEqual({ ...coded, isKeyframe: true });
  expect(readVideoTag(avcBody(bytes(1, 2), false))).toEqual({ ...coded, isKeyframe: false });
  expect(readAudioTag(aacHeader(bytes(0x11, 0x90)))).toEqual({ kind: 'config', config: bytes(0x11, 0x90) });
  expect(readAudioTag(aacBody(bytes(3)))).toEqual({ kind: 'coded', data: bytes(3) });
});

it('ING15: pictures that are shown later, or before, say so', () => {
  expect(readVideoTag(bytes(0x27, 1, 0, 0, 80, 9))).toMatchObject({ compositionMs: 80 });
  expect(readVideoTag(bytes(0x27, 1, 0xff, 0xff, 0xd8, 9))).toMatchObject({ compositionMs: -40 });
});

it.each([
  ['enhanced RTMP', readVideoTag(bytes(0x90, ...Buffer.from('hvc1'), 1)), 'hvc1'],
  ['enhanced RTMP of which nothing can be told', readVideoTag(bytes(0x90, 1, 2, 3, 4)), 'of enhanced RTMP'],
  ['H.263', readVideoTag(bytes(0x12, 0)), '2'],
  ['MP3', readAudioTag(bytes(0x2f, 0)), '2'],
  ['enhanced sound', readAudioTag(bytes(0x91, ...Buffer.from('Opus'))), 'Opus'],
])('ING15: %s is named and not taken', (_, tag, codec) => {
  expect(tag).toEqual({ kind: 'unsupported', codec });
});

it('ING15: a configuration is its profile and its sets; lengths become start codes', () => {
  expect(splitAvcConfig(CONFIG)).toEqual({
    profile: 66,
    constraints: 0x40,
    lengthBytes: 4,
    parameterSets: [bytes(0x67, 1), bytes(0x68)],
  });
  expect(toAnnexB(bytes(0, 2, 7, 8, 0, 1, 9), 2, [bytes(0x67)])).toEqual(
    bytes(0, 0, 0, 1, 0x67, 0, 0, 0, 1, 7, 8, 0, 0, 0, 1, 9),
  );
});

it('ING16: what is cut off is refused', () => {
  for (let length = 0; length < CONFIG.byteLength; length++) {
    expect(() => splitAvcConfig(CONFIG.subarray(0, length))).toThrow(
      expect.objectContaining({ code: 'rtmp_malformed' }),
    );
  }
  expect(() => toAnnexB(bytes(0, 0, 0, 9, 1), 4)).toThrow(expect.objectContaining({ code: 'rtmp_malformed' }));
});

it('ING16: nothing that comes is more than an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
      for (const read of [readVideoTag, readAudioTag, splitAvcConfig, (body: Uint8Array) => toAnnexB(body, 2)]) {
        try {
          read(data);
        } catch (error) {
          expect(error).toMatchObject({ code: 'rtmp_malformed' });
        }
      }
    }),
  );
});
