import type { SessionStats, TrackStats } from '@amphi/client';
import { expect, it } from 'vitest';
import { tileNumbers } from './tile-numbers.ts';

const track = (part: Partial<TrackStats>): TrackStats => ({
  direction: 'received',
  kind: 'video',
  trackId: 'a',
  mediaId: 'm',
  mid: undefined,
  rid: undefined,
  codec: 'VP8',
  bytes: 0,
  packets: 0,
  packetsLost: 0,
  roundTripMs: 20,
  jitterMs: undefined,
  width: 640,
  height: 360,
  framesPerSecond: 30,
  framesDropped: undefined,
  qualityLimitation: undefined,
  ...part,
});
const reading = (takenAt: number, ...tracks: TrackStats[]): SessionStats => ({
  takenAt,
  bytesSent: 0,
  bytesReceived: 0,
  roundTripMs: undefined,
  availableOutgoingBps: undefined,
  tracks,
});

it('STG5: of a received picture, between two readings', () => {
  const before = reading(
    1_000,
    track({ bytes: 1_000, packets: 100, packetsLost: 1 }),
    track({ trackId: 'b', bytes: 9 }),
  );
  const after = reading(3_000, track({ bytes: 251_000, packets: 190, packetsLost: 11 }), track({ trackId: 'b' }));
  expect(tileNumbers(before, after, { trackId: 'a' })).toEqual({
    codec: 'VP8',
    width: 640,
    height: 360,
    framesPerSecond: 30,
    bitsPerSecond: 1_000_000,
    lossPercent: 10,
    roundTripMs: 20,
  });
});

it('STG5: of an own picture all layers count, and the largest tells its size', () => {
  const layers = (bytes: number, packets: number, packetsLost: number) => [
    track({ direction: 'sent', trackId: undefined, rid: 'q', width: 160, height: 90, bytes, packets }),
    track({ direction: 'sent', trackId: undefined, rid: 'f', width: 1280, height: 720, bytes, packets, packetsLost }),
  ];
  const [before, after] = [reading(0, ...layers(0, 0, 0)), reading(1_000, ...layers(125_000, 50, 5))];
  expect(tileNumbers(before, after, { mediaId: 'm' })).toMatchObject({
    width: 1280,
    height: 720,
    bitsPerSecond: 2_000_000,
    lossPercent: 5,
  });
});

it('STG5: there are none of what is not received, and no rates before the second reading', () => {
  const first = reading(1_000, track({ bytes: 5_000, packets: 10, packetsLost: 2 }));
  expect(tileNumbers(undefined, first, { trackId: 'gone' })).toBeUndefined();
  expect(tileNumbers(undefined, first, { trackId: 'a' })).toMatchObject({ bitsPerSecond: 0, lossPercent: 0 });
  // A connection that was made anew counts from 0 again.
  expect(tileNumbers(first, reading(2_000, track({})), { trackId: 'a' })).toMatchObject({ bitsPerSecond: 0 });
});
