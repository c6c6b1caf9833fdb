import { describe, expect, test } from 'vitest';
import { enter, factsOf, makeSession, outline, sent } from '../test/session-fixture.ts';
import { announce, changePeer, endSession, peersMatching, removePeers, type Session } from './index.ts';

function makeShow(): Session {
  const session = makeSession();
  enter(session, 'h', 'host', 'a1');
  enter(session, 'g', 'guest', 'v1');
  enter(session, 'v', 'viewer');
  return session;
}

describe('back ends', () => {
  test.each([
    [{}, 'g,h,v', { private: false }],
    [{ role: 'viewer' }, 'v', { private: false, roles: ['viewer'] }],
    [{ peerId: 'g', role: 'viewer' }, 'g', { private: true }],
  ])('BE1, BE2: a message to %j goes to %s, without a sender', (target, to, how) => {
    const effects = announce(makeShow(), { ...target, message: 'hi', type: 'chat' }, 7);
    expect(outline(effects)).toEqual([`${to} <- on-broadcast`]);
    expect(sent(effects, 'on-broadcast')).toEqual({
      ...how,
      message_id: 'id-1',
      timestamp: 7,
      info: { type: 'chat', message: 'hi' },
    });
  });

  test('BE3: name and role change at once, and the peer is told of both', () => {
    const session = makeShow();
    const effects = changePeer(session, 'v', { name: 'Vic', data: '{}', role: 'audience' });
    expect(session.members.get('v')).toMatchObject({ name: 'Vic', data: '{}', role: { name: 'audience' } });
    expect(outline(effects)).toEqual(
      expect.arrayContaining(['v <- on-policy-change', 'g,h <- on-peer-update', 'v <- on-peer-update']),
    );
    expect(factsOf(effects)).toMatchObject([{ type: 'roleChanged', peerId: 'v', by: '', agreed: false }]);
  });

  test.each([
    ['a full role', { name: 'Vic', role: 'nobody' }, /nobody/],
    ['an unknown role', { name: 'Vic', role: 'king' }, /king/],
    ['metadata without room', { role: 'audience', data: 'x'.repeat(50_000) }, /metadata|data/],
  ])('BE3: with %s nothing is changed', (_what, change, message) => {
    const session = makeShow();
    expect(() => changePeer(session, 'v', change)).toThrow(message);
    expect(session.members.get('v')).toMatchObject({ name: 'V', data: '', role: { name: 'viewer' } });
  });

  test('BE4: all of a role are told why, are out, and do not come back', () => {
    const session = makeShow();
    const effects = removePeers(session, { role: 'guest' }, 'rehearsal is over');
    expect(sent(effects, 'on-peer-leave-request')).toEqual({ reason: 'rehearsal is over', room_end: false });
    expect(effects.at(-1)).toEqual({ type: 'bearerBarred', bearer: 'token-g' });
    expect([...session.members.keys()]).toEqual(['h', 'v']);
    expect(() => removePeers(session, {}, '')).toThrow(/give peer_id or role/);
    expect(() => removePeers(session, { peerId: 'g' }, '')).toThrow(/no peer g/);
  });

  test('BE5: everyone is sent away, and the room is locked', () => {
    const session = makeShow();
    expect(outline(endSession(session, { lock: true, reason: 'late' }))).toEqual([
      'g,h,v <- on-peer-leave-request',
      'roomLocked',
      'sessionEnded',
    ]);
    expect(session.ended).toBe(true);
  });

  test('BE1: who matches role and user id', () => {
    const session = makeShow();
    const ids = (wanted: Parameters<typeof peersMatching>[1]) =>
      peersMatching(session, wanted).map(({ peerId }) => peerId);
    expect([
      ids({}),
      ids({ role: 'guest' }),
      ids({ userId: 'user-v' }),
      ids({ role: 'guest', userId: 'user-v' }),
    ]).toEqual([['h', 'g', 'v'], ['g'], ['v'], []]);
  });
});
