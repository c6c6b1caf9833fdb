import { hlsDestination } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { fullLadder } from './choose-layers.ts';
import { ladderOf } from './ladder.ts';
import { reshaped } from './reshape.ts';

const STAGE = { showsPage: false };
const destination = (more: object = {}) =>
  hlsDestination.parse({ name: 'default', layers: fullLadder('16:9'), ...more });
const sizes = (of: ReturnType<typeof destination>) =>
  ladderOf(of).map(({ id, width, height, bitrateBps }) => `${id} ${width}x${height} ${Math.round(bitrateBps / 1000)}`);

describe('STR28: another shape in the middle', () => {
  it('keeps the shorter side and the name of each rung, and its bits for a pixel', () => {
    const tall = reshaped(destination(), '9:16', STAGE);
    expect(tall.composition.videoAspectRatio).toBe('9:16');
    expect(sizes(tall)).toEqual(['v720 720x1280 2048', 'v540 540x960 1228', 'v480 480x852 850', 'v360 360x640 500']);
    const square = reshaped(tall, '1:1', STAGE);
    expect(sizes(square)).toEqual(['v720 720x720 1152', 'v540 540x540 691', 'v480 480x480 479', 'v360 360x360 281']);
    for (const shape of ['4:3', '3:4', '16:9'] as const) {
      const ids = sizes(reshaped(square, shape, STAGE)).map((rung) => rung.split(' ')[0]);
      expect(ids).toEqual(['v720', 'v540', 'v480', 'v360']);
    }
    expect(sizes(reshaped(square, '16:9', STAGE))[0]).toBe('v720 1280x720 2048');
  });

  it('takes what is in AV1, what is kept, and the rung below a single layer with it', () => {
    const layers = [{ width: 1280, height: 720, videoBitrate: 2500 }];
    const made = destination({ layers, av1: { layers }, recording: { layers } });
    const tall = reshaped(made, '9:16', STAGE);
    expect(sizes(tall).map((rung) => rung.split(' ', 2).join(' '))).toEqual([
      ...['v720 720x1280', 'v360 360x640', 'av1-720 720x1280', 'av1-360 360x640'],
    ]);
    expect(tall.recording?.layers).toMatchObject([{ width: 720, height: 1280 }]);
    // It can be read again after a restart.
    expect(hlsDestination.parse(tall)).toEqual(tall);
  });

  it('is refused for the shape of the second picture, for a web page, for sides that are too long', () => {
    const second = destination({ alternate: { layers: [{ width: 360, height: 640, videoBitrate: 500 }] } });
    expect(() => reshaped(second, '9:16', STAGE)).toThrow(
      'videoAspectRatio: "9:16": is the shape of the stream\'s second picture; allowed are "16:9", "4:3", "1:1", "3:4"',
    );
    expect(reshaped(second, '1:1', STAGE).alternate).toEqual(second.alternate);
    expect(() => reshaped(destination(), '1:1', { showsPage: true })).toThrow('a web page is shown in the shape');
    const large = destination({
      layers: [{ width: 1440, height: 1440, videoBitrate: 6000 }],
      composition: { videoAspectRatio: '1:1' },
    });
    expect(() => reshaped(large, '16:9', STAGE)).toThrow('2560×1440; allowed are sides up to 1920');
    // Of two that differ in their width alone the names would change places.
    const odd = destination({
      layers: [
        { width: 1920, height: 360, videoBitrate: 900 },
        { width: 640, height: 480, videoBitrate: 800 },
      ],
    });
    expect(() => reshaped(odd, '1:1', STAGE)).toThrow('another order');
  });

  it('does not bring the second picture that was not made at the start', () => {
    const made = destination({ alternate: {}, composition: { videoAspectRatio: '9:16' }, layers: fullLadder('9:16') });
    expect(reshaped(made, '16:9', STAGE).alternate).toBeUndefined();
  });
});
