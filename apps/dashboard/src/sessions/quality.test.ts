import { expect, it } from 'vitest';
import type { PeerStats } from '../api/rest.ts';
import { figuresOf, partsOf, SPAN_MS } from './quality.ts';

const NOTHING: PeerStats = { publisher: { video: [], audio: [] }, subscriber: { video: [], audio: [] } };
const at = (span: number, seconds = 0): number => span * SPAN_MS + seconds * 1000;

it('adds up what tracks carry in one span, and takes the worst of what they lose', () => {
  const timestamps = [at(1), at(1, 10), at(2)];
  const figures = figuresOf({
    ...NOTHING,
    publisher: {
      video: [
        {
          time_series: {
            timestamps,
            bitrate: [800_000, 400_000, null],
            packet_loss_percent: [0, 2, 9],
            rtt_ms: [null, null, null],
          },
        },
      ],
      audio: [
        {
          time_series: {
            timestamps: [at(1, 5)],
            bitrate: [30_000],
            packet_loss_percent: [4],
            rtt_ms: [40],
            jitter_ms: [3],
          },
        },
      ],
    },
  });
  expect(figures.map(({ id, points }) => [id, points])).toEqual([
    ['sent-bitrate', [{ at: at(1), value: 630 }]],
    [
      'sent-loss',
      [
        { at: at(1), value: 4 },
        { at: at(2), value: 9 },
      ],
    ],
    ['rtt', [{ at: at(1), value: 40 }]],
    ['jitter', [{ at: at(1), value: 3 }]],
  ]);
  expect(figuresOf(NOTHING)).toEqual([]);
});

it('breaks the line where nothing was measured', () => {
  const points = [1, 2, 4, 8].map((span) => ({ at: at(span), value: 1 }));
  expect(partsOf(points).map((part) => part.map((point) => point.at / SPAN_MS))).toEqual([[1, 2, 4], [8]]);
});
