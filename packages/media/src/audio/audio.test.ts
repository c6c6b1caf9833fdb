import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioRing } from './audio-ring.ts';

const START_MS = 1_793_000_000_000;
const START = START_MS * 48;

function constant(value: number, length = 960): Float32Array {
  return new Float32Array(length).fill(value);
}

function mix(ring: AudioRing, position: number, length = 960, audible = true): Float32Array {
  const left = new Float32Array(length);
  ring.mixInto(position, left, new Float32Array(length), audible);
  return left;
}

describe('AudioRing', () => {
  it('gives samples back at the time they were captured, and silence for what never came', () => {
    const ring = new AudioRing();
    ring.write(START_MS, constant(0.1), constant(0.1));
    ring.write(START_MS + 40, constant(0.3), constant(0.3));
    expect(mix(ring, START)).toEqual(constant(0.1));
    expect(mix(ring, START + 960)).toEqual(constant(0));
    expect(mix(ring, START + 1920)).toEqual(constant(0.3));
    expect(mix(ring, START + 2880)).toEqual(constant(0));
  });

  it('adds up sources, and leaves out muted ones without keeping their sound for later', () => {
    const [a, b] = [new AudioRing(), new AudioRing()];
    a.write(START_MS, constant(0.25), constant(0.25));
    b.write(START_MS, constant(0.5), constant(0.5));
    const left = new Float32Array(960);
    a.mixInto(START, left, new Float32Array(960), true);
    b.mixInto(START, left, new Float32Array(960), true);
    expect(left[0]).toBeCloseTo(0.75);
    b.write(START_MS + 20, constant(0.5), constant(0.5));
    mix(b, START + 960, 960, false);
    expect(mix(b, START + 960)).toEqual(constant(0));
  });

  it('EG38: fades a source that is muted or heard again in the middle of its sound', () => {
    const ring = new AudioRing();
    for (let i = 0; i < 4; i++) ring.write(START_MS + i * 20, constant(1), constant(1));
    expect(mix(ring, START)).toEqual(constant(1));
    const heard = [mix(ring, START + 960, 960, false), mix(ring, START + 1920, 960)].flatMap((part) => [...part]);
    expect(heard[959]).toBe(0);
    expect(heard[1919]).toBe(1);
    const steps = heard.map((sample, i) => Math.abs(sample - (heard[i - 1] ?? 1)));
    expect(Math.max(...steps)).toBeCloseTo(1 / 240, 6);
  });

  it('joins packets whose clock wavers by half a millisecond without a seam', () => {
    const ring = new AudioRing();
    for (let i = 0; i < 5; i++) ring.write(START_MS + i * 20 + (i % 2 ? 0.4 : -0.4), constant(1), constant(1));
    const heard = mix(ring, START - 960, 960 * 8);
    const first = heard.indexOf(1);
    expect(heard.slice(first, first + 5 * 960)).toEqual(constant(1, 5 * 960));
  });

  it('follows a clock that slews by stretching packets a little, without holes', () => {
    const ring = new AudioRing();
    // 2 ms of error appear at once; 19 samples can be made up per packet.
    ring.write(START_MS, constant(1), constant(1));
    for (let i = 1; i < 12; i++) ring.write(START_MS + i * 20 + 2, constant(1), constant(1));
    const heard = mix(ring, START, 960 * 12 + 96);
    // Up to 24 samples may be left to the next correction.
    expect(heard.lastIndexOf(1)).toBeGreaterThanOrEqual(960 * 12 + 96 - 1 - 24);
    expect(heard.slice(0, 960 * 12).indexOf(0)).toBe(-1);
  });

  it('EG9: drops what comes after its time instead of playing it two seconds later', () => {
    const ring = new AudioRing();
    mix(ring, START, 960);
    ring.write(START_MS - 10, constant(1), constant(1));
    expect(ring.dropped).toBe(480 + 480);
    const next = mix(ring, START + 960, 96_000);
    expect(next.some((sample) => sample !== 0)).toBe(false);
  });

  it('drops sound from before the first mix', () => {
    const ring = new AudioRing();
    for (let i = 0; i < 20; i++) ring.write(START_MS + i * 20, constant(1), constant(1));
    expect(mix(ring, START + 9600, 9600)).toEqual(constant(1, 9600));
    expect(mix(ring, START + 19_200, 96_000).some((sample) => sample !== 0)).toBe(false);
  });

  it('never plays a sample at another time than its own, whatever comes when', () => {
    const events = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 6 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(events, (list) => {
        const ring = new AudioRing();
        let now = START_MS;
        for (const [shift, ticks] of list) {
          // Samples carry their own time (in ms since the start, plus 1000 to be never 0).
          const at = now + shift * 20;
          const stamp = at - START_MS + 2_000;
          ring.write(at, constant(stamp), constant(stamp));
          for (let i = 0; i < ticks; i++, now += 20) {
            const heard = mix(ring, now * 48);
            for (const sample of heard) {
              if (sample !== 0) expect(Math.abs(sample - (now - START_MS + 2_000))).toBeLessThanOrEqual(25);
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
