import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBoxes } from './box-reader.ts';
import { dumpBoxes } from './dump.ts';
import { Mp4Error } from './errors.ts';
import { createFragment } from './fragment.ts';
import { createInitSegment } from './init-segment.ts';
import { readFragments, readInitSegment } from './segment-reader.ts';
import type { AudioTrack, Sample, VideoTrack } from './track.ts';

const video: VideoTrack = {
  kind: 'video',
  id: 1,
  timescale: 90_000,
  width: 1280,
  height: 720,
  avcConfig: Uint8Array.from(Buffer.from('0164001fffe1000467640 01f01000268ebfdf8f800'.replaceAll(' ', ''), 'hex')),
  bitrateBps: 2_500_000,
};
const audio: AudioTrack = {
  kind: 'audio',
  id: 2,
  timescale: 48_000,
  sampleRate: 48_000,
  channelCount: 2,
  audioSpecificConfig: Uint8Array.of(0x11, 0x90),
};
const sample = (size: number, duration: number, isSync: boolean): Sample => ({
  data: new Uint8Array(size).fill(size),
  duration,
  isSync,
});

describe('golden dumps', () => {
  it('video initialization segment', async () => {
    const dump = dumpBoxes(readBoxes(createInitSegment(video)));
    await expect(dump).toMatchFileSnapshot('../test/golden/video-init.txt');
  });

  it('audio initialization segment', async () => {
    const dump = dumpBoxes(readBoxes(createInitSegment(audio)));
    await expect(dump).toMatchFileSnapshot('../test/golden/audio-init.txt');
  });

  it('fragment with a base decode time over 32 bits', async () => {
    const bytes = createFragment({
      sequenceNumber: 7,
      trackId: 1,
      baseDecodeTime: 2 ** 32 + 900_000,
      samples: [sample(40, 3000, true), sample(7, 3000, false), sample(9, 6000, false)],
    });
    await expect(dumpBoxes(readBoxes(bytes))).toMatchFileSnapshot('../test/golden/fragment.txt');
  });
});

describe('round trips', () => {
  it('reads back the tracks it wrote', () => {
    expect(readInitSegment(createInitSegment(video))).toEqual(video);
    expect(readInitSegment(createInitSegment(audio))).toEqual(audio);
  });

  it('reads back any fragments it wrote, one after another', () => {
    const samples = fc.array(
      fc.record({
        data: fc.uint8Array({ maxLength: 50 }),
        duration: fc.integer({ min: 1, max: 0xffffff }),
        isSync: fc.boolean(),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(samples, samples, fc.integer({ min: 0, max: 2 ** 52 }), (first, second, baseDecodeTime) => {
        const next = first.reduce((time, { duration }) => time + duration, baseDecodeTime);
        const fragments = [
          { sequenceNumber: 1, trackId: 3, baseDecodeTime, samples: first },
          { sequenceNumber: 2, trackId: 3, baseDecodeTime: next, samples: second },
        ];
        expect(readFragments(Buffer.concat(fragments.map(createFragment)))).toEqual(fragments);
      }),
    );
  });
});

describe('the reader', () => {
  const good = createFragment({ sequenceNumber: 1, trackId: 1, baseDecodeTime: 0, samples: [sample(20, 3000, true)] });

  it('refuses a fragment that does not follow the one before', () => {
    expect(() => readFragments(Buffer.concat([good, good]))).toThrow(/does not follow/);
  });

  it('refuses bytes that belong to no sample, a cut file, an unknown box', () => {
    const longer = Uint8Array.from([...good, 0]);
    new DataView(longer.buffer).setUint32(good.length - 28, 29);
    expect(() => readFragments(longer)).toThrow(/1 bytes belong to no sample/);
    expect(() => readFragments(good.subarray(0, -1))).toThrow(/size is 28, allowed 8–27/);
    expect(() => readBoxes(Uint8Array.of(0, 0, 0, 8, 0x61, 0x62, 0x63, 0x64))).toThrow(/"abcd" at 0 is not known/);
  });

  it('answers damaged files with a coded error or with boxes, never otherwise', () => {
    const file = Buffer.concat([createInitSegment(video), good]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(file.length),
        (damage, length) => {
          const bytes = Uint8Array.from(file);
          for (const [at, value] of damage) bytes[at] = value;
          for (const read of [readBoxes, readInitSegment, readFragments]) {
            try {
              read(bytes.subarray(0, length));
            } catch (error) {
              expect(error).toBeInstanceOf(Mp4Error);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
