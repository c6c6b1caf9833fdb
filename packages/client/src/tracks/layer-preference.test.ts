import { layersOf, role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { largerLayer, preferredLayer } from './layer-preference.ts';

const simulcast = role.parse({
  name: 'stage',
  publishParams: {
    allowed: ['video'],
    video: { width: 1280, height: 720 },
    simulcast: {
      video: {
        layers: [
          { rid: 'f', scaleResolutionDownBy: 1, maxFramerate: 30 },
          { rid: 'h', scaleResolutionDownBy: 2, maxFramerate: 30 },
          { rid: 'q', scaleResolutionDownBy: 4, maxFramerate: 15 },
        ],
      },
    },
  },
});

const visible = (width: number, height: number) => ({ isVisible: true, width, height });

describe('layers of a role', () => {
  it('are named by rid, smallest first', () => {
    expect(layersOf(simulcast)).toEqual([
      { name: 'low', width: 320, height: 180 },
      { name: 'medium', width: 640, height: 360 },
      { name: 'high', width: 1280, height: 720 },
    ]);
  });

  it('are one without simulcast, and none when the role is unknown', () => {
    expect(layersOf(role.parse({ name: 'x' }))).toEqual([{ name: 'high', width: 320, height: 180 }]);
    expect(layersOf(undefined)).toEqual([]);
  });
});

describe('the preferred layer', () => {
  it.each([
    [visible(160, 90), 'low'],
    [visible(400, 225), 'low'],
    [visible(401, 226), 'medium'],
    [visible(800, 450), 'medium'],
    [visible(1000, 560), 'high'],
    [visible(4000, 2000), 'high'],
    // A tall crop of a wide picture needs its height.
    [visible(200, 440), 'medium'],
    [visible(0, 100), 'none'],
    [{ ...visible(500, 500), isVisible: false }, 'none'],
  ] as const)('at %j is %s', (size, layer) => {
    expect(preferredLayer(size, layersOf(simulcast))).toBe(layer);
  });

  it('is "high" for a track without known layers', () => {
    expect(preferredLayer(visible(100, 100), [])).toBe('high');
  });

  it('is the larger of two wishes', () => {
    expect(largerLayer('low', 'none')).toBe('low');
    expect(largerLayer('low', 'high')).toBe('high');
  });
});
