import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, sent } from '../test/session-fixture.ts';
import {
  checkJoin,
  endRoom,
  expireAway,
  GRACE_MS,
  joinPeer,
  leavePeer,
  nextExpiryAt,
  peerDisconnected,
  requestRoleChange,
  resumePeer,
  sessionInfoOf,
  updatePeer,
} from './index.ts';

const request = (peerId: string, roleName: string) => ({ peerId, roleName, userId: 'u', name: 'n', data: '' });

describe('joining', () => {
  it('ROOM1: gives the newcomer the room first, then tells the others', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1');
    expect(outline(enter(session, 'b', 'audience'))).toEqual([
      'b <- peer-list',
      'b <- room-info',
      'b <- session-info',
      'a <- on-peer-join',
      'subscriptions of b',
      'membershipChanged',
    ]);
  });

  it('ROOM2: lists complete peers, with the tracks the newcomer may see, and never itself', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1');
    const audience = sent(enter(session, 'b', 'audience'), 'peer-list');
    expect(audience).toMatchObject({
      peers: {
        a: {
          peer_id: 'a',
          role: 'host',
          groups: [],
          info: { name: 'A', data: '', user_id: 'user-a', type: 'regular' },
          joined_at: 2000,
          realtime: true,
          tracks: { a1: { track_id: 'a1', type: 'audio', mute: false } },
        },
      },
    });
    const viewer = sent(enter(session, 'c', 'viewer'), 'peer-list') as { peers: Record<string, { tracks: object }> };
    expect(Object.keys(viewer.peers)).toEqual(['a', 'b']);
    expect(viewer.peers.a?.tracks).toEqual({});
  });

  it('ROOM2: sends a complete room object', () => {
    const { room } = sent(enter(makeSession(), 'a', 'host'), 'peer-list') as { room: object };
    expect(room).toEqual({
      name: 'Town hall',
      session_id: 'session-1',
      started_at: 1000,
      recording: {
        sfu: { enabled: false, state: 'none' },
        browser: { enabled: false, state: 'none' },
        hls: { enabled: false, state: 'none' },
      },
      streaming: { enabled: false, rtmp: { enabled: false, state: 'none' }, hls: { enabled: false, variants: [] } },
      transcriptions: [],
    });
  });

  it('ROOM3: keeps to the size of the room and of the role, and refuses unknown roles', () => {
    const session = makeSession({ maxPeers: 3 });
    enter(session, 'a', 'guest');
    enter(session, 'b', 'guest');
    expect(() => checkJoin(session, request('c', 'guest'))).toThrow('role guest is full: 2 of 2 peers');
    expect(() => checkJoin(session, request('c', 'nobody'))).toThrow('role nobody is full: 0 of 0 peers');
    expect(() => checkJoin(session, request('c', 'toString'))).toThrow('"toString" is not a role');
    enter(session, 'c', 'viewer');
    expect(() => joinPeer(session, request('d', 'viewer'), 0)).toThrow('the room is full: 3 of 3 peers');
    expect(session.members.size).toBe(3);
    leavePeer(session, 'c');
    expect(() => joinPeer(session, request('d', 'viewer'), 0)).not.toThrow();
  });

  it('ROOM4: takes a second join of a present peer for a return', () => {
    const session = makeSession({ maxPeers: 2 });
    enter(session, 'a', 'host');
    enter(session, 'b', 'audience');
    const again = joinPeer(session, { ...request('b', 'audience'), name: 'Bo' }, 3000);
    expect(outline(again)).toEqual(['a <- on-peer-update', 'b <- peer-list', 'b <- room-info', 'b <- session-info']);
    expect(session.members.get('b')?.joinedAt).toBe(2000);
  });

  it('ROOM5: the hidden peer is in no list, count or notification, and takes no place', () => {
    const session = makeSession({ maxPeers: 2 });
    enter(session, 'a', 'host', 'a1');
    const joined = enter(session, 'r', '__internal_recorder');
    expect(outline(joined)).toEqual(['r <- peer-list', 'r <- room-info', 'r <- session-info', 'subscriptions of r']);
    expect(sent(joined, 'peer-list')).toMatchObject({ peers: { a: { tracks: { a1: {} } } } });
    const next = enter(session, 'b', 'audience');
    expect(Object.keys((sent(next, 'peer-list') as { peers: object }).peers)).toEqual(['a']);
    expect(outline(next)).toContain('a,r <- on-peer-join');
    expect(sessionInfoOf(session)).toMatchObject({ peer_count: 2, track_count: 1 });
    expect(() => requestRoleChange(session, 'a', { requested_for: 'r', role: 'guest', force: true })).toThrow(
      'no peer r',
    );
    expect(outline(leavePeer(session, 'r'))).toEqual(['r gone']);
  });
});

describe('leaving', () => {
  it('ROOM6: withdraws tracks before the peer, and both before subscriptions change', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1', 'v1');
    enter(session, 'b', 'audience');
    enter(session, 'c', 'viewer');
    expect(outline(leavePeer(session, 'a'))).toEqual([
      'b <- on-track-remove',
      'b,c <- on-peer-leave',
      'subscriptions of b',
      'a gone',
      'membershipChanged',
    ]);
    expect(leavePeer(session, 'a')).toEqual([]);
    expect(sessionInfoOf(session)).toMatchObject({ peer_count: 2, track_count: 0 });
  });

  it('ROOM4: a repeated join of a peer that was away tells the role it has by now', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'viewer');
    peerDisconnected(session, 'b', 3000);
    requestRoleChange(session, 'a', { requested_for: 'b', role: 'audience', force: true });
    const back = joinPeer(session, { ...request('b', 'viewer'), name: 'B' }, 4000);
    expect(sent(back, 'on-policy-change')).toMatchObject({ name: 'audience' });
    expect(outline(back).slice(-4)).toEqual([
      'b <- on-policy-change',
      'b <- peer-list',
      'b <- room-info',
      'b <- session-info',
    ]);
  });

  it('ROOM7: keeps a peer without a socket for the grace time, in silence', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'audience');
    peerDisconnected(session, 'b', 5000);
    expect(nextExpiryAt(session)).toBe(5000 + GRACE_MS);
    expect(expireAway(session, 5000 + GRACE_MS - 1)).toEqual([]);
    expect(outline(resumePeer(session, 'b'))).toEqual([
      'b <- on-policy-change',
      'b <- peer-list',
      'b <- room-info',
      'b <- session-info',
    ]);
    expect(nextExpiryAt(session)).toBeUndefined();
    peerDisconnected(session, 'b', 10_000);
    expect(outline(expireAway(session, 10_000 + GRACE_MS))).toContain('a <- on-peer-leave');
    expect(() => resumePeer(session, 'b')).toThrow('not in this session');
  });
});

describe('changing oneself', () => {
  it('ROOM8: tells the others the whole peer, and nobody when nothing changed', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'viewer');
    const effects = updatePeer(session, 'b', { name: 'Bo', data: '{"hand":1}' });
    expect(outline(effects)).toEqual(['a <- on-peer-update']);
    expect(sent(effects, 'on-peer-update')).toEqual({
      peer_id: 'b',
      role: 'viewer',
      groups: [],
      info: { name: 'Bo', data: '{"hand":1}', user_id: 'user-b', type: 'regular' },
      realtime: true,
    });
    expect(updatePeer(session, 'b', { name: 'Bo' })).toEqual([]);
    expect(updatePeer(session, 'b', {})).toEqual([]);
    expect(() => updatePeer(session, 'x', { name: 'X' })).toThrow('not in this session');
  });
});

describe('ending the room', () => {
  it('ROOM9: needs the permission, tells all others, and lets nobody in or act afterwards', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'guest');
    enter(session, 'c', 'viewer');
    expect(() => endRoom(session, 'b', { lock: true, reason: '' })).toThrow('endRoom');
    const effects = endRoom(session, 'a', { lock: true, reason: 'done' });
    expect(outline(effects)).toEqual(['b,c <- on-peer-leave-request', 'roomLocked', 'sessionEnded']);
    expect(sent(effects, 'on-peer-leave-request')).toEqual({ requested_by: 'a', reason: 'done', room_end: true });
    expect(() => joinPeer(session, request('d', 'viewer'), 0)).toThrow('ended');
    expect(() => updatePeer(session, 'b', { name: 'x' })).toThrow('ended');
    expect(outline(leavePeer(session, 'a'))).toContain('a gone');
  });

  it('ROOM9: locks only when asked', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    expect(outline(endRoom(session, 'a', { lock: false, reason: '' }))).toEqual(['sessionEnded']);
  });
});
