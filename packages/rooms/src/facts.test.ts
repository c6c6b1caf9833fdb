import { describe, expect, it } from 'vitest';
import { enter, factsOf, makeSession, makeTrack, sent } from '../test/session-fixture.ts';
import {
  acceptRoleChange,
  broadcast,
  checkStreamStart,
  type Effects,
  endRoom,
  expireAway,
  factsOfEnd,
  GRACE_MS,
  handleStreamEvent,
  joinPeer,
  leavePeer,
  peerDisconnected,
  publishTracks,
  removePeer,
  requestRoleChange,
  resumePeer,
  SEAT_KEPT_MS,
  type Session,
  unpublishTracks,
  updatePeer,
  updateTracks,
} from './index.ts';

const stage = (change: Parameters<typeof makeSession>[0] = {}): Session => {
  const session = makeSession(change);
  enter(session, 'a', 'host');
  enter(session, 'v', 'viewer');
  return session;
};

const viewer = { peerId: 'v', userId: 'user-v', role: 'viewer' };

describe('FACT1: each rule says what has happened', () => {
  it('a peer joined, once, however often its join is repeated', () => {
    const session = stage();
    expect(factsOf(enter(session, 'w', 'viewer'))).toMatchObject([
      { type: 'peerJoined', peerId: 'w', userId: 'user-w', role: 'viewer', name: 'W' },
    ]);
    expect(factsOf(enter(session, 'w', 'viewer'))).toEqual([]);
  });

  it('a peer left, and why', () => {
    const left = { type: 'peerLeft', ...viewer, joinedAt: 2000 };
    expect(factsOf(leavePeer(stage(), 'v', { why: 'left' }))).toMatchObject([{ ...left, why: 'left' }]);

    const removing = stage({ roles: { ...makeSession().roles } });
    const host = removing.members.get('a')!;
    host.role = { ...host.role, permissions: { ...host.role.permissions, removeOthers: true } };
    expect(factsOf(removePeer(removing, 'a', { requested_for: 'v', reason: '' }))).toMatchObject([
      { ...left, why: 'removed', by: 'a' },
    ]);

    const losing = stage();
    peerDisconnected(losing, 'v', 3000);
    expect(factsOf(expireAway(losing, 3000 + GRACE_MS - 1))).toMatchObject([]);
    expect(factsOf(expireAway(losing, 3000 + GRACE_MS))).toMatchObject([{ ...left, why: 'lost' }]);
  });

  it('a peer left because its owner or somebody else took its place', () => {
    const replaced = stage();
    peerDisconnected(replaced, 'v', 3000);
    const { bearer, name } = replaced.members.get('v')!;
    const again = {
      peerId: 'v2',
      userId: 'user-v',
      identity: 'user user-v',
      bearer,
      roleName: 'viewer',
      name,
      data: '',
    };
    expect(factsOf(joinPeer(replaced, again, 4000))).toMatchObject([
      { type: 'peerLeft', peerId: 'v', why: 'replaced' },
      { type: 'peerJoined', peerId: 'v2' },
    ]);

    const full = stage({ maxPeers: 2 });
    peerDisconnected(full, 'v', 3000);
    expireAway(full, 3000 + SEAT_KEPT_MS);
    expect(factsOf(enter(full, 'w', 'viewer'))).toMatchObject([
      { type: 'peerLeft', peerId: 'v', why: 'yielded' },
      { type: 'peerJoined', peerId: 'w' },
    ]);
  });

  it('roles changed, by whom, and whether the peer was asked', () => {
    const session = stage();
    enter(session, 'w', 'viewer');
    const forced = requestRoleChange(session, 'a', { roles: ['viewer'], role: 'audience', force: true }, 0);
    const changed = { type: 'roleChanged', from: 'viewer', role: 'audience', by: 'a', agreed: false };
    expect(factsOf(forced)).toMatchObject([
      { ...changed, peerId: 'v' },
      { ...changed, peerId: 'w' },
    ]);
    const asked = requestRoleChange(session, 'a', { requested_for: 'v', role: 'guest', force: false }, 0);
    expect(factsOf(asked)).toEqual([]);
    const { token } = sent(asked, 'on-role-change-request') as { token: string };
    expect(factsOf(acceptRoleChange(session, 'v', { role: 'guest', token }, 0))).toMatchObject([
      { type: 'roleChanged', peerId: 'v', userId: 'user-v', from: 'audience', role: 'guest', by: 'a', agreed: true },
    ]);
  });

  it('a message was sent, to whom; not what it says', () => {
    const session = stage();
    const info = { message: 'hush', type: 'chat' };
    const to = (more: object) => factsOf(broadcast(session, 'a', { info, ...more }, 5).effects);
    const message = { type: 'messageSent', messageId: expect.any(String), peerId: 'a' };
    expect(to({})).toEqual([{ ...message, recipients: { to: 'everyone' } }]);
    expect(to({ roles: ['viewer'] })).toEqual([{ ...message, recipients: { to: 'roles', roles: ['viewer'] } }]);
    expect(to({ peer_id: 'v' })).toEqual([{ ...message, recipients: { to: 'peer', peerId: 'v' } }]);
  });

  it('a track came, was muted by its owner or a host, and went', () => {
    const session = stage();
    const track = { trackId: 'a1', streamId: 's-a1', kind: 'audio', source: 'regular', startedAt: 5 };
    const happened = (effects: Effects) =>
      factsOf(effects).map((fact) =>
        'track' in fact && 'peerId' in fact ? [fact.type, fact.peerId, fact.track] : fact.type,
      );
    const muted = makeTrack('a1', { mute: true });
    expect(happened(publishTracks(session, 'a', [makeTrack('a1')], 5))).toEqual([
      ['trackAdded', 'a', { ...track, muted: false }],
    ]);
    expect(happened(updateTracks(session, 'a', { a1: muted }))).toEqual([
      ['trackUpdated', 'a', { ...track, muted: true }],
    ]);
    expect(happened(updateTracks(session, 'a', { a1: { ...muted, description: 'x' } }))).toEqual([]);
    expect(happened(unpublishTracks(session, 'a', ['a1', 'a2']))).toEqual([
      ['trackRemoved', 'a', { ...track, muted: true }],
    ]);
  });

  it('tracks go with their peer, with a role that may not have them, and with the session', () => {
    const types = (effects: Effects) => factsOf(effects).map((fact) => fact.type);
    const session = stage();
    enter(session, 'g', 'guest', 'a1');
    enter(session, 'h', 'guest', 'a2', 'v2');
    expect(types(requestRoleChange(session, 'a', { requested_for: 'g', role: 'audience', force: true }, 0))).toEqual([
      'roleChanged',
      'trackRemoved',
    ]);
    enter(session, 'k', 'guest', 'a3');
    expect(types(leavePeer(session, 'k', { why: 'left' }))).toEqual(['trackRemoved', 'peerLeft']);
    expect(types(factsOfEnd(session)).filter((type) => type === 'trackRemoved')).toHaveLength(2);
  });

  it('being away mutes no track', () => {
    const session = stage();
    enter(session, 'g', 'guest', 'a1');
    peerDisconnected(session, 'g', 3000);
    const absent = expireAway(session, 3000 + SEAT_KEPT_MS);
    expect(sent(absent, 'on-track-update')).toMatchObject({ tracks: { a1: { mute: true } } });
    expect(factsOf(absent)).toEqual([]);
    expect(factsOf(resumePeer(session, 'g', 0))).toEqual([]);
  });

  it('a stream is in another phase', () => {
    const session = stage();
    const beginning = { streamId: 's', initialisedAt: 1, destination: 'd', playlistType: 'no-dvr' } as const;
    const facts = [
      handleStreamEvent(session, { type: 'requested', ...beginning }),
      handleStreamEvent(session, { type: 'playable', streamId: 's', path: '/s', at: 2 }),
      handleStreamEvent(session, { type: 'playable', streamId: 's', path: '/s', at: 3 }),
      handleStreamEvent(session, {
        ...{ type: 'failed', streamId: 's', errorType: 'INTERNAL_ERROR' },
        error: { code: 500, message: 'no core left' },
      }),
    ].flatMap(factsOf);
    const changed = { type: 'streamChanged', streamId: 's' };
    expect(facts).toEqual([
      { ...changed, phase: 'initialised' },
      { ...changed, phase: 'started' },
      { ...changed, phase: 'failed', why: 'no core left', errorType: 'INTERNAL_ERROR' },
    ]);
    expect(() => checkStreamStart(session, {})).toThrow();
  });

  it('a session ended, and who was in it until then', () => {
    const session = stage();
    expect(factsOf(endRoom(session, 'a', { lock: true, reason: '' }))).toEqual([{ type: 'roomLocked', by: 'a' }]);
    expect(factsOf(factsOfEnd(session))).toMatchObject([
      { type: 'peerLeft', peerId: 'a', why: 'sessionEnded', by: 'a' },
      { type: 'peerLeft', peerId: 'v', why: 'sessionEnded', by: 'a' },
      { type: 'sessionEnded', ending: { by: 'a', reason: '', lock: true } },
    ]);
  });

  it('nothing of the hidden peer, and nothing that is only told', () => {
    const session = stage();
    expect(factsOf(enter(session, 'r', '__internal_recorder'))).toEqual([]);
    expect(factsOf(leavePeer(session, 'r', { why: 'left' }))).toEqual([]);
    expect(factsOf(updatePeer(session, 'v', { name: 'Vera' }))).toEqual([]);
  });
});
