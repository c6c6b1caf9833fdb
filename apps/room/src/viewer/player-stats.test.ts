import { isolate } from '@amphi/ui';
import { expect, it } from 'vitest';
import { englishWords } from '../words/words.ts';
import { rowsOf } from './player-stats.tsx';

const english = englishWords(['en-US']);

const stats = {
  width: 1280,
  height: 720,
  bitrateBps: 1_730_000,
  bandwidthBps: undefined,
  bufferAhead: 1.24,
  latency: 1.53,
  behindLive: 0,
  playbackRate: 1,
  framesShown: 99,
  framesDropped: 1,
  stalls: 2,
  stalledMs: 1_460,
};

it('numbers have units, and what is not known is a dash', () => {
  expect(Object.fromEntries(rowsOf(english, stats))).toEqual({
    Picture: isolate('1280×720'),
    'Bit rate': '1.73 Mbit/s',
    Connection: '–',
    'Behind the stage': '1.5 s',
    'Behind live': '0.0 s',
    Buffer: '1.2 s',
    Speed: '1.00×',
    'Frames dropped': '1 of 100',
    Stalls: '2, 1.5 s',
  });
  expect(Object.fromEntries(rowsOf(english, { ...stats, width: 0, latency: undefined }))).toMatchObject({
    Picture: '–',
    'Behind the stage': '–',
  });
});
