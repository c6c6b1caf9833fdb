import { beforeEach, describe, expect, it } from 'vitest';
import { AAC_FRAME_SAMPLES } from '../sink.ts';
import { type ProgramTimes, type TakeStart, Takes } from './takes.ts';

const FIRST_TICK = 40;
/** Segments of 60 ticks, parts of 10. */
const program: ProgramTimes = {
  audio: { audioSpecificConfig: new Uint8Array(), sampleRate: 48_000, channels: 2, bitrateBps: 128_000 },
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: FIRST_TICK,
};
const SAMPLES_PER_TICK = 1600;

let takes: Takes;
let starts: TakeStart[];
let rests: number[];
/** What was kept: of each rung `[tick of the program, tick at which it is kept]`, of the sound the same in samples. */
let kept: [number, number][][];
let sound: [number, number][];
let nextTicks: number[];
let nextSample: number;

function begin(isPaused = false, rungs = [0, 1]): void {
  [starts, rests, kept, sound] = [[], [], [[], []], []];
  nextTicks = [FIRST_TICK, FIRST_TICK];
  nextSample = FIRST_TICK * SAMPLES_PER_TICK;
  takes = new Takes({
    program,
    rungs,
    isPaused,
    onTake: (start) => starts.push(start),
    onRest: (endTick) => rests.push(endTick),
  });
}

beforeEach(() => begin());

function pictures(rungPlace: number, until: number): void {
  for (let tick = nextTicks[rungPlace]!; tick < until; tick++) {
    const picture = takes.picture(rungPlace, { tick, isKeyframe: tick % 60 === 0, data: new Uint8Array() });
    if (picture) kept[rungPlace]!.push([tick, picture.tick]);
  }
  nextTicks[rungPlace] = until;
}

function sounds(until: number): void {
  for (; nextSample < until * SAMPLES_PER_TICK; nextSample += AAC_FRAME_SAMPLES) {
    const frame = takes.audio({ sample: nextSample, data: new Uint8Array() });
    if (frame) sound.push([nextSample, frame.sample]);
  }
}

/** All that is made until a tick. */
function made(until: number): void {
  pictures(0, until);
  pictures(1, until);
  sounds(until);
}

const programTicks = (place = 0): number[] => kept[place]!.map(([tick]) => tick);
const steps = (values: readonly number[]): Set<number> =>
  new Set(values.slice(1).map((value, at) => value - values[at]!));
/** Where sound is kept less where its picture would be, in samples, of each frame. */
function lags(): number[] {
  const shiftAt = (sample: number): number => {
    const at = kept[0]!.findLast(([tick]) => tick * SAMPLES_PER_TICK <= sample + AAC_FRAME_SAMPLES / 2)!;
    return (at[0] - at[1]) * SAMPLES_PER_TICK;
  };
  return sound.map(([made, place]) => place + shiftAt(made) - made);
}

describe('EG39: what is kept of a program that is paused', () => {
  it('is all of it, at its times, as long as nobody pauses', () => {
    made(100);
    expect(kept[0]!.every(([tick, place]) => tick === place)).toBe(true);
    expect(kept[1]).toEqual(kept[0]);
    expect(sound.every(([sample, place]) => sample === place)).toBe(true);
    expect(starts).toEqual([{ programTick: 40, keptTick: 40 }]);
    expect(rests).toEqual([]);
  });

  it('ends with the part in hand, goes on with a keyframe, and has neither hole nor overlap', () => {
    made(75);
    takes.pause();
    made(133);
    expect(rests).toEqual([80]);
    takes.resume();
    made(300);
    expect(programTicks()).toEqual([...range(40, 80), ...range(180, 300)]);
    expect(kept[1]).toEqual(kept[0]);
    expect(steps(kept[0]!.map(([, place]) => place))).toEqual(new Set([1]));
    expect(steps(sound.map(([, place]) => place))).toEqual(new Set([AAC_FRAME_SAMPLES]));
    expect(starts.at(-1)).toEqual({ programTick: 180, keptTick: 80 });
    // Nothing that was heard in the pause.
    expect(sound.filter(([sample]) => sample > 80 * SAMPLES_PER_TICK && sample < 179.6 * SAMPLES_PER_TICK)).toEqual([]);
  });

  it('keeps lips and voice together to half a frame of sound, however often it is paused', () => {
    for (let at = 0; at < 40; at++) {
      made(nextTicks[0]! + 61 + (at % 7));
      takes.pause();
      made(nextTicks[0]! + 30 + (at % 11));
      takes.resume();
    }
    made(nextTicks[0]! + 300);
    expect(starts).toHaveLength(41);
    expect(steps(kept[0]!.map(([, place]) => place))).toEqual(new Set([1]));
    expect(Math.max(...lags().map(Math.abs))).toBeLessThanOrEqual(AAC_FRAME_SAMPLES / 2);
  });

  it('takes all rungs and the sound to the same tick, whichever is ahead', () => {
    pictures(0, 75);
    pictures(1, 72);
    sounds(91);
    takes.pause();
    pictures(0, 110);
    sounds(110);
    expect(rests).toEqual([]);
    pictures(1, 104);
    expect(rests).toEqual([100]);
    expect(programTicks(0)).toEqual(range(40, 100));
    expect(programTicks(1)).toEqual(range(40, 100));
    takes.resume();
    pictures(1, 130);
    sounds(130);
    pictures(0, 130);
    expect(programTicks(0)).toEqual([...range(40, 100), ...range(120, 130)]);
    expect(kept[1]).toEqual(kept[0]);
  });

  it('does not wait for a rung that it does not keep, which may not be made (EG43), nor keeps its pictures', () => {
    begin(false, [1]);
    pictures(0, 45);
    pictures(1, 80);
    sounds(80);
    takes.pause();
    pictures(1, 110);
    sounds(110);
    expect(rests).toEqual([90]);
    expect(kept[0]).toEqual([]);
    expect(kept[1]).toHaveLength(90 - FIRST_TICK);
  });

  it('begins with the first segment after it was begun in a pause', () => {
    begin(true);
    made(75);
    takes.resume();
    takes.pause();
    made(130);
    expect(starts).toEqual([]);
    takes.resume();
    made(200);
    expect(starts).toEqual([{ programTick: 180, keptTick: 180 }]);
    expect(kept[0]!.every(([tick, place]) => tick === place)).toBe(true);
    expect(sound[0]![0] - 180 * SAMPLES_PER_TICK).toBeGreaterThanOrEqual(0);
    expect(sound.every(([sample, place]) => sample === place)).toBe(true);
    expect(rests).toEqual([]);
  });

  it('goes by the last that was wanted', () => {
    made(75);
    takes.pause();
    takes.pause();
    takes.resume();
    takes.resume();
    takes.pause();
    made(200);
    expect(programTicks()).toEqual(range(40, 80));
    expect(rests).toEqual([80]);
    takes.resume();
    made(260);
    expect(programTicks()).toEqual([...range(40, 80), ...range(240, 260)]);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
