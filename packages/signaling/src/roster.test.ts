import type { Notification } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { type Roster, type RosterTrack, rosterAfter } from './roster.ts';

/** What a user of the roster keeps beside what the server says. */
interface Shown extends RosterTrack {
  readonly element?: string;
}

const info = (peerId: string, name = peerId) => ({
  peer_id: peerId,
  role: 'host',
  groups: [],
  info: { name, data: '', user_id: '', type: 'regular' as const },
});
const trackState = (id: string, mute = false) => ({
  track_id: id,
  stream_id: 's',
  type: 'video' as const,
  source: 'regular',
  description: '',
  mute,
});
const peer = (peerId: string, ...trackIds: string[]) => ({
  ...info(peerId),
  joined_at: 7,
  realtime: true,
  tracks: Object.fromEntries(trackIds.map((id) => [id, trackState(id)])),
});
const off = { enabled: false, state: 'none' } as const;
const room = {
  name: '',
  session_id: 's',
  started_at: 1,
  recording: { sfu: off, browser: off, hls: off },
  streaming: { enabled: false, rtmp: off, hls: { enabled: false, variants: [] } },
  transcriptions: [],
};
const peerList = (...peers: ReturnType<typeof peer>[]): Notification => ({
  method: 'peer-list',
  params: { peers: Object.fromEntries(peers.map((each) => [each.peer_id, each])), room },
});

const EMPTY: Roster<Shown> = { peers: {}, tracks: {} };
const heard = (roster: Roster<Shown>, ...notifications: Notification[]): Roster<Shown> =>
  notifications.reduce(
    (next, notification) => rosterAfter(next, notification, { selfId: 'me', addTrack: (track) => track }),
    roster,
  );

describe('roster', () => {
  it('is what the list says, without ourselves, and forgets whoever is not in the next one', () => {
    const first = heard(EMPTY, peerList(peer('me', 'mine'), peer('a', 'v1'), peer('b', 'v2')));
    expect(Object.keys(first.peers)).toEqual(['a', 'b']);
    expect(Object.keys(first.tracks)).toEqual(['v1', 'v2']);
    const second = heard(first, peerList(peer('b', 'v2')));
    expect(Object.keys(second.peers)).toEqual(['b']);
    expect(Object.keys(second.tracks)).toEqual(['v2']);
  });

  it('keeps what its user put on a track through lists and updates', () => {
    const listed = heard(EMPTY, peerList(peer('a', 'v1')));
    const shown: Roster<Shown> = { ...listed, tracks: { v1: { ...listed.tracks.v1!, element: '<video>' } } };
    const next = heard(
      shown,
      { method: 'on-track-update', params: { peer: info('a'), tracks: { v1: trackState('v1', true) } } },
      peerList(peer('a', 'v1')),
    );
    expect(next.tracks.v1).toMatchObject({ element: '<video>', isMuted: false });
  });

  it('gets to know people by their tracks, and loses tracks with their people', () => {
    const added = heard(EMPTY, {
      method: 'on-track-add',
      params: { peer: info('a'), tracks: { v1: trackState('v1') } },
    });
    expect(added.peers.a).toMatchObject({ id: 'a', joinedAt: 0 });
    expect(heard(added, { method: 'on-peer-leave', params: { peer_id: 'a' } })).toEqual(EMPTY);
    expect(heard(added, { method: 'on-peer-update', params: { ...info('a'), realtime: false } })).toEqual(EMPTY);
  });

  it('updates keep the name, data and time that they leave out', () => {
    const joined = heard(EMPTY, { method: 'on-peer-join', params: peer('a') });
    const next = heard(joined, {
      method: 'on-peer-update',
      params: { ...info('a', ''), role: 'guest', realtime: true },
    });
    expect(next.peers.a).toMatchObject({ name: 'a', joinedAt: 7, roleName: 'guest' });
  });

  it('tells what is degraded: not sent, though its owner sends', () => {
    const joined = heard(EMPTY, { method: 'on-peer-join', params: peer('a', 'v1') });
    const layer = (current: 'none' | 'low', degraded: boolean): Notification => ({
      method: 'on-track-layer-update',
      params: {
        tracks: {
          v1: {
            track_id: 'v1',
            current_layer: current,
            expected_layer: 'high',
            subscriber_degraded: degraded,
            publisher_degraded: false,
          },
        },
      },
    });
    expect(heard(joined, layer('none', true)).tracks.v1).toMatchObject({ isDegraded: true, layer: 'none' });
    expect(heard(joined, layer('low', true)).tracks.v1).toMatchObject({ isDegraded: false, layer: 'low' });
    expect(heard(joined, layer('none', false)).tracks.v1).toMatchObject({ isDegraded: false });
  });

  it('is the same value where nothing is said of it', () => {
    const roster = heard(EMPTY, peerList(peer('a', 'v1')));
    const others: Notification[] = [
      {
        method: 'room-info',
        params: { room_id: 'r', name: 'n', description: '', max_size: 0, large_room_optimization: false },
      },
      { method: 'on-peer-leave', params: { peer_id: 'stranger' } },
      { method: 'on-peer-update', params: { ...info('me'), realtime: true } },
      { method: 'on-track-add', params: { peer: info('me'), tracks: { mine: trackState('mine') } } },
    ];
    for (const notification of others) expect(heard(roster, notification)).toBe(roster);
  });
});
