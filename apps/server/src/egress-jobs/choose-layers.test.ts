import { aspectRatio, hlsDestination } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { alternateOf } from './alternate.ts';
import { chooseLayers, fullLadder, withLayers } from './choose-layers.ts';

const made = (change: object = {}) => hlsDestination.parse({ name: 'default', layers: [], ...change });
const heights = (cores: number, change: object = {}): number[] =>
  chooseLayers(made(change), cores).layers.map(({ height }) => height);

describe('chooseLayers', () => {
  it.each([
    [1, [720, 360]],
    [2, [720, 360]],
    [3, [720, 480, 360]],
    [4, [720, 540, 480, 360]],
    [64, [720, 540, 480, 360]],
  ])('STR22: on %i cores a destination without layers gets %j', (cores, expected) => {
    expect(heights(cores)).toEqual(expected);
  });

  it('STR22: twice the pictures a second need twice the cores', () => {
    expect(heights(4, { videoFrameRate: 60 })).toEqual([720, 360]);
    expect(heights(8, { videoFrameRate: 60 })).toEqual([720, 540, 480, 360]);
  });

  it('STR22: more cores never have fewer layers', () => {
    for (const ratio of aspectRatio.options) {
      const composition = { videoAspectRatio: ratio };
      const counts = Array.from({ length: 16 }, (_, index) => heights(index + 1, { composition }).length);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect([counts[0], counts.at(-1)]).toEqual([2, 4]);
    }
  });

  it.each([
    [1, [640]],
    [2, [852, 640]],
    [3, [960, 640]],
    [4, [1280, 640]],
    [8, [1280, 960, 852, 640]],
  ])('STR26: on %i cores a second picture gets %j, and the first loses nothing by it', (cores, expected) => {
    const chosen = chooseLayers(made({ alternate: {} }), cores);
    expect(chosen.alternate?.map(({ height }) => height)).toEqual(expected);
    expect(chosen.layers).toEqual(chooseLayers(made(), cores).layers);
  });

  it('STR26: a second picture of the same shape is none; layers that are named are taken', () => {
    expect(chooseLayers(made({ alternate: { videoAspectRatio: '16:9' } }), 8).alternate).toBeUndefined();
    const layers = [{ width: 720, height: 1280, videoBitrate: 1500, audioBitrate: 64 }];
    const named = made({ alternate: { layers } });
    expect(chooseLayers(named, 1).alternate).toEqual(layers);
    expect(withLayers(named, chooseLayers(named, 1)).alternate?.layers).toEqual(layers);
  });

  it.each([
    [2, [1280, 640]],
    [6, [1280, 640]],
    [8, [1280, 852, 640]],
    [16, [1280, 960, 852, 640]],
  ])('STR27: on %i cores AV1 and H.264 beside each other have %j', (cores, expected) => {
    const wanted = made({ av1: {} });
    const chosen = chooseLayers(wanted, cores);
    for (const layers of [chosen.layers, chosen.av1]) expect(layers?.map(({ width }) => width)).toEqual(expected);
    expect(chosen.av1?.map(({ videoBitrate }) => videoBitrate)).toEqual(
      chosen.layers.map(({ videoBitrate }) => Math.round(0.6 * videoBitrate)),
    );
    expect(chosen.reason).toMatch(`${cores} cores, 30 pictures a second, AV1 beside H.264: `);
    expect(withLayers(wanted, chosen).av1?.layers).toEqual(chosen.av1);
  });

  it('STR27: layers in AV1 that are named are taken; a second picture has none', () => {
    const layers = [{ width: 1280, height: 720, videoBitrate: 1500, audioBitrate: 64 }];
    const named = made({ av1: { layers }, alternate: {} });
    expect(chooseLayers(named, 1).av1).toEqual(layers);
    expect(chooseLayers(made(), 8).av1).toBeUndefined();
    expect(alternateOf(named)?.av1).toBeUndefined();
  });

  it('STR22: says who chose, and what was left out', () => {
    expect(chooseLayers(made(), 2)).toMatchObject({
      chosenBy: 'machine',
      reason: '2 cores, 30 pictures a second: without 960×540 and 852×480',
    });
    expect(chooseLayers(made(), 4).reason).toBe('4 cores, 30 pictures a second: all layers');
    const layers = fullLadder('16:9');
    const named = chooseLayers(made({ layers }), 1);
    expect(named).toEqual({ layers, chosenBy: 'destination', reason: 'named by the destination' });
  });
});

describe('fullLadder', () => {
  it.each([
    ['16:9', ['1280×720', '960×540', '852×480', '640×360']],
    ['4:3', ['960×720', '720×540', '640×480', '480×360']],
    ['1:1', ['720×720', '540×540', '480×480', '360×360']],
    ['3:4', ['720×960', '540×720', '480×640', '360×480']],
    ['9:16', ['720×1280', '540×960', '480×852', '360×640']],
  ] as const)('STR22: of a %s stream is %j, by bitrates that fall', (ratio, sizes) => {
    const layers = fullLadder(ratio);
    expect(layers.map(({ width, height }) => `${width}×${height}`)).toEqual(sizes);
    const [full] = layers;
    expect(full!.videoBitrate / (full!.width * full!.height)).toBeCloseTo(2048 / (1280 * 720), 5);
    const rates = layers.map(({ videoBitrate }) => videoBitrate);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    for (const layer of layers) expect(hlsDestination.shape.layers.safeParse([layer]).success).toBe(true);
  });
});
