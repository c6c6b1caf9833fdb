import { describe, expect, it } from 'vitest';
import type { Output, Session } from '../api/rest.ts';
import { timelineOf } from './timeline.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 9, 0, seconds)).toISOString();
const peer = (id: string, joined: number, left: number | null) => ({
  id,
  name: id,
  role: 'host',
  user_id: '',
  joined_at: at(joined),
  left_at: left === null ? null : at(left),
});
const session = (over: Partial<Session> = {}): Session => ({
  id: 's',
  room_id: 'r',
  active: false,
  peers: { Bo: peer('Bo', 20, 50), Al: peer('Al', 0, 60) },
  created_at: at(0),
  updated_at: at(60),
  ...over,
});
const stream: Output = { id: 'x', status: 'completed', created_at: at(9), started_at: at(10), stopped_at: at(40) };
const none = { streams: [], recordings: [] };

describe('the timeline of a session', () => {
  it('has the outputs first, then people in the order of their coming', () => {
    const { bars, from, to } = timelineOf(session(), { streams: [stream], recordings: [] }, 0);
    expect(bars.map(({ name }) => name)).toEqual(['Live stream', 'Al', 'Bo']);
    expect(bars.map((bar) => [(bar.from - from) / 1000, (bar.to - from) / 1000])).toEqual([
      [10, 40],
      [0, 60],
      [20, 50],
    ]);
    expect(to - from).toBe(60_000);
  });

  it('goes on to now while it runs, and never out of its frame', () => {
    const now = Date.parse(at(90));
    const running = session({ active: true, peers: { Al: peer('Al', -5, null) }, updated_at: at(0) });
    const { bars, from, to } = timelineOf(running, none, now);
    expect(to).toBe(now);
    expect(bars).toMatchObject([{ from, to, isOpen: true }]);
  });

  it('has a few round times on its axis, whatever its length', () => {
    for (const seconds of [1, 59, 3_601, 86_400, 400_000]) {
      const { ticks } = timelineOf(session({ updated_at: at(seconds) }), none, 0);
      expect(ticks.length).toBeLessThanOrEqual(7);
      for (const { share } of ticks) expect(share).toBeLessThan(1);
    }
  });
});
