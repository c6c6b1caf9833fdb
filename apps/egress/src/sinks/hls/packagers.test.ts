import { readFragments } from '@amphi/mp4';
import { VIDEO_TIMESCALE } from '@amphi/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AAC_FRAME_SAMPLES } from '../sink.ts';
import { AudioPackager } from './audio-packager.ts';
import { flushTogether } from './last-parts.ts';
import type { PartUpload } from './uploader.ts';
import { type SegmentGrid, VideoPackager } from './video-packager.ts';

const grid: SegmentGrid = {
  frameRate: 30,
  framesPerPart: 10,
  partsPerSegment: 6,
  firstTick: 0,
  firstMsn: 7,
  mediaStartSeconds: 10,
  startedAtMs: 1_793_000_000_000,
};

function packVideo(ticks: readonly number[]): PartUpload[] {
  const parts: PartUpload[] = [];
  const packager = new VideoPackager({ renditionId: 'v', grid, emit: (part) => parts.push(part) });
  for (const tick of ticks) packager.push({ tick, isKeyframe: tick % 60 === 0, data: Uint8Array.of(tick & 255) });
  packager.flush();
  return parts;
}

describe('VideoPackager', () => {
  it('cuts parts of equal length, numbers them by segment and marks independent and last ones', () => {
    const parts = packVideo(Array.from({ length: 125 }, (_, tick) => tick));
    expect(parts.map(({ msn, part }) => `${msn}.${part}`)).toEqual([
      '7.0',
      '7.1',
      '7.2',
      '7.3',
      '7.4',
      '7.5',
      '8.0',
      '8.1',
      '8.2',
      '8.3',
      '8.4',
      '8.5',
      '9.0',
    ]);
    expect(parts.filter((part) => part.independent).map((part) => part.part)).toEqual([0, 0, 0]);
    expect(parts.filter((part) => part.last).map(({ msn, part }) => `${msn}.${part}`)).toEqual(['7.5', '8.5', '9.0']);
    expect(parts[12]!.durationSeconds).toBeCloseTo(5 / 30);
    expect(parts[6]!.programDateTimeMs).toBeCloseTo(grid.startedAtMs + 2000);
  });

  it('IF4: tells of the first part of a segment how far its first picture reaches', () => {
    const parts = packVideo(Array.from({ length: 65 }, (_, tick) => tick));
    expect(parts.map(({ iFrameBytes }) => iFrameBytes !== undefined)).toEqual([true, ...Array(5).fill(false), true]);
    for (const { data, iFrameBytes } of parts.filter((part) => part.independent)) {
      const [fragment] = readFragments(data);
      const others = fragment!.samples.slice(1).reduce((sum, sample) => sum + sample.data.byteLength, 0);
      expect(data.byteLength - iFrameBytes!).toBe(others);
    }
  });

  it('EG2 EG3: leaves no part out and no hole in the time line, whatever ticks are skipped inside of parts', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 60, maxLength: 200 }), (kept) => {
        const ticks = kept.map((keep, tick) => (keep || tick % 10 === 0 ? tick : -1)).filter((tick) => tick >= 0);
        const parts = packVideo(ticks);
        expect(parts.map(({ msn, part }) => (msn - grid.firstMsn) * grid.partsPerSegment + part)).toEqual(
          parts.map((_, index) => index),
        );
        for (const part of parts.slice(0, -1)) expect(part.durationSeconds).toBeCloseTo(1 / 3, 9);
        let expected = 10 * VIDEO_TIMESCALE;
        for (const fragment of parts.flatMap((part) => readFragments(part.data))) {
          expect(fragment.baseDecodeTime).toBe(expected);
          for (const sample of fragment.samples) expected += sample.duration;
        }
      }),
    );
  });

  it.each([
    ['the first part', [1, 2], 'part 0 begins with tick 0, got 1'],
    ['a part after a whole one', [0, 9, 11], 'part 1 begins with tick 10, got 11'],
    ['a whole part', [0, 9, 20], 'part 1 begins with tick 10, got 20'],
    ['a part after one whose end was skipped', [0, 5, 25], 'part 1 begins with tick 10, got 25'],
  ])('EG2: refuses to count a part that it cannot make: no picture of the first tick of %s', (_, ticks, message) => {
    expect(() => packVideo(ticks)).toThrow(message);
  });

  it('EG19: makes nothing of pictures that come after the end', () => {
    const parts: PartUpload[] = [];
    const packager = new VideoPackager({ renditionId: 'v', grid, emit: (part) => parts.push(part) });
    const push = (tick: number): void => packager.push({ tick, isKeyframe: tick === 0, data: Uint8Array.of(1) });
    push(0);
    packager.flush();
    push(1);
    push(10);
    packager.flush();
    expect(parts.map(({ msn, part, last }) => ({ msn, part, last }))).toEqual([{ msn: 7, part: 0, last: true }]);
  });
});

describe('the end of a run', () => {
  interface End {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly place: string;
  }

  /** Of each rendition its last part, when the last picture of each rung comes with these ticks and sound until then. */
  function endOf(lastTicks: readonly number[], soundSeconds: number): End[] {
    const last = new Map<string, PartUpload>();
    const emit = (part: PartUpload): void => void last.set(part.renditionId, part);
    const videos = lastTicks.map((lastTick, rung) => {
      const packager = new VideoPackager({ renditionId: `v${rung}`, grid, emit });
      for (let tick = 0; tick <= lastTick; tick++) {
        packager.push({ tick, isKeyframe: tick % 60 === 0, data: Uint8Array.of(1) });
      }
      return packager;
    });
    const audio = new AudioPackager({ renditionId: 'a', grid, sampleRate: 48_000, emit });
    for (let sample = 0; sample + AAC_FRAME_SAMPLES <= soundSeconds * 48_000; sample += AAC_FRAME_SAMPLES) {
      audio.push({ sample, data: new Uint8Array(4) });
    }
    flushTogether(videos, [audio]);
    return [...last.values()].map(({ programDateTimeMs, durationSeconds, msn, part }) => {
      const startSeconds = (programDateTimeMs - grid.startedAtMs) / 1000;
      return { startSeconds, endSeconds: startSeconds + durationSeconds, place: `${msn}.${part}` };
    });
  }

  it('EG41: holds the last picture of each rung for as long as there is sound, within its part', () => {
    const [first, second, sound] = endOf([20, 26], 0.95) as [End, End, End];
    for (const rung of [first, second]) expect(rung.endSeconds).toBeCloseTo(28 / 30);
    expect([first, second, sound].map(({ place }) => place)).toEqual(['7.2', '7.2', '7.2']);
    expect(endOf([20], 1.01)[0]!.endSeconds).toBeCloseTo(1);
  });

  it('EG41: leaves out what only one rendition has, and parts that are over before the sound has reached their middle', () => {
    // Sound has no part 7.2, or hardly any of it.
    expect(endOf([20], 0.683)).toMatchObject([{ place: '7.1' }, { place: '7.1' }]);
    expect(endOf([20], 0.7041)).toMatchObject([{ place: '7.1' }, { place: '7.1' }]);
    // Pictures have no part 7.2.
    expect(endOf([19], 0.72)).toMatchObject([{ place: '7.1' }, { place: '7.1' }]);
  });

  it('EG41: whenever it ends, the middle of each last part is before the end of all, and little is left out', () => {
    const tick = fc.integer({ min: 30, max: 200 });
    const late = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(tick, late, late, fc.double({ min: 0, max: 0.1, noNaN: true }), (end, first, second, more) => {
        // Each part has the picture of its first tick.
        const lastTick = (skipped: number): number => Math.max(end - skipped, end - (end % grid.framesPerPart));
        const ends = endOf([lastTick(first), lastTick(second)], end / 30 + more);
        const last = Math.min(...ends.map(({ endSeconds }) => endSeconds));
        for (const { startSeconds, endSeconds } of ends) expect((startSeconds + endSeconds) / 2).toBeLessThan(last);
        expect(end / 30 - last).toBeLessThan(0.1);
      }),
    );
  });
});

describe('a run that begins inside a segment', () => {
  const late: SegmentGrid = { ...grid, firstTick: 40 };

  it('has a short first segment, whole ones after it, and sound that begins with the picture', () => {
    const parts: PartUpload[] = [];
    const emit = (part: PartUpload): void => void parts.push(part);
    const pictures = new VideoPackager({ renditionId: 'v', grid: late, emit });
    for (let tick = 40; tick < 130; tick++) {
      pictures.push({ tick, isKeyframe: tick === 40 || tick % 60 === 0, data: Uint8Array.of(1) });
    }
    expect(parts.map(({ msn, part }) => `${msn}.${part}`)).toEqual([
      '7.0',
      '7.1',
      '8.0',
      '8.1',
      '8.2',
      '8.3',
      '8.4',
      '8.5',
      '9.0',
    ]);
    expect(parts.filter((part) => part.last).map(({ msn, part }) => `${msn}.${part}`)).toEqual(['7.1', '8.5']);
    expect(parts[0]?.independent).toBe(true);
    const [picture] = readFragments(parts[0]!.data);
    expect(picture?.baseDecodeTime).toBe(10 * VIDEO_TIMESCALE + 40 * 3000);

    const sounds: PartUpload[] = [];
    const sound = new AudioPackager({
      renditionId: 'a',
      grid: late,
      sampleRate: 48_000,
      emit: (part) => void sounds.push(part),
    });
    for (let i = 0; i < 150; i++) sound.push({ sample: 64_000 + i * AAC_FRAME_SAMPLES, data: new Uint8Array(4) });
    expect(sounds.map(({ msn, part }) => `${msn}.${part}`).slice(0, 4)).toEqual(['7.0', '7.1', '8.0', '8.1']);
    expect(readFragments(sounds[0]!.data)[0]?.baseDecodeTime).toBe(480_000 + 64_000);
    expect(sounds[0]!.programDateTimeMs).toBeCloseTo(parts[0]!.programDateTimeMs, 3);
  });
});

describe('an output that joins a running program', () => {
  it('numbers its segments from its own first on', () => {
    const parts: PartUpload[] = [];
    const late = new VideoPackager({
      renditionId: 'v',
      grid: { ...grid, firstTick: 180 },
      emit: (part) => parts.push(part),
    });
    for (let tick = 180; tick < 250; tick++) late.push({ tick, isKeyframe: tick % 60 === 0, data: Uint8Array.of(1) });
    expect(parts.map(({ msn, part }) => `${msn}.${part}`)).toEqual(['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '8.0']);
  });
});

describe('AudioPackager', () => {
  it('follows the video parts to within a frame and never exceeds its part target', () => {
    const parts: PartUpload[] = [];
    const packager = new AudioPackager({
      renditionId: 'a',
      grid,
      sampleRate: 48_000,
      emit: (part) => parts.push(part),
    });
    for (let i = 0; i < (48_000 / AAC_FRAME_SAMPLES) * 20; i++) {
      packager.push({ sample: i * AAC_FRAME_SAMPLES, data: new Uint8Array(4) });
    }
    packager.flush();
    const target = AudioPackager.partTargetSeconds(1 / 3, 48_000);
    expect(target).toBeCloseTo(0.3413, 4);
    let position = 0;
    parts.slice(0, -1).forEach((part, index) => {
      expect(part.durationSeconds).toBeLessThanOrEqual(target + 1e-9);
      expect(part.programDateTimeMs).toBeCloseTo(grid.startedAtMs + position * 1000, 3);
      position += part.durationSeconds;
      const videoEnd = (index + 1) / 3;
      expect(position).toBeGreaterThanOrEqual(videoEnd - 1e-9);
      expect(position).toBeLessThan(videoEnd + 0.0214);
    });
  });
});
