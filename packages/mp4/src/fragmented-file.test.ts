import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from './boxes.ts';
import { createFragment } from './fragment.ts';
import { type FileBytes, type FragmentedFile, indexFragmentedFile } from './fragmented-file.ts';
import { createInitSegment } from './init-segment.ts';
import { createProgressiveHead } from './progressive.ts';
import type { AudioTrack, Sample, VideoTrack } from './track.ts';

const video: VideoTrack = {
  kind: 'video',
  id: 1,
  timescale: 90_000,
  width: 1280,
  height: 720,
  avcConfig: Uint8Array.from(Buffer.from('0164001fffe100046764001f01000268ebfdf8f800', 'hex')),
};
const audio: AudioTrack = {
  kind: 'audio',
  id: 2,
  timescale: 48_000,
  sampleRate: 48_000,
  channelCount: 2,
  audioSpecificConfig: Uint8Array.of(0x11, 0x90),
};

const pictures = (part: number): Sample[] =>
  Array.from({ length: 10 }, (_, i) => ({ data: new Uint8Array(100 + part), duration: 3000, isSync: i === 0 }));
const sounds = (): Sample[] => [{ data: new Uint8Array(50), duration: 16_000, isSync: true }];

const init = createInitSegment(video, audio);
const fragments = Array.from({ length: 6 }, (_, i) =>
  i % 2 === 0
    ? createFragment({ sequenceNumber: i + 1, trackId: 1, baseDecodeTime: (i / 2) * 30_000, samples: pictures(i) })
    : createFragment({ sequenceNumber: i + 1, trackId: 2, baseDecodeTime: ((i - 1) / 2) * 16_000, samples: sounds() }),
);
const whole = concat(init, ...fragments);
const ends = fragments.map((_, i) => concat(init, ...fragments.slice(0, i + 1)).byteLength);

function fileOf(bytes: Uint8Array): FileBytes {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

const seconds = (found: FragmentedFile): number[] =>
  found.tracks.map(({ track, log }) => log.index(0).durationTicks / track.timescale);

describe('the index of a fragmented file', () => {
  it('has the tracks and samples of all fragments', async () => {
    const found = (await indexFragmentedFile(fileOf(whole)))!;
    expect(found.tracks.map(({ track }) => track)).toMatchObject([
      { kind: 'video', width: 1280, height: 720 },
      { kind: 'audio', sampleRate: 48_000 },
    ]);
    expect(found).toMatchObject({ offset: 0, bytes: whole.byteLength });
    expect(seconds(found)).toEqual([1, 1]);
  });

  it('ends with the last fragment that is whole, wherever the file ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.byteLength }), async (length) => {
        const found = await indexFragmentedFile(fileOf(whole.subarray(0, length)));
        if (length < init.byteLength) expect(found).toBeUndefined();
        else expect(found!.bytes).toBe(Math.max(init.byteLength, ...ends.filter((end) => end <= length)));
      }),
    );
  });

  it('is the same when the file was made progressive', async () => {
    const before = (await indexFragmentedFile(fileOf(whole)))!;
    const head = createProgressiveHead(before.tracks, before.bytes);
    const after = (await indexFragmentedFile(fileOf(concat(head, whole))))!;
    expect(after).toMatchObject({ offset: head.byteLength, bytes: whole.byteLength });
    expect(createProgressiveHead(after.tracks, after.bytes)).toEqual(head);
  });
});
