import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CEILING, Limiter, LOOK_AHEAD_SAMPLES } from './limiter.ts';

/** Both channels after the limiter, in their own time: what it is late by is taken away. */
function limited(left: readonly number[], right: readonly number[] = left, blockLength = 1024): [number[], number[]] {
  const limiter = new Limiter();
  const rest = new Array<number>(LOOK_AHEAD_SAMPLES).fill(0);
  const [input, other] = [
    [...left, ...rest],
    [...right, ...rest],
  ];
  const [out, otherOut]: [number[], number[]] = [[], []];
  for (let at = 0; at < input.length; at += blockLength) {
    const block = Float32Array.from(input.slice(at, at + blockLength));
    const otherBlock = Float32Array.from(other.slice(at, at + blockLength));
    limiter.process(block, otherBlock);
    out.push(...block);
    otherOut.push(...otherBlock);
  }
  return [out.slice(LOOK_AHEAD_SAMPLES), otherOut.slice(LOOK_AHEAD_SAMPLES)];
}

function sine(hertz: number, level: number, length: number): number[] {
  return Array.from({ length }, (_, n) => Math.fround(level * Math.sin((2 * Math.PI * hertz * n) / 48_000)));
}

const ceiling = Math.fround(CEILING);
const loudest = (samples: readonly number[]) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

describe('Limiter', () => {
  it('EG10: gives sound below the ceiling back bit by bit', () => {
    const voice = sine(220, CEILING, 5000);
    const other = sine(3000, 0.3, 5000);
    expect(limited(voice, other)).toEqual([voice, other]);
  });

  it('EG10: never lets a sample exceed the ceiling, whatever comes in blocks of whatever length', () => {
    const sample = fc.oneof(
      { weight: 4, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
      { weight: 1, arbitrary: fc.float() },
    );
    const run = fc.tuple(sample, fc.integer({ min: 1, max: 400 }));
    const runs = fc.array(run, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(runs, runs, fc.integer({ min: 1, max: 1500 }), (left, right, blockLength) => {
        const input = left.flatMap(([value, length]) => new Array<number>(length).fill(value));
        const other = right.flatMap(([value, length]) => new Array<number>(length).fill(value));
        const length = Math.min(input.length, other.length);
        for (const channel of limited(input.slice(0, length), other.slice(0, length), blockLength)) {
          expect(channel).toHaveLength(length);
          expect(loudest(channel)).toBeLessThanOrEqual(ceiling);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('EG10: holds the ceiling and nothing less when eight loud voices add up, and takes no clock of its own', () => {
    const voices = [110, 150, 190, 230, 270, 310, 350, 390].map((hertz) => sine(hertz, 0.9, 48_000));
    const sum = voices[0]!.map((_, n) => voices.reduce((total, voice) => total + voice[n]!, 0));
    expect(loudest(sum)).toBeGreaterThan(5);
    const [heard] = limited(sum);
    expect(loudest(heard)).toBeLessThanOrEqual(ceiling);
    expect(loudest(heard)).toBeGreaterThan(0.99 * CEILING);
    // The crossings of zero stand where they stood: gain is all that was changed, and no sample has moved.
    expect(heard.map(Math.sign)).toEqual(sum.map((value) => Math.sign(Math.fround(value))));
  });

  it('EG10: goes down within the look-ahead and comes up slowly, without a step', () => {
    const burst = 4800;
    const left = [
      ...new Array<number>(1000).fill(0.5),
      ...new Array<number>(burst).fill(2),
      ...new Array<number>(192_000).fill(0.5),
    ];
    const [heard] = limited(left);
    const gain = heard.map((value, n) => value / left[n]!);
    const steps = gain.slice(1).map((value, n) => value - gain[n]!);
    const depth = 1 - CEILING / 2;
    const steepest = steps.reduce(([down, up], step) => [Math.min(down!, step), Math.max(up!, step)], [0, 0]);
    expect(steepest[0]).toBeGreaterThan(-depth / LOOK_AHEAD_SAMPLES);
    expect(steepest[1]).toBeLessThan(depth / (0.3 * 48_000));
    // Golden: before, half-way down, at the first loud sample, then 0, 0.3, 0.6 and 2 s after the last.
    const end = 1000 + burst;
    const at = [700, 880, 1000, end - 1, end + 14_400, end + 28_800, end + 96_000];
    expect(at.map((n) => gain[n]!.toFixed(3))).toEqual(['1.000', '0.722', '0.446', '0.446', '0.794', '0.924', '0.999']);
    expect(heard.at(-1)).toBe(0.5);
  });

  it('takes what is no number for silence and goes on', () => {
    const [heard] = limited([0.5, Number.NaN, Number.POSITIVE_INFINITY, 0.5, ...new Array<number>(600).fill(0.25)]);
    expect(heard.slice(0, 5)).toEqual([0.5, 0, 0, 0.5, 0.25]);
    expect(heard.slice(4)).toEqual(new Array<number>(600).fill(0.25));
  });
});
