import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBoxes } from './box-reader.ts';
import { dumpBoxes } from './dump.ts';
import { Mp4Error } from './errors.ts';
import { createFragment } from './fragment.ts';
import { createInitSegment } from './init-segment.ts';
import { createProgressiveHead } from './progressive.ts';
import { SampleLog } from './sample-index.ts';
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

const logged = (bytes: number, duration: number, isSync: boolean) => ({ bytes, duration, isSync });

describe('a progressive file', () => {
  it('tells of each sample where it lies in the file, how long it lasts, and where decoding can begin', () => {
    const pictures = new SampleLog();
    const sounds = new SampleLog();
    pictures.add({ offset: 100, startTicks: 0, samples: [logged(40, 3000, true), logged(7, 6000, false)] });
    sounds.add({ offset: 147, startTicks: 480, samples: [logged(3, 1024, true)] });
    pictures.add({ offset: 150, startTicks: 9000, samples: [logged(9, 3000, false), logged(8, 3000, true)] });
    const head = createProgressiveHead(
      [
        { track: video, log: pictures },
        { track: audio, log: sounds },
      ],
      167,
    );
    const view = new DataView(head.buffer);
    const mdatAt = head.byteLength - 16;
    expect(view.getUint32(mdatAt)).toBe(1);
    expect(view.getBigUint64(mdatAt + 8)).toBe(167n + 16n);
    const tables = (log: SampleLog): string[] =>
      log
        .index(head.byteLength)
        .tables()
        .map((table) => Buffer.from(table.subarray(4)).toString('latin1', 0, 4));
    expect(tables(pictures)).toEqual(['stts', 'stss', 'stsc', 'stsz', 'co64']);
    expect(tables(sounds)).toEqual(['stts', 'stsc', 'stsz', 'co64']);
    const words = (type: string): number[] => {
      const at = Buffer.from(head).indexOf(type) + 8;
      return Array.from({ length: (view.getUint32(at - 12) - 12) / 4 }, (_, i) => view.getUint32(at + i * 4));
    };
    expect(words('mvhd')[3]).toBe(167);
    expect(words('stts')).toEqual([3, 1, 3000, 1, 6000, 2, 3000]);
    expect(words('stss')).toEqual([2, 1, 4]);
    expect(words('stsc')).toEqual([1, 1, 2, 1]);
    expect(words('stsz')).toEqual([0, 4, 40, 7, 9, 8]);
    expect(words('co64')).toEqual([2, 0, head.byteLength + 100, 0, head.byteLength + 150]);
  });

  it('delays a track whose first sample is due later', () => {
    const sounds = new SampleLog();
    sounds.add({ offset: 0, startTicks: 480, samples: [logged(3, 1024, true)] });
    const head = createProgressiveHead([{ track: audio, log: sounds }], 3);
    const at = Buffer.from(head).indexOf('elst') + 8;
    const view = new DataView(head.buffer);
    expect(Array.from({ length: 4 }, (_, i) => view.getInt32(at + i * 4))).toEqual([2, 10, -1, 0x00010000]);
  });
});
