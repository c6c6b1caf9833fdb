import type { StreamLadder } from '@amphi/protocol';
import { expect, it } from 'vitest';
import { ladderOf, thinnedBy } from './stream-ladder.ts';

const rung = (id: string, width: number, height: number) =>
  ({ id, width, height, bitrateBps: width * 1_000 }) as Parameters<typeof ladderOf>[0]['rungs'][number];

const chosen = { chosenBy: 'machine', reason: '2 cores' } as const;

it('STR22: tells the rungs that are made, those of the second picture where it is played', () => {
  const program = {
    rungs: [rung('v720', 1280, 720)],
    alternates: [{ rungs: [rung('p720', 720, 1280)] }],
    frameRate: 30,
  } as unknown as Parameters<typeof ladderOf>[0];
  expect(ladderOf(program, chosen, { aspectRatio: '9:16', url: 'https://live.example/second' })).toEqual({
    layers: [{ id: 'v720', width: 1280, height: 720, bitrate: 1_280_000, frame_rate: 30 }],
    alternate: {
      aspect_ratio: '9:16',
      playback: { url: 'https://live.example/second' },
      layers: [{ id: 'p720', width: 720, height: 1280, bitrate: 720_000, frame_rate: 30 }],
    },
    chosen_by: 'machine',
    reason: '2 cores',
  });
  const { alternates: _, ...alone } = program;
  expect(ladderOf(alone, chosen, { aspectRatio: undefined, url: '' })).not.toHaveProperty('alternate');
});

it('STR23: under load the lower rungs and the second picture give up pictures, the top rung none', () => {
  const layer = (id: string) => ({ id, width: 2, height: 2, bitrate: 1, frame_rate: 30 });
  const ladder: StreamLadder = {
    layers: [layer('top'), layer('low')],
    alternate: { aspect_ratio: '9:16', playback: { url: '' }, layers: [layer('tall')] },
    chosen_by: 'machine',
    reason: '',
  };
  const ratesOf = ({ layers, alternate }: StreamLadder) =>
    [...layers, ...(alternate?.layers ?? [])].map(({ frame_rate }) => frame_rate);
  const thinned = thinnedBy(2, 30, ladder);
  expect(ratesOf(thinned)).toEqual([30, 15, 15]);
  expect(thinnedBy(1, 30, thinned)).toEqual(ladder);
});
