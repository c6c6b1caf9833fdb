import type { ComposedOutput } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { RungDemand } from './rungs-taken.ts';

const rungs = ['v720', 'v540', 'v360'].map((id) => ({ id, width: 640, height: 360, bitrateBps: 1_000_000 }));
const hls: ComposedOutput = {
  kind: 'hls',
  id: 'stream',
  ingestUrl: 'http://127.0.0.1:1',
  ingestToken: 't',
  playlistType: 'live',
  windowSegments: 5,
};
const recording = (forms: ('mp4' | 'vod')[], taken: string[]): ComposedOutput => ({
  kind: 'recording',
  id: 'rec',
  folder: '/tmp/none',
  rungs: taken,
  forms,
  isPaused: false,
});

describe('the rungs that outputs take', () => {
  it('EG43: players take all, a recording its own, what is sent on one; a rung goes with the last who takes it', () => {
    const demand = new RungDemand(rungs);
    demand.add(recording(['mp4'], ['v540']));
    expect(demand.rungs).toEqual([1]);
    demand.add({ kind: 'whep', id: 'players', rung: 'v720' });
    demand.add({ kind: 'rtmp', id: 'platform', rung: 'v540', url: 'rtmp://a/b/c', allowPrivate: false });
    expect(demand.rungs).toEqual([0, 1]);
    demand.add(hls);
    expect(demand.rungs).toEqual([0, 1, 2]);
    expect([demand.remove('stream'), demand.remove('rec'), demand.remove('rec')]).toEqual([true, true, false]);
    expect(demand.rungs).toEqual([0, 1]);
    demand.remove('platform');
    expect(demand.rungs).toEqual([0]);
  });

  it('EG43: where there are thumbnails to be made, the smallest is encoded, too', () => {
    const demand = new RungDemand(rungs);
    demand.add(recording(['mp4', 'vod'], ['v720']));
    expect(demand.rungs).toEqual([0, 2]);
  });
});
