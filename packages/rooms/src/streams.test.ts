import { type HlsDestination, hlsDestination } from '@amphi/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, ROLES, sent } from '../test/session-fixture.ts';
import {
  broadcasterRoles,
  checkStreamStart,
  checkStreamStop,
  endRoom,
  handleStreamEvent,
  hasBroadcaster,
  hlsInRoom,
  hlsUpdateOf,
  isRunning,
  renewDestinations,
  type Session,
  type StreamEvent,
  type StreamState,
  transition,
  visibleTracks,
} from './index.ts';

const layers = [{ width: 1280, height: 720, videoBitrate: 2500 }];
const composition = { enabled: true, layout: 'grid', tileAspectRatio: '16:9', videoAspectRatio: '16:9' };
const to = (change: object = {}): HlsDestination => hlsDestination.parse({ name: 'main', layers, ...change });

const withStream = (destination = to()): Session => makeSession({ destinations: { main: destination } });

const requested: StreamEvent = {
  type: 'requested',
  streamId: 's1',
  initialisedAt: 10,
  destination: 'main',
  playlistType: 'no-dvr',
};

describe('starting and stopping', () => {
  it('STR13: what the owner changed counts from the next start on', () => {
    const session = withStream(to({ composition: { ...composition, enabled: false } }));
    enter(session, 'a', 'host');
    expect(() => checkStreamStart(session, { peerId: 'a' })).toThrow(/switched off/);
    const first = to({ composition });
    renewDestinations(session, { main: first });
    expect(checkStreamStart(session, { peerId: 'a' }).destination).toBe(first);
    handleStreamEvent(session, requested);
    renewDestinations(session, {});
    expect(session.destinations).toEqual({ main: first });
    handleStreamEvent(session, { type: 'stopped', streamId: 's1', why: 'client request' });
    renewDestinations(session, {});
    expect(() => checkStreamStart(session, { peerId: 'a' })).toThrow(/not set up/);
  });

  it('STR1: tells everyone visible each phase', () => {
    const session = withStream();
    enter(session, 'a', 'host');
    enter(session, 'd', 'viewer');
    enter(session, 'r', '__internal_recorder');
    expect(checkStreamStart(session, { peerId: 'a' }).name).toBe('main');
    const begun = handleStreamEvent(session, requested);
    expect(outline(begun)).toEqual(['a,d <- on-hls-update', 'streamChanged']);
    expect(sent(begun, 'on-hls-update')).toMatchObject({
      enabled: true,
      variants: [{ url: '', state: 'initialised', initialised_at: 10 }],
    });
    const playable: StreamEvent = { type: 'playable', streamId: 's1', path: '/hls/s1/master.m3u8', at: 20 };
    expect(sent(handleStreamEvent(session, playable), 'on-hls-update')).toMatchObject({
      enabled: true,
      variants: [{ url: '/hls/s1/master.m3u8', state: 'started', initialised_at: 10, started_at: 20 }],
    });
    expect(handleStreamEvent(session, { ...playable, at: 30 })).toEqual([]);
    expect(checkStreamStop(session, 'a').streamId).toBe('s1');
    expect(
      sent(handleStreamEvent(session, { type: 'stopped', streamId: 's1', why: 'client request' }), 'on-hls-update'),
    ).toEqual({
      enabled: false,
      variants: [{ url: '/hls/s1/master.m3u8', state: 'stopped' }],
    });
  });

  it('STR26, STR28: tells of a second picture beside the first, while both can be played, and of the shape of each', () => {
    const session = withStream();
    enter(session, 'a', 'host');
    handleStreamEvent(session, { ...requested, aspectRatio: '16:9' });
    const second = { path: '/hls/s1-alternate/master.m3u8', aspectRatio: '9:16', startedAt: 15 } as const;
    const there: StreamEvent = { type: 'secondPicture', streamId: 's1', second };
    expect(outline(handleStreamEvent(session, there))).toEqual(['streamChanged']);
    expect(handleStreamEvent(session, there)).toEqual([]);
    const playable = handleStreamEvent(session, {
      type: 'playable',
      streamId: 's1',
      path: '/hls/s1/master.m3u8',
      at: 20,
    });
    expect(sent(playable, 'on-hls-update')).toMatchObject({
      variants: [
        { url: '/hls/s1/master.m3u8', aspect_ratio: '16:9', started_at: 20 },
        { url: second.path, aspect_ratio: '9:16', started_at: 15, state: 'started' },
      ],
    });
    const reshaped = handleStreamEvent(session, { type: 'reshaped', streamId: 's1', aspectRatio: '1:1' });
    expect(outline(reshaped)).toEqual(['a <- on-hls-update', 'streamChanged']);
    expect(sent(reshaped, 'on-hls-update')).toMatchObject({
      variants: [
        { url: '/hls/s1/master.m3u8', aspect_ratio: '1:1', started_at: 20 },
        { url: second.path, aspect_ratio: '9:16' },
      ],
    });
    const gone = handleStreamEvent(session, { ...there, second: undefined });
    // It is no news for a back end: the stream is what it was.
    expect(outline(gone)).toEqual(['a <- on-hls-update', 'streamChanged']);
    expect(sent(gone, 'on-hls-update')).toMatchObject({ variants: [{ url: '/hls/s1/master.m3u8' }] });
  });

  it('STR2: refuses by code', () => {
    const session = withStream();
    enter(session, 'a', 'host');
    enter(session, 'd', 'viewer');
    const code = (run: () => unknown): unknown => {
      try {
        run();
        return 'none';
      } catch (error) {
        return (error as { code: number }).code;
      }
    };
    expect(code(() => checkStreamStart(session, { peerId: 'd' }))).toBe(403);
    expect(code(() => checkStreamStart(session, { peerId: 'x' }))).toBe(410);
    expect(code(() => checkStreamStart(session, { destination: 'moon' }))).toBe(400);
    expect(code(() => checkStreamStart(session, { destination: 'constructor' }))).toBe(400);
    expect(code(() => checkStreamStop(session, 'a'))).toBe(404);
    handleStreamEvent(session, requested);
    expect(code(() => checkStreamStart(session, { peerId: 'a' }))).toBe(400);
    expect(code(() => handleStreamEvent(session, { ...requested, streamId: 's2' }))).toBe(400);
    expect(code(() => checkStreamStop(session, 'd'))).toBe(403);
    expect(code(() => checkStreamStart(makeSession(), {}))).toBe(403);
    expect(code(() => checkStreamStart(withStream(to({ composition: { ...composition, enabled: false } })), {}))).toBe(
      403,
    );
    endRoom(session, 'a', { lock: false, reason: '' });
    expect(code(() => checkStreamStart(session, {}))).toBe(410);
  });

  it('STR8: says what failed, and may be started again', () => {
    const session = withStream();
    enter(session, 'a', 'host');
    handleStreamEvent(session, requested);
    const error = { code: 500, message: 'no encoder' };
    const failed = handleStreamEvent(session, { type: 'failed', streamId: 's1', error });
    expect(sent(failed, 'on-hls-update')).toEqual({ enabled: false, variants: [], error });
    expect(() => checkStreamStart(session, { peerId: 'a' })).not.toThrow();
  });
});

describe('whom a stream shows', () => {
  it('STR31: the roles of its destination, or all that publish', () => {
    expect(broadcasterRoles(ROLES, to())).toEqual(['host', 'guest']);
    const named = to({ composition: { ...composition, broadcasterRoles: ['guest', 'nonsense'] } });
    expect(broadcasterRoles(ROLES, named)).toEqual(['guest']);
    const session = withStream(named);
    enter(session, 'a', 'host', 'a1');
    handleStreamEvent(session, requested);
    expect(hasBroadcaster(session)).toBe(false);
    enter(session, 'b', 'guest', 'a2');
    expect(hasBroadcaster(session)).toBe(true);
    enter(session, 'r', '__internal_recorder');
    expect([...visibleTracks(session, 'r').keys()]).toEqual(['a2']);
  });
});

describe('the stream state', () => {
  const ids = fc.constantFrom('s1', 's2');
  const event: fc.Arbitrary<StreamEvent> = fc.oneof(
    ids.map((streamId): StreamEvent => ({ ...requested, streamId })),
    ids.map((streamId): StreamEvent => ({ type: 'playable', streamId, path: '/u', at: 1 })),
    fc.tuple(ids, fc.boolean()).map(([streamId, isThere]): StreamEvent => {
      const second = isThere ? ({ path: '/v', aspectRatio: '9:16', startedAt: 2 } as const) : undefined;
      return { type: 'secondPicture', streamId, second };
    }),
    ids.map((streamId): StreamEvent => ({ type: 'reshaped', streamId, aspectRatio: '1:1' })),
    ids.map((streamId): StreamEvent => ({ type: 'stopped', streamId, why: 'client request' })),
    ids.map((streamId): StreamEvent => ({ type: 'failed', streamId, error: { code: 500, message: 'm' } })),
  );

  it('STR9: ignores facts about other streams, and is told consistently', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state = { phase: 'none' } as StreamState;
        for (const fact of events) {
          if (fact.type === 'requested' && isRunning(state)) {
            const running = state;
            expect(() => transition(running, fact)).toThrow('beam already started');
            continue;
          }
          const before = state;
          state = transition(state, fact);
          const isAbout = isRunning(before) && before.streamId === fact.streamId;
          if (fact.type !== 'requested' && !isAbout) expect(state).toBe(before);
          const update = hlsUpdateOf(state);
          expect(update.enabled).toBe(isRunning(state));
          // A variant without a state counts as not running; one on its way has no address yet.
          for (const variant of update.variants) {
            expect(['initialised', 'started'].includes(variant.state)).toBe(update.enabled);
            expect(variant.url !== '').toBe(state.phase === 'started' || (state.phase === 'stopped' && !!state.path));
          }
          // Who watched sees it to its end; who comes after it is not led there.
          if (before.phase === 'started' && state.phase === 'stopped') expect(state.path).toBe(before.path);
          const isOver = state.phase === 'stopped';
          expect(hlsInRoom(state)).toEqual(
            isOver ? { enabled: false, variants: [{ url: '', state: 'stopped' }] } : update,
          );
        }
      }),
    );
  });
});
