import { ROLE_REQUEST_MS } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { enter, makeSession, outline, sent } from '../test/session-fixture.ts';
import {
  acceptRoleChange,
  broadcast,
  leavePeer,
  MAX_OPEN_REQUESTS,
  peerDisconnected,
  requestRoleChange,
  resumePeer,
  type Session,
  visibleTracks,
} from './index.ts';

const stage = (): Session => {
  const session = makeSession();
  enter(session, 'a', 'host', 'a1');
  enter(session, 'b', 'guest', 'a2', 'v2');
  enter(session, 'c', 'audience');
  enter(session, 'd', 'viewer');
  return session;
};

const roleOf = (session: Session, peerId: string) => session.members.get(peerId)?.role.name;

describe('a forced role change', () => {
  it('ROOM20: upwards: policy first, then the others, then what the peer may see now', () => {
    const session = stage();
    const effects = requestRoleChange(session, 'a', { requested_for: 'd', role: 'guest', force: true }, 0);
    expect(outline(effects)).toEqual([
      'd <- on-policy-change',
      'a,b,c <- on-peer-update',
      'd <- on-track-add',
      'd <- on-track-add',
      'subscriptions of d',
      'membershipChanged',
    ]);
    expect(sent(effects, 'on-policy-change')).toMatchObject({ name: 'guest', template_id: 'template-1' });
    expect(sent(effects, 'on-peer-update')).toMatchObject({ peer_id: 'd', role: 'guest', realtime: true });
    expect(visibleTracks(session, 'd').size).toBe(3);
  });

  it('ROOM21: downwards: closes what is not allowed any more and withdraws what is not seen any more', () => {
    const session = stage();
    const effects = requestRoleChange(session, 'a', { requested_for: 'b', role: 'viewer', force: true }, 0);
    expect(outline(effects)).toEqual([
      'b <- on-policy-change',
      'a,c,d <- on-peer-update',
      'a,c <- on-track-remove',
      'close a2 of b',
      'close v2 of b',
      'b <- on-track-remove',
      'subscriptions of a,b,c',
      'membershipChanged',
    ]);
    expect(visibleTracks(session, 'c').has('a2')).toBe(false);
    expect(visibleTracks(session, 'b').size).toBe(0);
  });

  it('ROOM22: sideways: shows kept tracks to those who subscribe to the new role', () => {
    const { host, guest, viewer, audience } = makeSession().roles;
    const fans = {
      ...audience!,
      name: 'fans',
      subscribeParams: { ...audience!.subscribeParams, subscribeToRoles: ['host'] },
    };
    const session = makeSession({ roles: { host: host!, guest: guest!, viewer: viewer!, audience: audience!, fans } });
    enter(session, 'a', 'host');
    enter(session, 'b', 'guest', 'a2');
    enter(session, 'f', 'fans');
    const effects = requestRoleChange(session, 'a', { requested_for: 'b', role: 'host', force: true }, 0);
    expect(outline(effects)).toContain('f <- on-track-add');
    expect(outline(effects).filter((line) => line.includes('remove') || line.includes('close'))).toEqual([]);
    expect(visibleTracks(session, 'f').has('a2')).toBe(true);
    const back = requestRoleChange(session, 'b', { requested_for: 'b', role: 'guest', force: true }, 0);
    expect(outline(back)).toContain('f <- on-track-remove');
    expect(visibleTracks(session, 'a').has('a2')).toBe(true);
  });

  it('ROOM23: does nothing when the role is the same', () => {
    expect(requestRoleChange(stage(), 'a', { requested_for: 'd', role: 'viewer', force: true }, 0)).toEqual([]);
  });

  it('ROOM24: in bulk changes all holders, or none when they do not fit', () => {
    const session = stage();
    enter(session, 'e', 'viewer');
    expect(() => requestRoleChange(session, 'a', { roles: ['viewer'], role: 'guest', force: true }, 0)).toThrow(
      'role guest is full: 1 of 2 peers',
    );
    expect(roleOf(session, 'd')).toBe('viewer');
    requestRoleChange(session, 'a', { roles: ['viewer', 'guest'], role: 'audience', force: true }, 0);
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => roleOf(session, id))).toEqual([
      'host',
      'audience',
      'audience',
      'audience',
      'audience',
    ]);
  });

  it('ROOM25: refuses without the permission, and malformed or unknown targets', () => {
    const session = stage();
    const change = { requested_for: 'd', role: 'guest', force: true };
    expect(() => requestRoleChange(session, 'b', change, 0)).toThrow('changeRole');
    expect(() => requestRoleChange(session, 'a', { ...change, role: 'king' }, 0)).toThrow('"king" is not a role');
    expect(() => requestRoleChange(session, 'a', { ...change, role: '__internal_recorder' }, 0)).toThrow('not a role');
    expect(() => requestRoleChange(session, 'a', { ...change, requested_for: 'x' }, 0)).toThrow('no peer x');
    expect(() => requestRoleChange(session, 'a', { role: 'guest', force: true }, 0)).toThrow('either');
    expect(() => requestRoleChange(session, 'a', { ...change, roles: ['viewer'] }, 0)).toThrow('either');
    expect(() => requestRoleChange(session, 'a', { roles: ['king'], role: 'guest', force: true }, 0)).toThrow('"king"');
    expect(roleOf(session, 'd')).toBe('viewer');
  });
});

describe('a role change by consent', () => {
  const ask = (session: Session, role = 'guest', now = 0): string => {
    const effects = requestRoleChange(session, 'a', { requested_for: 'd', role, force: false }, now);
    expect(outline(effects)).toEqual(['d <- on-role-change-request']);
    return (sent(effects, 'on-role-change-request') as { token: string }).token;
  };

  it('ROOM26: happens when the target accepts, once', () => {
    const session = stage();
    const token = ask(session);
    expect(roleOf(session, 'd')).toBe('viewer');
    const effects = acceptRoleChange(session, 'd', { role: 'guest', token }, 0);
    expect(outline(effects)[0]).toBe('d <- on-policy-change');
    expect(roleOf(session, 'd')).toBe('guest');
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token }, 0)).toThrow('no open request');
  });

  it('ROOM26: only for the peer and the role it was made for', () => {
    const session = stage();
    const token = ask(session);
    expect(() => acceptRoleChange(session, 'c', { role: 'guest', token }, 0)).toThrow('no open request');
    expect(() => acceptRoleChange(session, 'd', { role: 'host', token }, 0)).toThrow('no open request');
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token: 'id-0' }, 0)).toThrow('no open request');
    expect(acceptRoleChange(session, 'd', { role: 'guest', token }, 0)).not.toEqual([]);
  });

  it('ROOM29: a request expires, one that is newer stays', () => {
    const session = stage();
    const [old, newer] = [ask(session), ask(session, 'audience', 1_000)];
    const late = ROLE_REQUEST_MS;
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token: old }, late)).toThrow('no open request');
    expect(acceptRoleChange(session, 'd', { role: 'audience', token: newer }, late)).not.toEqual([]);
    ask(session, 'guest', late);
    expect(session.members.get('d')?.roleOffers).toHaveLength(1);
  });

  it('ROOM29: who comes back is asked again what is open, and not what was declined', () => {
    const session = stage();
    const [declined, open] = [ask(session), ask(session, 'audience')];
    const refusal = (token: string) => ({
      peer_id: 'a',
      info: { type: 'role_change_declined', message: JSON.stringify({ role: 'guest', token, peerName: 'Dora' }) },
    });
    broadcast(session, 'c', refusal(open), 0);
    broadcast(session, 'd', refusal(declined), 0);
    expect(session.members.get('d')?.roleOffers.map(({ token }) => token)).toEqual([open]);
    peerDisconnected(session, 'd', 0);
    const asked = outline(resumePeer(session, 'd', 0)).filter((line) => line.endsWith('on-role-change-request'));
    expect(asked).toHaveLength(1);
    peerDisconnected(session, 'd', 0);
    expect(outline(resumePeer(session, 'd', ROLE_REQUEST_MS)).join()).not.toContain('on-role-change-request');
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token: declined }, 0)).toThrow('no open request');
  });

  it('ROOM27: is checked for room again when it is accepted', () => {
    const session = stage();
    const token = ask(session);
    enter(session, 'e', 'guest');
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token }, 0)).toThrow('full');
    leavePeer(session, 'e', { why: 'left' });
    expect(acceptRoleChange(session, 'd', { role: 'guest', token }, 0)).not.toEqual([]);
  });

  it('ROOM28: keeps a bounded number of open requests, and none of a peer that left', () => {
    const session = stage();
    const tokens = Array.from({ length: MAX_OPEN_REQUESTS + 3 }, () => ask(session, 'audience'));
    expect(session.members.get('d')?.roleOffers).toHaveLength(MAX_OPEN_REQUESTS);
    expect(() => acceptRoleChange(session, 'd', { role: 'audience', token: tokens[0]! }, 0)).toThrow('no open request');
    leavePeer(session, 'd', { why: 'left' });
    enter(session, 'd', 'viewer');
    expect(() => acceptRoleChange(session, 'd', { role: 'audience', token: tokens.at(-1)! }, 0)).toThrow(
      'no open request',
    );
  });
});
