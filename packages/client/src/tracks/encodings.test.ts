import { role } from '@amphi/protocol';
import { expect, it, vi } from 'vitest';
import { encodingsFor } from './encodings.ts';

const layer = (rid: string, scaleResolutionDownBy: number, maxBitrate: number, maxFramerate: number) => ({
  rid,
  scaleResolutionDownBy,
  maxBitrate,
  maxFramerate,
});
const paramsWith = (codec: string, lowest = 100) =>
  role.parse({
    name: 'stage',
    publishParams: {
      allowed: ['video'],
      video: { codec, bitRate: 900, frameRate: 30 },
      simulcast: { video: { layers: [layer('f', 1, 900, 30), layer('h', 2, 300, 30), layer('q', 4, lowest, 15)] } },
    },
  }).publishParams;
const layered = { simulcast: true, sendsSpatialLayers: () => true };

it('a camera in VP9 is one stream that has the layers of the role in itself, where the browser sends such', () => {
  expect(encodingsFor('camera', paramsWith('vp9'), layered)).toEqual([
    { maxBitrate: 1_300_000, maxFramerate: 30, scalabilityMode: 'L3T3_KEY' },
  ]);
  expect(encodingsFor('camera', paramsWith('vp9', 0), layered)).toEqual([
    { maxFramerate: 30, scalabilityMode: 'L3T3_KEY' },
  ]);
});

it('else it is simulcast, or one layer, and no browser is asked', () => {
  const rids = (encodings: readonly RTCRtpEncodingParameters[]) => encodings.map(({ rid }) => rid);
  const asked = vi.fn(() => false);
  expect(rids(encodingsFor('camera', paramsWith('vp8'), { ...layered, sendsSpatialLayers: asked }))).toEqual([
    'f',
    'h',
    'q',
  ]);
  expect(rids(encodingsFor('screen', paramsWith('vp9'), { ...layered, sendsSpatialLayers: asked }))).toEqual([
    undefined,
  ]);
  expect(asked).not.toHaveBeenCalled();
  expect(rids(encodingsFor('camera', paramsWith('vp9'), { ...layered, sendsSpatialLayers: asked }))).toEqual([
    'f',
    'h',
    'q',
  ]);
  expect(encodingsFor('camera', paramsWith('vp9'), { ...layered, simulcast: false })).toEqual([
    { maxBitrate: 900_000, maxFramerate: 30 },
  ]);
});
