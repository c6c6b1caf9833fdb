import { H264Encoder, type Picture, pictureBytes, pictureOver, quietCodecLibrary } from '@amphi/media';
import type { EncodedVideoFrame } from '@amphi/rtp';
import { drawTestPicture } from '@amphi/testkit/synthetic';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type FileBeginning, PictureWriter } from './track-writer.ts';

let begun: FileBeginning[];
let ended: number;
let asked: number;

beforeAll(() => quietCodecLibrary());

beforeEach(() => {
  begun = [];
  [ended, asked] = [0, 0];
});

const writer = (codec: 'vp8' | 'h264'): PictureWriter =>
  new PictureWriter({
    title: 'Hana',
    codec,
    open: (beginning) => {
      begun.push(beginning);
      return { write: () => {}, end: () => ended++ };
    },
    onKeyframeNeeded: () => asked++,
  });

function h264Keyframe(width: number, height: number): EncodedVideoFrame {
  const encoder = new H264Encoder({
    width,
    height,
    frameRate: 30,
    bitrateBps: 300_000,
    keyframeInterval: 30,
    preset: 'ultrafast',
  });
  const picture: Picture = pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);
  drawTestPicture(picture, 0, { u: 110, v: 150 });
  const frames = [...encoder.encode(picture, 0, true), ...encoder.flush()];
  const { parameterSets } = encoder;
  encoder.close();
  const data = Buffer.concat([parameterSets, frames[0]!.data]);
  return { data, timestamp: 0, isKeyframe: true, pictureSize: { width, height } };
}

const vp8 = (isKeyframe: boolean): EncodedVideoFrame => ({
  data: Uint8Array.of(1),
  timestamp: 0,
  isKeyframe,
  pictureSize: isKeyframe ? { width: 320, height: 180 } : undefined,
});

it('REC35: pictures begin with a keyframe, and after a loss with the next one, which is asked for', () => {
  const pictures = writer('vp8');
  pictures.push(vp8(false), 1_000);
  expect([begun, asked]).toEqual([[], 1]);
  pictures.push(vp8(true), 1_033);
  pictures.push(vp8(false), 1_066);
  pictures.handleGap();
  pictures.push(vp8(false), 1_100);
  expect(asked).toBe(3);
  pictures.push({ ...vp8(true), pictureSize: { width: 640, height: 360 } }, 1_133);
  pictures.end();
  // VP8 says its size in each keyframe: the file stays.
  expect([begun, ended]).toEqual([[{ codec: 'vp8', startedAtMs: 1_033 }], 1]);
});

it('REC35: H.264 with other parameter sets begins another file', () => {
  const pictures = writer('h264');
  const [small, large] = [h264Keyframe(320, 180), h264Keyframe(640, 360)];
  pictures.push(small, 1_000);
  pictures.push(small, 2_000);
  pictures.push(large, 3_000);
  expect(begun.map(({ startedAtMs }) => startedAtMs)).toEqual([1_000, 3_000]);
  expect(ended).toBe(1);
  // One that cannot be decoded by itself is left out.
  pictures.push({ ...large, data: Uint8Array.of(0, 0, 0, 1, 0x65, 1) }, 4_000);
  expect([begun.length, asked]).toEqual([2, 1]);
});
