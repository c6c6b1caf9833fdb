import { hlsDestination, streamDescription } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { playlistOf } from './playlist.ts';

const layers = [{ width: 1280, height: 720, videoBitrate: 2_000, audioBitrate: 128 }];
const destination = (change: object) => hlsDestination.parse({ name: 'default', layers, ...change });

describe('how far viewers can go back', () => {
  it.each([
    ['not at all', {}, 'live', 5],
    ['not at all, whatever the window', { dvrWindow: 600 }, 'live', 5],
    ['to the beginning', { playlistType: 'event' }, 'event', 5],
    ['ten minutes', { playlistType: 'event', dvrWindow: 600 }, 'live', 300],
    ['at least that, with segments that do not divide it', { playlistType: 'event', dvrWindow: 61 }, 'live', 31],
    ['two hours', { playlistType: 'event', dvrWindow: 7_200 }, 'live', 3_600],
    [
      'two hours, with shorter segments',
      { playlistType: 'event', dvrWindow: 7_200, videoFrameRate: 10 },
      'live',
      4_000,
    ],
  ])('DVR1: %s', (_, change, playlistType, windowSegments) => {
    const playlist = playlistOf(destination(change));
    expect(playlist).toEqual({ playlistType, windowSegments });
    expect(streamDescription.shape.windowSegments.safeParse(playlist.windowSegments).success).toBe(true);
  });

  it.each([59, 7_201])('DVR1: a window of %s s is refused', (dvrWindow) => {
    expect(() => destination({ dvrWindow })).toThrow(/dvrWindow/);
  });
});
