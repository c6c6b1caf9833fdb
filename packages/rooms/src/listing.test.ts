import { describe, expect, it } from 'vitest';
import { enter, makeRole, makeSession, outline, ROLES, sent } from '../test/session-fixture.ts';
import {
  broadcast,
  changeGroup,
  changeRolesOfTemplate,
  countsOf,
  type Effects,
  HAND_RAISED,
  leavePeer,
  requestRoleChange,
  resumePeer,
  type Session,
  updatePeer,
} from './index.ts';
import { audienceKeyOf, listableMembers } from './listing.ts';

/** Two viewers know each other; whoever comes later is a number. */
const crowd = (): Session => {
  const session = makeSession({ maxListed: 2 });
  enter(session, 'v1', 'viewer');
  enter(session, 'v2', 'viewer');
  enter(session, 'v3', 'viewer');
  return session;
};

const listed = (effects: Effects): string[] =>
  Object.keys((sent(effects, 'peer-list') as { peers: object }).peers).sort();

describe('who is listed to whom', () => {
  it('DEL10: everyone knows those on stage, whenever they come', () => {
    const session = crowd();
    const effects = enter(session, 'h', 'host');
    expect(outline(effects)).toContain('v1,v2,v3 <- on-peer-join');
    expect(listed(effects)).toEqual([]);
    expect(listed(enter(session, 'v4', 'viewer'))).toEqual(['h']);
    expect(outline(leavePeer(session, 'h', { why: 'left' }))).toContain('v1,v2,v3,v4 <- on-peer-leave');
  });

  it('DEL11: of the others, the first ones know each other; the rest is told of to nobody', () => {
    const session = crowd();
    const fourth = enter(session, 'v4', 'viewer');
    expect(listed(fourth)).toEqual([]);
    expect(outline(fourth).filter((line) => line.includes('on-peer-join'))).toEqual([]);
    expect(outline(updatePeer(session, 'v4', { name: 'Dora' }))).toEqual([]);
    expect(outline(leavePeer(session, 'v4', { why: 'left' }))).toEqual(['v4 gone', 'membershipChanged']);
    expect(outline(updatePeer(session, 'v1', { name: 'Ann' }))).toEqual(['v2 <- on-peer-update']);
    expect(listed(resumePeer(session, 'v1', 0))).toEqual(['v2']);
  });

  it('DEL11: a place that was left is had by the next who comes', () => {
    const session = crowd();
    leavePeer(session, 'v2', { why: 'left' });
    const next = enter(session, 'v5', 'viewer');
    expect(listed(next)).toEqual(['v1']);
    expect(outline(next)).toContain('v1 <- on-peer-join');
  });

  it('DEL15: whoever is listed to anybody is found without the others, whatever happens to them', () => {
    const session = crowd();
    const look = (): string[] => listableMembers(session).map(({ peerId }) => peerId);
    const expected = (): string[] =>
      [...session.members.values()].filter((one) => audienceKeyOf(one) !== 'nobody').map(({ peerId }) => peerId);
    const change = (to: object) => requestRoleChange(session, 'h', { force: true, role: 'guest', ...to }, 0);
    const steps: readonly [() => unknown, string[]][] = [
      [() => enter(session, 'h', 'host'), ['v1', 'v2', 'h']],
      [() => changeGroup(session, 'v3', { name: HAND_RAISED, isIn: true }, 0), ['v1', 'v2', 'v3', 'h']],
      [() => changeGroup(session, 'h', { name: HAND_RAISED, peerId: 'v3', isIn: false }, 0), ['v1', 'v2', 'h']],
      [() => change({ requested_for: 'v3' }), ['v1', 'v2', 'v3', 'h']],
      [() => change({ roles: ['guest'], role: 'viewer' }), ['v1', 'v2', 'h']],
      [() => leavePeer(session, 'v2', { why: 'left' }), ['v1', 'h']],
      [() => enter(session, 'v4', 'viewer'), ['v1', 'h', 'v4']],
      [
        () =>
          changeRolesOfTemplate(session, {
            ...ROLES,
            viewer: makeRole('viewer', { publishParams: { allowed: ['audio'] } }),
          }),
        ['v1', 'v3', 'h', 'v4'],
      ],
    ];
    for (const [act, listable] of steps) {
      act();
      expect([look(), expected()]).toEqual([listable, listable]);
      const held: Record<string, number> = {};
      for (const { role } of session.members.values()) held[role.name] = (held[role.name] ?? 0) + 1;
      expect(countsOf(session)).toEqual({ peerCount: session.members.size, trackCount: 0, peersByRole: held });
    }
  });

  it('DEL16: a room of 20,000 holds them, and costs nobody a list of them', () => {
    const [people, stage, maxListed] = [20_000, 20, 500];
    const session = makeSession({ maxPeers: people, maxListed });
    for (let i = 0; i < stage; i += 1) enter(session, `h${i}`, 'host');
    let longest = 0;
    let told = 0;
    for (let i = stage; i < people; i += 1) {
      const effects = enter(session, `v${i}`, 'viewer');
      longest = Math.max(longest, listed(effects).length);
      for (const effect of effects)
        if (effect.type === 'notify' && !effect.to.includes(`v${i}`)) told += effect.to.length;
    }
    expect(countsOf(session)).toMatchObject({
      peerCount: people,
      peersByRole: { host: stage, viewer: people - stage },
    });
    expect(() => enter(session, 'late', 'viewer')).toThrow('the room is full: 20000 of 20000 people');
    expect(longest).toBeLessThanOrEqual(maxListed + stage);
    // Of those that are listed, those that are; of the others nobody; and once that the room is large.
    expect(told).toBeLessThanOrEqual(maxListed * (maxListed + stage) + maxListed);
    const { effects } = broadcast(session, 'h0', { info: { message: 'hi', type: 'chat' } }, 0);
    const said = effects.filter((effect) => effect.type === 'notify');
    expect(said.map(({ to }) => to.length)).toEqual([people - 1]);
  }, 120_000);

  it('DEL12: a raised hand is known to those who may call it to the stage, until it is down', () => {
    const session = crowd();
    enter(session, 'h', 'host');
    enter(session, 'g', 'guest');
    const up = changeGroup(session, 'v3', { name: HAND_RAISED, isIn: true }, 0);
    expect(up.groups).toEqual([HAND_RAISED]);
    expect(outline(up.effects)).toEqual(['h,v3 <- on-peer-update']);
    expect(sent(up.effects, 'on-peer-update')).toMatchObject({ peer_id: 'v3', groups: [HAND_RAISED], realtime: true });
    expect(listed(resumePeer(session, 'h', 0))).toEqual(['g', 'v3']);
    const down = changeGroup(session, 'h', { name: HAND_RAISED, peerId: 'v3', isIn: false }, 0);
    expect(outline(down.effects)).toEqual(['v3 <- on-peer-update', 'h <- on-peer-update']);
    expect(down.effects.at(-1)).toMatchObject({ notification: { params: { peer_id: 'v3', realtime: false } } });
  });

  it('DEL13: who comes to the stage appears to everyone, who goes back vanishes for those who did not know it', () => {
    const session = crowd();
    enter(session, 'h', 'host');
    const up = requestRoleChange(session, 'h', { requested_for: 'v3', role: 'guest', force: true }, 0);
    expect(outline(up).slice(0, 2)).toEqual(['v3 <- on-policy-change', 'h,v1,v2 <- on-peer-update']);
    expect(sent(up, 'on-peer-update')).toMatchObject({ peer_id: 'v3', role: 'guest', realtime: true });
    const down = requestRoleChange(session, 'h', { requested_for: 'v3', role: 'viewer', force: true }, 0);
    expect(outline(down).slice(0, 2)).toEqual(['v3 <- on-policy-change', 'h,v1,v2 <- on-peer-update']);
    expect(sent(down, 'on-peer-update')).toMatchObject({ peer_id: 'v3', role: 'viewer', realtime: false });
  });

  it('DEL13: who may call others from now on is shown the hands that are up', () => {
    const session = crowd();
    enter(session, 'h', 'host');
    enter(session, 'g', 'guest');
    changeGroup(session, 'v3', { name: HAND_RAISED, isIn: true }, 0);
    const effects = requestRoleChange(session, 'h', { requested_for: 'g', role: 'host', force: true }, 0);
    expect(outline(effects)).toContain('g <- on-peer-update');
    const back = requestRoleChange(session, 'h', { requested_for: 'g', role: 'guest', force: true }, 0);
    expect(back.filter((effect) => effect.type === 'notify' && effect.to.includes('g'))).toContainEqual(
      expect.objectContaining({
        notification: { method: 'on-peer-update', params: expect.objectContaining({ peer_id: 'v3', realtime: false }) },
      }),
    );
  });

  it('DEL14: a room is marked as large, for good, when the first is not listed; numbers go by role', () => {
    const session = makeSession({ maxListed: 1 });
    expect(sent(enter(session, 'v1', 'viewer'), 'room-info')).toMatchObject({ large_room_optimization: false });
    const second = enter(session, 'v2', 'viewer');
    expect(outline(second)).toContain('v1 <- room-info');
    expect(outline(second)).toContain('v2 <- room-info');
    leavePeer(session, 'v2', { why: 'left' });
    leavePeer(session, 'v1', { why: 'left' });
    const last = enter(session, 'h', 'host');
    expect(sent(last, 'room-info')).toMatchObject({ large_room_optimization: true });
    enter(session, 'v3', 'viewer');
    expect(sent(enter(session, 'v4', 'viewer'), 'session-info')).toMatchObject({
      peer_count: 3,
      peers_by_role: { host: 1, viewer: 2 },
    });
  });
});

describe('a role change of many', () => {
  const many = (count: number, maxListed: number): Session => {
    const session = makeSession({
      maxListed,
      roles: { ...ROLES, fans: makeRole('fans', { subscribeParams: { subscribeToRoles: ['host', 'guest'] } }) },
    });
    enter(session, 'h', 'host', 'a1', 'v1');
    for (let i = 0; i < count; i++) enter(session, `p${i}`, 'viewer');
    return session;
  };

  it('DEL20: is one list of recipients where all get the same', () => {
    const session = many(600, 0);
    const effects = requestRoleChange(session, 'h', { roles: ['viewer'], role: 'fans', force: true }, 0);
    const told = effects.flatMap((effect) =>
      effect.type === 'notify' ? [[effect.notification.method, effect.to.length]] : [],
    );
    expect(told).toEqual([
      ['on-policy-change', 600],
      ['on-track-add', 600],
    ]);
    expect(effects.filter(({ type }) => type === 'subscriptionsChanged')).toHaveLength(1);
    expect(effects.filter(({ type }) => type === 'membershipChanged')).toHaveLength(1);
  });

  it('DEL20: tells each of those who know each other of each, and shares the list', () => {
    const session = many(100, 40);
    const effects = requestRoleChange(session, 'h', { roles: ['viewer'], role: 'fans', force: true }, 0);
    const updates = effects.flatMap((effect) =>
      effect.type === 'notify' && effect.notification.method === 'on-peer-update' ? [effect] : [],
    );
    // The host has one of the 40 places.
    expect(updates).toHaveLength(39);
    expect(new Set(updates.map(({ to }) => to)).size).toBe(1);
    expect(updates.every(({ to, except }) => except !== undefined && to.includes(except))).toBe(true);
  });

  it('DEL21: that would be told too often is refused whole', () => {
    const session = many(1_000, 0);
    expect(() => requestRoleChange(session, 'h', { roles: ['viewer'], role: 'host', force: true }, 0)).toThrow(
      'role-change-request: 1000 peers at once are 1001000 messages to others, at most 500000',
    );
    expect(session.members.get('p7')?.role.name).toBe('viewer');
    expect(requestRoleChange(session, 'h', { requested_for: 'p7', role: 'host', force: true }, 0)).not.toEqual([]);
  });
});
