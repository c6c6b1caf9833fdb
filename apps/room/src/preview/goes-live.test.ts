import type { LiveStream } from '@amphi/client';
import { expect, it } from 'vitest';
import { offersGoingLive } from './goes-live.ts';

const off = { status: 'off' } as const;

it('PRE9: one is offered to go live by joining where the layout says so, the role may, and nothing runs', () => {
  expect(offersGoingLive({ isWanted: true, mayStream: true, stream: off })).toBe(true);
  expect(offersGoingLive({ isWanted: false, mayStream: true, stream: off })).toBe(false);
  expect(offersGoingLive({ isWanted: true, mayStream: false, stream: off })).toBe(false);
});

it.each<[LiveStream['status'], boolean]>([
  ['starting', false],
  ['live', false],
  ['stopping', false],
  ['ended', true],
  ['failed', true],
])('PRE9: a stream that is %s: %s', (status, isOffered) => {
  expect(offersGoingLive({ isWanted: true, mayStream: true, stream: { status } })).toBe(isOffered);
});
