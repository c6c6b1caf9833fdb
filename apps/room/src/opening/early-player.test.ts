import type { LiveStream, SessionState } from '@amphi/client';
import { expect, it } from 'vitest';
import type { ShownPlayer } from '../viewer/shown-player.ts';
import { EarlyPlayer } from './early-player.ts';

const LIVE: LiveStream = {
  status: 'live',
  url: '/live/one.m3u8',
  shapes: [],
  startedAt: 1_000,
  canGoBack: false,
  error: undefined,
};

/** As far as it is read here. */
interface Facts {
  readonly connection: SessionState['connection']['status'];
  readonly level: SessionState['self']['level'];
  readonly liveStream: LiveStream;
}

const WATCHING: Facts = { connection: 'joining', level: 'stream', liveStream: LIVE };

function setUp(first: Facts) {
  const made: { readonly startedAt: number | undefined; isClosed: boolean }[] = [];
  let tell: (facts: Facts) => void = () => {};
  const stateOf = ({ connection, level, liveStream }: Facts) =>
    ({ connection: { status: connection }, self: { level }, liveStream }) as unknown as SessionState;
  const early = new EarlyPlayer(
    {
      watch: (select, listener) => {
        let last = select(stateOf(first));
        listener(last);
        tell = (facts) => {
          const next = select(stateOf(facts));
          if (next === last) return;
          last = next;
          listener(next);
        };
        return () => {
          tell = () => {};
        };
      },
    },
    async () => (stream) => {
      const player = { startedAt: stream.startedAt, isClosed: false };
      made.push(player);
      return Object.assign(player, { close: () => (player.isClosed = true) }) as unknown as ShownPlayer;
    },
  );
  return { early, made, tell: (facts: Facts) => tell(facts) };
}

/** What was asked for by then is loaded. */
const loaded = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

it('PRE17: begins for who watches a stream that is on, on the way in; and is given away once', async () => {
  const { early, made, tell } = setUp({ ...WATCHING, connection: 'connecting' });
  await loaded();
  expect(made).toEqual([]);
  tell(WATCHING);
  await loaded();
  expect(made).toMatchObject([{ startedAt: 1_000, isClosed: false }]);
  // No reason for another one.
  tell({ ...WATCHING, connection: 'joined', liveStream: { ...LIVE, canGoBack: true } });
  await loaded();
  expect(made).toHaveLength(1);
  expect(early.take(1_000)).toBe(made[0]);
  expect(early.take(1_000)).toBeUndefined();
  early.close();
  expect(made[0]!.isClosed).toBe(false);
});

it.each<[string, Partial<Facts>]>([
  ['a preview', { connection: 'preview' }],
  ['the stage', { level: 'stage' }],
  ['a stream that is not on', { liveStream: { ...LIVE, status: 'off', url: undefined } }],
])('PRE17: does not begin for %s', async (_what, facts) => {
  const { made } = setUp({ ...WATCHING, ...facts });
  await loaded();
  expect(made).toEqual([]);
});

it('PRE17: is closed when it is not wanted any more, and begins anew for another stream', async () => {
  const { early, made, tell } = setUp(WATCHING);
  await loaded();
  tell({ ...WATCHING, level: 'stage' });
  expect(made[0]!.isClosed).toBe(true);
  tell({ ...WATCHING, liveStream: { ...LIVE, startedAt: 2_000 } });
  await loaded();
  expect(made[1]).toMatchObject({ startedAt: 2_000, isClosed: false });
  // Who draws is behind: it asks for the one before.
  expect(early.take(1_000)).toBeUndefined();
  expect(made[1]!.isClosed).toBe(true);
});

it('PRE17: does not begin after the room was drawn or left while its code was on its way', async () => {
  const { early, made } = setUp(WATCHING);
  expect(early.take(1_000)).toBeUndefined();
  await loaded();
  expect(made).toEqual([]);
  const left = setUp(WATCHING);
  left.early.close();
  await loaded();
  expect(left.made).toEqual([]);
});
