import { role } from '@amphi/protocol';
import { describe, expect, it, vi } from 'vitest';
import { stateAfterNotification } from './room-state.ts';
import { derived, derivedFrom, peerCount, peersInOrder, raisedHands, trackOfPeer, viewerCount } from './selectors.ts';
import { HAND_RAISED, initialState, type SessionState } from './state.ts';

const roles = {
  host: role.parse({ name: 'host', publishParams: { allowed: ['audio'] } }),
  viewer: role.parse({ name: 'viewer' }),
};

function withPeers(...names: readonly string[]): SessionState {
  const peers = names.map((name, index) => ({
    id: name,
    name,
    data: '',
    userId: '',
    roleName: name.startsWith('h') ? 'host' : 'viewer',
    groups: [],
    handRaisedAt: undefined,
    joinedAt: -index,
  }));
  return { ...initialState('me'), roles, peers: Object.fromEntries(peers.map((peer) => [peer.id, peer])) };
}

const chatLine = {
  method: 'on-broadcast',
  params: { message_id: 'm', timestamp: 1, private: false, info: { type: 'chat', message: 'hi' } },
} as const;

describe('what follows from a part of the state', () => {
  it('is computed once per version of the part', () => {
    const compute = vi.fn((part: { readonly n: number }) => part.n * 2);
    const double = derived(compute);
    const part = { n: 2 };
    expect([double(part), double(part), double({ n: 3 })]).toEqual([4, 4, 6]);
    expect(compute).toHaveBeenCalledTimes(2);
  });

  it('is computed again when one of several parts has changed, and not for others', () => {
    const compute = vi.fn(({ peers }: Pick<SessionState, 'peers' | 'tracks'>) => Object.keys(peers).length);
    const count = derivedFrom(({ peers, tracks }) => ({ peers, tracks }), compute);
    const state = withPeers('h1');
    count(state);
    count(stateAfterNotification(state, chatLine));
    expect(compute).toHaveBeenCalledOnce();
    expect(count({ ...state, peers: {} })).toBe(0);
  });

  it('keeps its identity over a chat line, so that nothing about people is sorted or drawn again', () => {
    const before = withPeers('h1', 'v1');
    const after = stateAfterNotification(before, chatLine);
    expect(after).not.toBe(before);
    expect(peersInOrder(after.peers)).toBe(peersInOrder(before.peers));
  });
});

it('counts people by what the server says, or by who is known', () => {
  const state = withPeers('h1', 'v1', 'v2');
  expect([peerCount(state), viewerCount(state)]).toEqual([4, 3]);
  const told = { ...state, room: { ...state.room, peerCount: 1000 }, self: { ...state.self, level: 'stage' as const } };
  expect([peerCount(told), viewerCount(told)]).toEqual([1000, 998]);
});

it('orders people by when they joined', () => {
  expect(peersInOrder(withPeers('a', 'b', 'c').peers).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});

it('ROOM62: orders raised hands by when they went up, whoever joined first', () => {
  const state = withPeers('a', 'b', 'c', 'd');
  const raise = (id: string, handRaisedAt: number) => ({
    [id]: { ...state.peers[id]!, groups: [HAND_RAISED], handRaisedAt },
  });
  const peers = { ...state.peers, ...raise('d', 30), ...raise('a', 20), ...raise('c', 20) };
  expect(raisedHands(peers).map(({ id }) => id)).toEqual(['a', 'c', 'd']);
});

it('finds a track by person, kind and source', () => {
  const track = {
    streamId: 's',
    isMuted: false,
    isDegraded: false,
    isUnplayable: false,
    layer: undefined,
    media: undefined,
  };
  const tracks = {
    a: { ...track, id: 'a', peerId: 'p', kind: 'audio' as const, source: 'regular' },
    s: { ...track, id: 's', peerId: 'p', kind: 'video' as const, source: 'screen' },
  };
  expect(trackOfPeer({ tracks }, 'p', 'audio')?.id).toBe('a');
  expect(trackOfPeer({ tracks }, 'p', 'video', 'screen')?.id).toBe('s');
  expect(trackOfPeer({ tracks }, 'p', 'video')).toBeUndefined();
  expect(trackOfPeer({ tracks }, 'q', 'audio')).toBeUndefined();
});
