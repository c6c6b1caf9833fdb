import { expect, it } from 'vitest';
import { makeRole } from '../test/session-fixture.ts';
import { publishLimitsOf, subscribeLimitsOf, weightOf } from './index.ts';

const layer = (rid: string, maxBitrate: number) => ({ rid, scaleResolutionDownBy: 1, maxBitrate, maxFramerate: 30 });
const PICTURE = { width: 320, height: 180, frameRate: 25 };
const publishing = (publishParams: object) => publishLimitsOf(makeRole('r', { publishParams }));

it.each([
  ['audio', publishing({ audio: { bitRate: 64 } }).audio, { maxBitrateBps: 64_000 }],
  [
    'video',
    publishing({ video: { bitRate: 700, codec: 'h264' } }).video,
    { codec: 'video/h264', rids: ['f'], maxBitrateBps: 700_000, maxPicture: PICTURE },
  ],
  [
    'video with layers',
    publishing({
      video: { bitRate: 700 },
      simulcast: { video: { layers: [layer('f', 700), layer('q', 100)] }, screen: {} },
    }).video,
    { codec: 'video/vp8', rids: ['f', 'q'], maxBitrateBps: 800_000, maxPicture: PICTURE },
  ],
  [
    'video with a layer without a limit',
    publishing({
      video: { bitRate: 700 },
      simulcast: { video: { layers: [layer('f', 0), layer('q', 100)] }, screen: {} },
    }).video,
    { codec: 'video/vp8', rids: ['f', 'q'], maxPicture: PICTURE },
  ],
  [
    'screen',
    publishing({ screen: { bitRate: 0, width: 1920, height: 1080, frameRate: 5 } }).screen,
    { codec: 'video/vp8', rids: ['f'], maxPicture: { width: 1920, height: 1080, frameRate: 5 } },
  ],
  ["a screen's sound", publishing({ audio: { bitRate: 32 } }).screenAudio, { maxBitrateBps: 128_000 }],
])('ROLE1, ROLE12: %s', (_name, limits, expected) => {
  expect(limits).toEqual(expected);
});

it('ROLE7, ROLE8: what a role is sent', () => {
  const role = makeRole('r', {
    subscribeParams: { maxSubsBitRate: 1200, subscribeDegradation: { packetLossThreshold: 25 } },
  });
  expect(subscribeLimitsOf(role)).toEqual({
    maxBitrateBps: 1_200_000,
    degradation: { lossThreshold: 0.25, degradeAfterMs: 1_000, recoverAfterMs: 4_000 },
  });
  expect(subscribeLimitsOf(makeRole('r', { subscribeParams: { maxSubsBitRate: 0 } }))).toEqual({});
});

it('ROLE9: the first priority weighs most', () => {
  expect(weightOf(makeRole('r', { priority: 1 }))).toBeGreaterThan(weightOf(makeRole('r', { priority: 5 })));
});
