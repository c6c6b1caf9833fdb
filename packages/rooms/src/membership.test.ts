import { describe, expect, it } from 'vitest';
import { enter, makeSession, makeTrack, outline, sent } from '../test/session-fixture.ts';
import { changeGroup, HAND_RAISED } from './groups.ts';
import {
  ABSENCE_TOLD_MS,
  checkJoin,
  endRoom,
  expireAway,
  GRACE_MS,
  joinPeer,
  leavePeer,
  nextExpiryAt,
  peerDisconnected,
  publishTracks,
  requestRoleChange,
  resumePeer,
  SEAT_KEPT_MS,
  sessionInfoOf,
  updatePeer,
  updateTracks,
} from './index.ts';

const request = (peerId: string, roleName: string) => ({
  peerId,
  roleName,
  userId: 'u',
  identity: `user user-${peerId}`,
  bearer: `token-${peerId}`,
  name: 'n',
  data: '',
});

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
        hls: { enabled: false, state: 'none', config: { hls_vod: false, single_file_per_layer: false } },
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
    expect(() => joinPeer(session, request('d', 'viewer'), 0)).toThrow('the room is full: 3 of 3 people');
    expect(session.members.size).toBe(3);
    leavePeer(session, 'c', { why: 'left' });
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
    expect(() => requestRoleChange(session, 'a', { requested_for: 'r', role: 'guest', force: true }, 0)).toThrow(
      'no peer r',
    );
    expect(outline(leavePeer(session, 'r', { why: 'left' }))).toEqual(['r gone']);
  });
});

describe('leaving', () => {
  it('ROOM6: withdraws tracks before the peer, and both before subscriptions change', () => {
    const session = makeSession();
    enter(session, 'a', 'host', 'a1', 'v1');
    enter(session, 'b', 'audience');
    enter(session, 'c', 'viewer');
    expect(outline(leavePeer(session, 'a', { why: 'left' }))).toEqual([
      'b <- on-track-remove',
      'b,c <- on-peer-leave',
      'subscriptions of b',
      'a gone',
      'membershipChanged',
    ]);
    expect(leavePeer(session, 'a', { why: 'left' })).toEqual([]);
    expect(sessionInfoOf(session)).toMatchObject({ peer_count: 2, track_count: 0 });
  });

  it('ROOM4: a repeated join of a peer that was away tells the role it has by now', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'viewer');
    peerDisconnected(session, 'b', 3000);
    requestRoleChange(session, 'a', { requested_for: 'b', role: 'audience', force: true }, 0);
    const back = joinPeer(session, { ...request('b', 'viewer'), name: 'B' }, 4000);
    expect(sent(back, 'on-policy-change')).toMatchObject({ name: 'audience' });
    expect(outline(back).slice(-5)).toEqual([
      'b <- on-policy-change',
      'b <- peer-list',
      'b <- room-info',
      'b <- session-info',
      'b <- on-peer-update',
    ]);
  });

  it('ROOM7: keeps a peer without a socket for the grace time; a short loss is noticed by nobody', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'audience');
    peerDisconnected(session, 'b', 5000);
    expect(nextExpiryAt(session)).toBe(5000 + ABSENCE_TOLD_MS);
    expect(expireAway(session, 5000 + ABSENCE_TOLD_MS - 1)).toEqual([]);
    expect(outline(resumePeer(session, 'b', 0))).toEqual([
      'b <- on-policy-change',
      'b <- peer-list',
      'b <- room-info',
      'b <- session-info',
      'b <- on-peer-update',
    ]);
    expect(nextExpiryAt(session)).toBeUndefined();
    peerDisconnected(session, 'b', 10_000);
    expect(expireAway(session, 10_000 + GRACE_MS - 1)).toEqual([]);
    expect(nextExpiryAt(session)).toBe(10_000 + GRACE_MS);
    expect(outline(expireAway(session, 10_000 + GRACE_MS))).toContain('a <- on-peer-leave');
    expect(() => resumePeer(session, 'b', 0)).toThrow('not in this session');
  });

  it('ROOM4: tells who comes back that its hand was lowered meanwhile', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'audience');
    changeGroup(session, 'b', { name: HAND_RAISED, isIn: true }, 0);
    peerDisconnected(session, 'b', 3000);
    changeGroup(session, 'a', { name: HAND_RAISED, peerId: 'b', isIn: false }, 0);
    expect(sent(resumePeer(session, 'b', 0), 'on-peer-update')).toMatchObject({ peer_id: 'b', groups: [] });
  });

  it('ROOM62: a hand is up since it went up, for who comes later, too, and anew once it was down', () => {
    const session = makeSession();
    const change = (isIn: boolean, name: string, now: number) =>
      sent(changeGroup(session, 'b', { name, isIn }, now).effects, 'on-peer-update');
    enter(session, 'b', 'audience');
    expect(change(true, HAND_RAISED, 4000)).toMatchObject({ hand_raised_at: 4000 });
    expect(change(true, 'other', 5000)).toMatchObject({ hand_raised_at: 4000 });
    expect(sent(enter(session, 'a', 'host'), 'peer-list')).toMatchObject({ peers: { b: { hand_raised_at: 4000 } } });
    expect(change(false, HAND_RAISED, 6000)).not.toHaveProperty('hand_raised_at');
    expect(change(true, HAND_RAISED, 7000)).toMatchObject({ hand_raised_at: 7000 });
  });

  it('ROOM7: gives no more time for a socket that came and went without resuming', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'b', 'guest', 'a1');
    peerDisconnected(session, 'b', 0);
    expect(outline(expireAway(session, ABSENCE_TOLD_MS))).toContain('a <- on-track-update');
    peerDisconnected(session, 'b', GRACE_MS - 1);
    expect(expireAway(session, GRACE_MS - 1)).toEqual([]);
    expect(nextExpiryAt(session)).toBe(GRACE_MS);
    expect(outline(expireAway(session, GRACE_MS))).toContain('a <- on-peer-leave');
  });
});

describe('being away', () => {
  /** `guest` with both devices on, away since 0 and told as absent. */
  function withAbsentGuest(change: Parameters<typeof makeSession>[0] = {}) {
    const session = makeSession(change);
    enter(session, 'a', 'host');
    enter(session, 'g', 'guest', 'a1', 'v1');
    peerDisconnected(session, 'g', 0);
    return { session, told: expireAway(session, ABSENCE_TOLD_MS) };
  }

  it('ROOM50: tracks of an absent peer are told as muted, and held back, until it is there again', () => {
    const { session, told } = withAbsentGuest();
    expect(outline(told)).toEqual(['mute a1 of g', 'mute v1 of g', 'a <- on-track-update']);
    expect(sent(told, 'on-track-update')).toMatchObject({ tracks: { a1: { mute: true }, v1: { mute: true } } });
    const newcomer = sent(enter(session, 'c', 'audience'), 'peer-list');
    expect(newcomer).toMatchObject({ peers: { g: { tracks: { a1: { mute: true }, v1: { mute: true } } } } });
    const back = resumePeer(session, 'g', 0);
    expect(outline(back).slice(0, 4)).toEqual([
      'unmute a1 of g',
      'unmute v1 of g',
      'a,c <- on-track-update',
      'g <- on-policy-change',
    ]);
    expect(sent(back, 'on-track-update')).toMatchObject({ tracks: { a1: { mute: false }, v1: { mute: false } } });
  });

  it('ROOM50: what was off stays off on return, and a late word of the owner switches nothing on', () => {
    const { session } = withAbsentGuest();
    expect(outline(updateTracks(session, 'g', { v1: makeTrack('v1', { mute: true }) }))).toEqual([]);
    const onAgain = { v1: makeTrack('v1'), a1: makeTrack('a1', { mute: true }) };
    expect(outline(updateTracks(session, 'g', onAgain))).toEqual([]);
    const late = publishTracks(session, 'g', [makeTrack('v2')], 0);
    expect(outline(late)).toEqual(['mute v2 of g', 'a <- on-track-add', 'subscriptions of a', 'membershipChanged']);
    expect(sent(late, 'on-track-add')).toMatchObject({ tracks: { v2: { mute: true } } });
    expect(sent(resumePeer(session, 'g', 0), 'on-track-update')).toMatchObject({
      tracks: { v1: { mute: false }, v2: { mute: false } },
    });
  });

  it('ROOM51: who comes back with the same token and name takes the place of their away peer at once', () => {
    const session = makeSession({ maxPeers: 2 });
    enter(session, 'a', 'host');
    enter(session, 'g', 'guest', 'v1');
    const again = { ...request('g2', 'guest'), bearer: 'token-g', name: 'G' };
    expect(() => checkJoin(session, again)).toThrow('the room is full');
    peerDisconnected(session, 'g', 0);
    expect(outline(joinPeer(session, again, 100))).toEqual([
      'a <- on-track-remove',
      'a <- on-peer-leave',
      'subscriptions of a',
      'g gone',
      'membershipChanged',
      'g2 <- peer-list',
      'g2 <- room-info',
      'g2 <- session-info',
      'a <- on-peer-join',
      'subscriptions of g2',
      'membershipChanged',
    ]);
    expect([...session.members.keys()]).toEqual(['a', 'g2']);
  });

  it.each([
    ['another token', { bearer: 'token-x', name: 'G' }],
    ['another name: back ends may hand one token to many', { bearer: 'token-g', name: 'Gwen' }],
  ])('ROOM51: nobody is replaced by %s', (_, person) => {
    const { session } = withAbsentGuest({ maxPeers: 2 });
    expect(() => joinPeer(session, { ...request('g2', 'guest'), ...person }, 5000)).toThrow('the room is full');
    expect(session.members.has('g')).toBe(true);
  });

  it('ROOM51: a person who came anew before the loss was seen stands there once', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'g', 'guest');
    joinPeer(session, { ...request('g2', 'guest'), bearer: 'token-g', name: 'G' }, 3000);
    peerDisconnected(session, 'g', 20_000);
    expect(outline(expireAway(session, 20_000 + ABSENCE_TOLD_MS))).toContain('a,g2 <- on-peer-leave');
    expect(session.members.has('g2')).toBe(true);
  });

  it('ROOM52: the seat of an absent peer is kept for a while, then it goes to whoever needs one', () => {
    const { session } = withAbsentGuest({ maxPeers: 2 });
    expect(() => joinPeer(session, request('d', 'viewer'), 0)).toThrow('the room is full: 2 of 2 people');
    expireAway(session, SEAT_KEPT_MS);
    expect(session.members.has('g')).toBe(true);
    expect(outline(joinPeer(session, request('d', 'viewer'), 0))).toContain('a <- on-peer-leave');
    expect([...session.members.keys()]).toEqual(['a', 'd']);
  });

  it('ROOM52: no more seats are taken than are needed, longest absent first, and in the role before the room', () => {
    const session = makeSession({ maxPeers: 4 });
    enter(session, 'w', 'viewer');
    enter(session, 'g', 'guest');
    enter(session, 'h', 'guest');
    enter(session, 'a', 'host');
    peerDisconnected(session, 'w', 0);
    peerDisconnected(session, 'h', 1);
    peerDisconnected(session, 'g', 2);
    expireAway(session, 2 + SEAT_KEPT_MS);
    joinPeer(session, request('i', 'guest'), 0);
    expect([...session.members.keys()]).toEqual(['w', 'g', 'a', 'i']);
    expect(() => joinPeer(session, request('x', 'nobody'), 0)).toThrow('role nobody is full');
  });

  it('ROOM52: a role change gets the seat as well', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    enter(session, 'v', 'viewer');
    enter(session, 'g', 'guest');
    enter(session, 'h', 'guest');
    peerDisconnected(session, 'g', 0);
    const invite = { requested_for: 'v', role: 'guest', force: true };
    expect(() => requestRoleChange(session, 'a', invite, 0)).toThrow('role guest is full: 2 of 2 peers');
    expireAway(session, SEAT_KEPT_MS);
    expect(outline(requestRoleChange(session, 'a', invite, 0))).toContain('g gone');
    expect(session.members.get('v')?.role.name).toBe('guest');
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
    expect(outline(leavePeer(session, 'a', { why: 'left' }))).toContain('a gone');
  });

  it('ROOM9: locks only when asked', () => {
    const session = makeSession();
    enter(session, 'a', 'host');
    expect(outline(endRoom(session, 'a', { lock: false, reason: '' }))).toEqual(['sessionEnded']);
  });
});
