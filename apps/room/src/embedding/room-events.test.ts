import { HAND_RAISED, initialState, type SessionState } from '@amphi/client';
import { describe, expect, it } from 'vitest';
import { eventsBetween, factsOf, type RoomFacts } from './room-events.ts';

const before = factsOf(initialState('me'));
const inside: RoomFacts = { ...before, isIn: true, name: 'Ada', role: 'viewer', level: 'stream' };
const namesOf = (from: RoomFacts, to: RoomFacts): string[] => eventsBetween(from, to).map(({ name }) => name);

describe('EMB6: the page around is told', () => {
  it('nothing while nothing of it changes', () => {
    expect(eventsBetween(before, before)).toEqual([]);
    expect(eventsBetween(inside, inside)).toEqual([]);
  });

  it('that we are in, once: a lost connection that may come back is still in', () => {
    expect(eventsBetween(before, inside)).toEqual([
      { name: 'joined', detail: { peerId: 'me', name: 'Ada', role: 'viewer', level: 'stream' } },
    ]);
    const state = initialState('me');
    const at = (connection: SessionState['connection']) => factsOf({ ...state, connection }).isIn;
    expect(at({ status: 'joined' })).toBe(true);
    expect(at({ status: 'reconnecting', since: 0, wasJoined: true })).toBe(true);
    expect(at({ status: 'reconnecting', since: 0, wasJoined: false })).toBe(false);
    expect(at({ status: 'preview' })).toBe(false);
  });

  it('which role we have now, once we are in', () => {
    expect(eventsBetween(inside, { ...inside, role: 'guest', level: 'stage' })).toEqual([
      { name: 'role-changed', detail: { from: 'viewer', to: 'guest' } },
    ]);
    expect(namesOf(before, { ...before, role: 'guest' })).toEqual([]);
  });

  it('of devices, the hand and the stream', () => {
    const state = initialState('me');
    const active = factsOf({
      ...state,
      microphone: { ...state.microphone, isEnabled: true },
      camera: { ...state.camera, isEnabled: true },
      self: { ...state.self, groups: [HAND_RAISED] },
      liveStream: { ...state.liveStream, status: 'live', url: 'https://x/1.m3u8' },
    });
    expect(namesOf(before, active)).toEqual(['microphone-changed', 'camera-changed', 'hand-changed', 'live-started']);
    expect(namesOf(active, before)).toEqual(['microphone-changed', 'camera-changed', 'hand-changed', 'live-stopped']);
    expect(namesOf(active, { ...active, liveUrl: 'https://x/2.m3u8' })).toEqual(['live-stopped', 'live-started']);
  });

  it('that a visit is over and why, with the failure before it', () => {
    const left = (reason: RoomFacts['left']) => eventsBetween(inside, { ...inside, isIn: false, left: reason });
    expect(left({ kind: 'left' })).toEqual([{ name: 'left', detail: { reason: 'left', message: '' } }]);
    expect(left({ kind: 'removed', by: 'p', message: 'Bye' })).toEqual([
      { name: 'left', detail: { reason: 'removed', message: 'Bye' } },
    ]);
    expect(left({ kind: 'failed', code: 'refused', message: 'no seat', serverCode: 429 })).toEqual([
      { name: 'error', detail: { code: 'refused', message: 'no seat' } },
      { name: 'left', detail: { reason: 'failed', message: 'no seat' } },
    ]);
  });
});
