import type { Role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { enter, makeRole, makeSession, outline, ROLES } from '../test/session-fixture.ts';
import {
  acceptRoleChange,
  changeRolesOfTemplate,
  checkJoin,
  permittedTracks,
  policyFor,
  requestRoleChange,
  type Session,
  visibleTracks,
} from './index.ts';

function stage(): Session {
  const session = makeSession();
  enter(session, 'a', 'host', 'a1');
  enter(session, 'b', 'guest', 'a2', 'v2');
  enter(session, 'c', 'audience');
  enter(session, 'd', 'viewer');
  return session;
}

const without = (name: string): Record<string, Role> =>
  Object.fromEntries(Object.entries(ROLES).filter(([key]) => key !== name));
const newcomer = (roleName: string) => ({ peerId: 'n', bearer: 'token-n', roleName, name: 'N', data: '' });
const policies = (session: Session, roles: Readonly<Record<string, Role>>): string[] =>
  outline(changeRolesOfTemplate(session, roles)).filter((line) => line.endsWith('on-policy-change'));

describe('a template that changes while a session runs', () => {
  it('ROLE20: everyone gets the new roles, once; the same roles are no change', () => {
    const session = stage();
    const roles = { ...ROLES, viewer: makeRole('viewer', { priority: 5 }) };
    const effects = changeRolesOfTemplate(session, roles);
    expect(outline(effects)).toEqual([
      'a <- on-policy-change',
      'b <- on-policy-change',
      'c <- on-policy-change',
      'd <- on-policy-change',
      'subscriptions of a,b,c,d',
      'membershipChanged',
    ]);
    // As they come from a database: other objects, other order.
    const again = Object.fromEntries(
      Object.entries(roles)
        .reverse()
        .map(([name, role]) => [name, JSON.parse(JSON.stringify(role)) as Role]),
    );
    expect(changeRolesOfTemplate(session, again)).toEqual([]);
  });

  it('ROLE20: a permission counts from then on, and not any more', () => {
    const session = stage();
    const may = (): unknown =>
      requestRoleChange(session, 'b', { requested_for: 'd', role: 'audience', force: false }, 0);
    expect(may).toThrow('changeRole');
    changeRolesOfTemplate(session, { ...ROLES, guest: makeRole('guest', { permissions: { changeRole: true } }) });
    expect(may).not.toThrow();
    changeRolesOfTemplate(session, ROLES);
    expect(may).toThrow('changeRole');
  });

  it('ROLE21: what may not be published any more is closed and withdrawn; the rest stays', () => {
    const session = stage();
    const guest = makeRole('guest', {
      publishParams: { allowed: ['audio'] },
      subscribeParams: { subscribeToRoles: ['host', 'guest'] },
    });
    const lines = outline(changeRolesOfTemplate(session, { ...ROLES, guest }));
    expect(lines).toContain('a,c <- on-track-remove');
    expect(lines).toContain('close v2 of b');
    expect(lines).not.toContain('close a2 of b');
    expect([...visibleTracks(session, 'c').keys()]).toEqual(['a1', 'a2']);
    const offered = {
      v3: { track_id: 'v3', stream_id: 's', type: 'video', source: 'regular', description: '', mute: false },
    } as const;
    expect(permittedTracks(session, 'b', offered).size).toBe(0);
  });

  it('ROLE21: whom a role sees changes at once, both ways', () => {
    const session = stage();
    const audience = makeRole('audience', { subscribeParams: { subscribeToRoles: ['host'] } });
    expect(outline(changeRolesOfTemplate(session, { ...ROLES, audience }))).toContain('c <- on-track-remove');
    expect([...visibleTracks(session, 'c').keys()]).toEqual(['a1']);
    expect(outline(changeRolesOfTemplate(session, ROLES))).toContain('c <- on-track-add');
    expect([...visibleTracks(session, 'c').keys()]).toEqual(['a1', 'a2', 'v2']);
  });

  it('ROLE21: one who comes on stage by it is listed to everyone', () => {
    const session = makeSession({ maxListed: 0 });
    enter(session, 'a', 'viewer');
    enter(session, 'b', 'viewer');
    const viewer = makeRole('viewer', { publishParams: { allowed: ['audio'] } });
    const effects = changeRolesOfTemplate(session, { ...ROLES, viewer });
    expect(outline(effects).filter((line) => line.endsWith('on-peer-update'))).toEqual([
      'b <- on-peer-update',
      'a <- on-peer-update',
    ]);
  });

  it('ROLE22: a role that vanished stays with those who have it, and nobody else gets it', () => {
    const session = stage();
    requestRoleChange(session, 'a', { requested_for: 'd', role: 'guest', force: false }, 0);
    const token = session.members.get('d')?.roleOffers[0]?.token ?? '';
    expect(outline(changeRolesOfTemplate(session, without('guest')))).toEqual([]);
    expect(session.members.get('b')?.role.name).toBe('guest');
    expect(visibleTracks(session, 'c').size).toBe(3);
    // Whoever sees a holder needs to find it among the roles (client protocol, 9.3).
    expect(policyFor(session, 'viewer').known_roles).toHaveProperty('guest');
    expect(() => checkJoin(session, newcomer('guest'))).toThrow('is not a role of this room');
    expect(() => requestRoleChange(session, 'a', { requested_for: 'c', role: 'guest', force: true }, 0)).toThrow(
      'is not a role of this template',
    );
    expect(() => acceptRoleChange(session, 'd', { role: 'guest', token }, 0)).toThrow('is not a role of this template');
    // They can be taken out of it, one by one or all together.
    requestRoleChange(session, 'a', { roles: ['guest'], role: 'viewer', force: true }, 0);
    expect(session.members.get('b')?.role.name).toBe('viewer');
  });

  it('ROLE22: it is as any other when it comes back', () => {
    const session = stage();
    changeRolesOfTemplate(session, without('guest'));
    expect(policies(session, ROLES)).toHaveLength(0);
    expect(() => checkJoin(session, newcomer('guest'))).not.toThrow();
  });

  it('ROLE25: a role with another name is the same role to those who have it, and to those who see them', () => {
    const session = stage();
    const seen = (role: Role): Role => ({
      ...role,
      subscribeParams: {
        ...role.subscribeParams,
        subscribeToRoles: role.subscribeParams.subscribeToRoles.map((name) => (name === 'guest' ? 'visitor' : name)),
      },
    });
    const roles = Object.fromEntries(
      Object.entries({ ...without('guest'), visitor: { ...ROLES.guest!, name: 'visitor' } }).map(([name, role]) => [
        name,
        seen(role),
      ]),
    );
    const lines = outline(changeRolesOfTemplate(session, roles, { from: 'guest', to: 'visitor' }));
    expect(lines).toContain('a,c,d <- on-peer-update');
    expect(lines.filter((line) => line.includes('track'))).toEqual([]);
    expect(session.members.get('b')?.role.name).toBe('visitor');
    expect(visibleTracks(session, 'c').size).toBe(3);
    expect(policyFor(session, 'visitor').known_roles).not.toHaveProperty('guest');
  });

  it('ROLE23: fewer places put nobody out', () => {
    const session = stage();
    changeRolesOfTemplate(session, { ...ROLES, audience: makeRole('audience', { maxPeerCount: -1 }) });
    expect(session.members.has('c')).toBe(true);
    expect(() => checkJoin(session, newcomer('audience'))).toThrow();
  });
});
