import { beepSamples } from '@amphi/testkit/synthetic';
import { Application, createEncoder, Signal } from 'libopus-wasm';
import { expect, it } from 'vitest';
import { OPUS_PACKET_SAMPLES, OpusEncoder } from '../native/opus-encoder.ts';
import { OpusDecoder } from './opus-decoder.ts';

const HZ = 220;
const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

it('comes through Opus with its beep in place', async () => {
  using encoder = new OpusEncoder({ bitrateBps: 64_000 });
  using decoder = await OpusDecoder.create();
  const heard: number[] = [];
  const samples = new Float32Array(2 * OPUS_PACKET_SAMPLES);
  for (let i = 0; i < 20; i++) {
    for (const packet of encoder.encode(beepSamples(900 + i * 20, 1000, samples))) {
      heard.push(...decoder.decode(packet).left);
    }
  }
  expect(heard).toHaveLength(20 * OPUS_PACKET_SAMPLES);
  const onset = heard.findIndex((sample) => Math.abs(sample) > 0.2) / 48;
  // The encoder looks 2.5 ms ahead.
  expect(onset).toBeGreaterThan(100);
  expect(onset).toBeLessThan(105);
  expect(() => decoder.decode(Uint8Array.of(0xff, 0xff, 1, 2, 3))).toThrow();
});

it('what a packet says of the lost one before it is heard, where concealment knows of nothing', async () => {
  // A voice that begins in the packet that is lost.
  const packets = await voice((at) =>
    at < 10 * OPUS_PACKET_SAMPLES ? 0 : 0.4 * Math.sin((2 * Math.PI * HZ * at) / 48_000),
  );
  const lost = 10;
  using concealing = await OpusDecoder.create();
  using recovering = await OpusDecoder.create();
  for (const packet of packets.slice(0, lost)) {
    concealing.decode(packet);
    recovering.decode(packet);
  }
  expect(rms(concealing.conceal(OPUS_PACKET_SAMPLES).left)).toBeLessThan(0.01);
  const { left, right } = recovering.recover(packets[lost + 1]!, OPUS_PACKET_SAMPLES);
  expect(left).toHaveLength(OPUS_PACKET_SAMPLES);
  expect(rms(left)).toBeGreaterThan(0.1);
  expect(rms(right)).toBeGreaterThan(0.1);
});

it('what is lost in the middle of a voice goes on, and fades', async () => {
  const packets = await voice((at) => 0.4 * Math.sin((2 * Math.PI * HZ * at) / 48_000));
  using decoder = await OpusDecoder.create();
  for (const packet of packets.slice(0, 15)) decoder.decode(packet);
  const loudness = Array.from({ length: 12 }, () => rms(decoder.conceal(OPUS_PACKET_SAMPLES).left));
  expect(loudness[0]).toBeGreaterThan(0.1);
  expect(loudness.at(-1)).toBeLessThan(loudness[0]! / 10);
});

/** As a browser sends it when it hears that packets are lost: each with redundancy of the one before. */
async function voice(sampleAt: (at: number) => number): Promise<Uint8Array[]> {
  const encoder = await createEncoder({
    application: Application.Voip,
    signal: Signal.Voice,
    bitrate: 32_000,
    fec: true,
    packetLossPercent: 20,
  });
  try {
    return Array.from({ length: 20 }, (_, packet) => {
      const samples = new Float32Array(2 * OPUS_PACKET_SAMPLES);
      for (let i = 0; i < samples.length; i++) {
        samples[i] = sampleAt(packet * OPUS_PACKET_SAMPLES + (i >> 1));
      }
      return Uint8Array.from(encoder.encodeFloat(samples));
    });
  } finally {
    encoder.free();
  }
}
