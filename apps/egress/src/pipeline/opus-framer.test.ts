import { AudioRing } from '@amphi/media';
import { expect, it } from 'vitest';
import { AudioMixer } from './audio-mixer.ts';
import { OpusFramer } from './opus-framer.ts';

const START_MS = 1_793_000_000_000;

it('WHEP10: cuts the mix into packets of 20 ms without a hole, each at the time it was captured', () => {
  const ring = new AudioRing();
  const ramp = Float32Array.from({ length: 48_000 }, (_, n) => n / 100_000);
  for (let at = 0; at < ramp.length; at += 960) {
    ring.write(START_MS + at / 48, ramp.subarray(at, at + 960), ramp.subarray(at, at + 960));
  }
  const packets: Float32Array[] = [];
  const framer = new OpusFramer({
    firstSample: 64_000,
    encoder: {
      encode: (interleaved) => {
        packets.push(interleaved.slice());
        return [Uint8Array.of(packets.length)];
      },
      close: () => {},
    },
  });
  const samples: number[] = [];
  const positions: number[] = [];
  const mixer = new AudioMixer({
    encoder: { encode: () => [], flush: () => [] },
    capturedFrom: START_MS,
    onMixed: (left, right, position) => {
      positions.push(position);
      samples.push(...framer.push(left, right).map(({ sample }) => sample));
    },
  });
  for (let at = 33; at < 1_000; at += 33) mixer.mixUntil(START_MS + at, [{ ring, audible: true }]);
  expect(positions.slice(0, 3)).toEqual([0, 1024, 2048]);
  expect(samples.slice(0, 3)).toEqual([64_000, 64_960, 65_920]);
  expect(samples).toHaveLength(packets.length);
  expect(packets.length).toBeGreaterThan(40);
  packets.forEach((packet, index) => {
    expect(packet[0]).toBeCloseTo((index * 960) / 100_000, 5);
    expect(packet[1919]).toBeCloseTo((index * 960 + 959) / 100_000, 5);
  });
});
