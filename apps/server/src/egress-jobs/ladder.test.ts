import { hlsDestination } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { audioBitrateOf, ladderOf, partSecondsAt } from './ladder.ts';

const hd = { width: 1280, height: 720, videoBitrate: 2500, audioBitrate: 96 };
const made = (change: object = {}) => hlsDestination.parse({ name: 'default', layers: [hd], ...change });
const portrait = {
  composition: { layout: 'grid', tileAspectRatio: '16:9', videoAspectRatio: '9:16' },
};

describe('ladderOf', () => {
  it('STR20: adds one lower rung to a single layer', () => {
    expect(ladderOf(made())).toEqual([
      { id: 'v720', width: 1280, height: 720, bitrateBps: 2_500_000 },
      { id: 'v360', width: 640, height: 360, bitrateBps: 750_000 },
    ]);
  });

  it('STR20: swaps the sides for a portrait picture', () => {
    expect(ladderOf(made(portrait)).map(({ id, width, height }) => [id, width, height])).toEqual([
      ['v720', 720, 1280],
      ['v360', 360, 640],
    ]);
  });

  it('STR20: keeps given layers, highest first', () => {
    const low = { width: 854, height: 480, videoBitrate: 900 };
    expect(ladderOf(made({ layers: [low, hd] })).map((rung) => rung.height)).toEqual([720, 480]);
  });

  it('STR20: layers of one height have names of their own', () => {
    const rungs = ladderOf(
      made({ layers: [hd, { ...hd, videoBitrate: 1200 }, { ...hd, width: 960, videoBitrate: 900 }] }),
    );
    expect(rungs.map(({ id, width, bitrateBps }) => [id, width, bitrateBps])).toEqual([
      ['v720', 1280, 2_500_000],
      ['v720-2', 1280, 1_200_000],
      ['v720-3', 960, 900_000],
    ]);
  });

  it('STR20: leaves a small layer alone, and makes even sides only', () => {
    expect(ladderOf(made({ layers: [{ width: 320, height: 240, videoBitrate: 300 }] }))).toHaveLength(1);
    const odd = ladderOf(made({ layers: [{ width: 852, height: 480, videoBitrate: 900 }] }));
    for (const { width, height } of odd) expect([width % 2, height % 2]).toEqual([0, 0]);
  });

  it('STR27: has further renditions in AV1 after its own', () => {
    const rungs = ladderOf(made({ ...portrait, av1: { layers: [{ ...hd, videoBitrate: 1500 }] } }));
    expect(rungs.map(({ id, width, bitrateBps, codec }) => [id, width, bitrateBps, codec])).toEqual([
      ['v720', 720, 2_500_000, undefined],
      ['v360', 360, 750_000, undefined],
      ['av1-720', 720, 1_500_000, 'av1'],
      ['av1-360', 360, 450_000, 'av1'],
    ]);
  });

  it('STR20: takes the best sound that a layer asks for', () => {
    expect(audioBitrateOf(made({ layers: [hd, { ...hd, height: 480, audioBitrate: 128 }] }))).toBe(128_000);
  });
});

describe('partSecondsAt', () => {
  it('STR21: is a whole number of frames near a third of a second', () => {
    expect(partSecondsAt(30)).toBeCloseTo(1 / 3, 9);
    expect(partSecondsAt(25) * 25).toBeCloseTo(8, 9);
    for (let rate = 10; rate <= 60; rate++) expect(Math.abs(partSecondsAt(rate) - 1 / 3)).toBeLessThan(0.051);
  });
});
