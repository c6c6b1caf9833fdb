import { AudioRing, CEILING } from '@amphi/media';
import { describe, expect, it } from 'vitest';
import { AudioMixer } from './audio-mixer.ts';

const START_MS = 1_793_000_000_000;
/** 33⅓ ms, as the output clock ticks. */
const TICK_MS = 1000 / 30;

/** An encoder that keeps what it is given. */
function recorder() {
  const heard: number[] = [];
  const encode = (left: Float32Array) => {
    heard.push(...left);
    return [];
  };
  return { heard, encode, flush: () => [] };
}

function voice(ring: AudioRing, hertz: number, level: number): number[] {
  const samples = Float32Array.from({ length: 48_000 }, (_, n) => level * Math.sin((2 * Math.PI * hertz * n) / 48_000));
  for (let at = 0; at < samples.length; at += 960) {
    ring.write(START_MS + at / 48, samples.subarray(at, at + 960), samples.subarray(at, at + 960));
  }
  return [...samples];
}

function mixed(rings: readonly AudioRing[], seconds: number): number[] {
  const encoder = recorder();
  const mixer = new AudioMixer({ encoder, capturedFrom: START_MS });
  const sources = rings.map((ring) => ({ ring, audible: true }));
  const until = seconds * 1000;
  for (let at = TICK_MS; at < until; at += TICK_MS) mixer.mixUntil(START_MS + at, sources);
  mixer.finish(START_MS + until, sources);
  return encoder.heard;
}

describe('AudioMixer', () => {
  it('EG10: plays a voice that needs no limiting unchanged, each sample at the time it was captured', () => {
    const ring = new AudioRing();
    const spoken = voice(ring, 440, 0.5);
    const heard = mixed([ring], 1);
    expect(heard.slice(0, 48_000)).toEqual(spoken);
    // To the end of a frame, and no more than one.
    expect(heard.length - 48_000).toBeLessThan(1024);
    expect(heard.slice(48_000).every((sample) => sample === 0)).toBe(true);
  });

  it('EG10: keeps four loud voices below the ceiling', () => {
    const rings = [180, 240, 300, 360].map((hertz) => {
      const ring = new AudioRing();
      voice(ring, hertz, 0.9);
      return ring;
    });
    const heard = mixed(rings, 1);
    const loudest = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest).toBeLessThanOrEqual(Math.fround(CEILING));
    expect(loudest).toBeGreaterThan(0.9 * CEILING);
  });

  it('gives a frame when it and what the limiter looks ahead to are due', () => {
    const encoder = recorder();
    const mixer = new AudioMixer({ encoder, capturedFrom: START_MS });
    mixer.mixUntil(START_MS + (1024 + 239) / 48, []);
    expect(encoder.heard).toHaveLength(0);
    mixer.mixUntil(START_MS + (1024 + 240) / 48, []);
    expect(encoder.heard).toHaveLength(1024);
  });
});
