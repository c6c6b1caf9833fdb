import { type Picture, pictureBytes, pictureOver, quietCodecLibrary, Vp8Encoder } from '@amphi/media';
import { type EncodedVideoFrame, vp8PictureSize } from '@amphi/rtp';
import { drawTestPicture } from '@amphi/testkit/synthetic';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VideoPlayout } from './video-playout.ts';

const WIDTH = 320;
const HEIGHT = 180;

let picture: Picture;
let encoder: Vp8Encoder;
let playout: VideoPlayout;
let keyframesNeeded: number;
let tooLarge: string[];
let undecodable: number;

beforeAll(() => {
  quietCodecLibrary();
  picture = pictureOver(new ArrayBuffer(pictureBytes(WIDTH, HEIGHT)), 0, WIDTH, HEIGHT);
});

beforeEach(() => {
  encoder = new Vp8Encoder({ width: WIDTH, height: HEIGHT, frameRate: 30, bitrateBps: 500_000 });
  keyframesNeeded = 0;
  tooLarge = [];
  undecodable = 0;
  playout = new VideoPlayout('vp8', {
    onKeyframeNeeded: () => keyframesNeeded++,
    onUndecodable: () => undecodable++,
    onTooLarge: ({ width, height }) => tooLarge.push(`${width}×${height}`),
  });
});

afterEach(() => {
  playout.close();
  encoder.close();
});

/** A frame whose timestamp is its time. */
function frame(time: number, isKeyframe = false): EncodedVideoFrame {
  playout.heard(time);
  drawTestPicture(picture, time, { u: 110, v: 150 });
  const { data } = encoder.encode(picture, isKeyframe)[0]!;
  return { data, timestamp: time, isKeyframe, pictureSize: vp8PictureSize(data) };
}

/** The same keyframe as its header would be in another size. */
function resized(original: EncodedVideoFrame, width: number, height: number): EncodedVideoFrame {
  const data = original.data.slice();
  new DataView(data.buffer).setUint16(6, width, true);
  new DataView(data.buffer).setUint16(8, height, true);
  return { ...original, data, pictureSize: vp8PictureSize(data) };
}

const shownAt = (time: number): number | undefined => playout.pictureAt(time)?.timestamp;

describe('playout of a video source', () => {
  it('EG5: shows the newest picture captured until the moment', () => {
    for (const time of [1_000, 1_033, 1_066]) playout.push(frame(time, time === 1_000), time);
    expect([999, 1_000, 1_032, 1_050, 6_066].map(shownAt)).toEqual([undefined, 1_000, 1_000, 1_033, 1_066]);
  });

  it('EG13: decodes nothing after a loss before a keyframe; the last picture stays', () => {
    playout.push(frame(1_000, true), 1_000);
    playout.handleGap();
    playout.push(frame(1_033), 1_033);
    expect(keyframesNeeded).toBe(2);
    expect(shownAt(1_100)).toBe(1_000);
    playout.push(frame(1_066, true), 1_066);
    expect(shownAt(1_100)).toBe(1_066);
  });

  it('EG21: refuses pictures that are too large before they are decoded, shows none meanwhile, and says so once', () => {
    playout.push(frame(1_000, true), 1_000);
    expect(shownAt(1_000)).toBe(1_000);
    const key = frame(1_033, true);
    const held = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) playout.push(resized(key, 16_383, 16_383), 1_033 + i);
    // One picture of that size would be 400 MB.
    expect(process.memoryUsage().rss - held).toBeLessThan(200e6);
    playout.push(frame(1_066), 1_066);
    expect(shownAt(1_100)).toBeUndefined();
    expect(tooLarge).toEqual(['16383×16383']);
    playout.push(frame(1_100, true), 1_100);
    expect(shownAt(1_100)).toBe(1_100);
    playout.push(resized(key, 8_000, 8_000), 1_133);
    expect(shownAt(1_200)).toBeUndefined();
    expect(tooLarge).toEqual(['16383×16383']);
  });

  it('EG44: says once that packets come without a picture, for ten seconds; a picture in between is one', () => {
    const broken = { ...frame(0, true), data: new Uint8Array(40).fill(0xff) };
    const comes = (at: number, what: EncodedVideoFrame): void => {
      playout.packetCame(at);
      playout.push(what, at);
    };
    comes(0, frame(0, true));
    // A screen on which nothing moves sends nothing.
    comes(60_000, frame(60_000, true));
    for (let at = 61_000; at <= 70_000; at += 1_000) comes(at, broken);
    comes(70_500, frame(70_500, true));
    for (let at = 71_000; at <= 80_999; at += 1_000) comes(at, broken);
    expect(undecodable).toBe(0);
    for (let at = 81_000; at <= 99_000; at += 1_000) comes(at, broken);
    expect(undecodable).toBe(1);
  });

  it('EG25: shows nothing captured before the camera was switched on again', () => {
    playout.push(frame(1_000, true), 1_000);
    playout.push(frame(1_033), 1_033);
    expect(shownAt(1_000)).toBe(1_000);
    playout.setShown(false, 1_040);
    expect(shownAt(2_000)).toBeUndefined();
    playout.push(frame(1_066), 1_066);
    playout.setShown(true, 5_000);
    // Sent before the switch took effect.
    playout.push(frame(4_990), 4_990);
    expect(shownAt(6_000)).toBeUndefined();
    playout.push(frame(5_010), 5_010);
    expect(shownAt(6_000)).toBe(5_010);
  });

  it('EG26: shows the last picture of a source that reports, and none of one that is silent', () => {
    playout.push(frame(1_000, true), 1_000);
    expect(shownAt(6_000)).toBe(1_000);
    playout.heard(6_000);
    expect(shownAt(11_000)).toBe(1_000);
    expect(shownAt(11_001)).toBeUndefined();
    playout.push(frame(20_000), 20_000);
    expect(shownAt(20_000)).toBe(20_000);
  });
});
