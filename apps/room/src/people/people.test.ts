import { initialState, type RemotePeer, type SessionState } from '@amphi/client';
import { levelOf, role } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';
import { areGroupsEqual, groupPeople, placesOf, roleOffers } from './people.ts';

const roles = {
  host: role.parse({
    name: 'host',
    publishParams: { allowed: ['audio'] },
    permissions: { changeRole: true, endRoom: true },
  }),
  guest: role.parse({ name: 'guest', publishParams: { allowed: ['audio'] } }),
  webinar: role.parse({ name: 'webinar', subscribeParams: { subscribeToRoles: ['host'] } }),
  viewer: role.parse({ name: 'viewer' }),
};
const known = Object.values(roles).map((entry) => ({ role: entry, level: levelOf(entry) }));

const peer = (id: string, name: string, roleName: string): RemotePeer => ({
  id,
  name,
  data: '',
  userId: '',
  roleName,
  groups: [],
  handRaisedAt: undefined,
  joinedAt: 0,
});

function state(peers: readonly RemotePeer[]): SessionState {
  const initial = initialState('me');
  return {
    ...initial,
    roles,
    self: { ...initial.self, name: 'Zoe', role: roles.host, level: 'stage' },
    peers: Object.fromEntries(peers.map((entry) => [entry.id, entry])),
  };
}

describe('the list of people', () => {
  it('groups by level, ourselves first, then by name', () => {
    const groups = groupPeople(
      state([peer('1', 'Bo', 'guest'), peer('2', 'Ada', 'guest'), peer('3', 'Vera', 'viewer')]),
    );
    expect(groups.map(({ level, people }) => [level, people.map(({ name }) => name)])).toEqual([
      ['stage', ['Zoe', 'Ada', 'Bo']],
      ['stream', ['Vera']],
    ]);
  });

  it('counts a person of an unknown role among those who watch', () => {
    expect(groupPeople(state([peer('1', 'Bo', 'gone')])).at(-1)).toMatchObject({ level: 'stream' });
  });

  it('shows as off only what we would be told of', () => {
    const peers = [peer('1', 'Bo', 'guest')];
    const hearing = { ...roles.host, subscribeParams: { ...roles.host.subscribeParams, subscribeToRoles: ['guest'] } };
    const deaf = groupPeople(state(peers));
    const able = groupPeople({ ...state(peers), self: { ...state(peers).self, role: hearing } });
    expect(deaf[0]?.people[1]).toMatchObject({ name: 'Bo', isMuted: false, isCameraOff: false });
    expect(able[0]?.people[1]).toMatchObject({ name: 'Bo', isMuted: true, isCameraOff: true });
  });

  it('is the very same after a chat line or a change of who speaks', () => {
    const before = state([peer('1', 'Bo', 'guest')]);
    const groups = groupPeople(before);
    expect(groupPeople({ ...before, messages: [...before.messages], speakers: { '1': 50 } })).toBe(groups);
    expect(groupPeople({ ...before, peers: {} })).not.toBe(groups);
  });

  it('is the same when nobody has changed', () => {
    expect(areGroupsEqual(groupPeople(state([])), groupPeople(state([])))).toBe(true);
  });
});

describe('STG16: how many are where', () => {
  const listed = groupPeople(state([peer('1', 'Bo', 'guest'), peer('2', 'Ada', 'guest'), peer('3', 'Vera', 'viewer')]));
  const counts = (told?: Readonly<Record<string, number>>) =>
    placesOf(listed, roles, told).map(({ level, total, roles: each, people }) => [level, total, each, people.length]);

  it('is who is listed, where everybody is', () => {
    expect(counts()).toEqual([
      [
        'stage',
        3,
        [
          ['guest', 2],
          ['host', 1],
        ],
        3,
      ],
      ['stream', 1, [['viewer', 1]], 1],
    ]);
  });

  it('is what the server says of each role in a large room, also of places where nobody is listed', () => {
    expect(counts({ host: 1, guest: 1, webinar: 40, viewer: 2000, gone: 3 })).toEqual([
      // Of those on stage everybody knows sooner than the numbers come.
      [
        'stage',
        3,
        [
          ['guest', 2],
          ['host', 1],
        ],
        3,
      ],
      ['webinar', 40, [['webinar', 40]], 0],
      [
        'stream',
        2003,
        [
          ['viewer', 2000],
          ['gone', 3],
        ],
        1,
      ],
    ]);
  });
});

describe('roles to offer', () => {
  it('invite to the stage, the least rights first, and move within the audience at once', () => {
    const offers = roleOffers({ roleName: 'viewer', level: 'stream' }, known);
    expect(offers.map((offer) => [offer.role.name, offer.way])).toEqual([
      ['guest', 'invite'],
      ['host', 'invite'],
      ['webinar', 'move'],
    ]);
  });

  it('move somebody off the stage at once', () => {
    const offers = roleOffers({ roleName: 'guest', level: 'stage' }, known);
    expect(offers.map((offer) => [offer.role.name, offer.way])).toEqual([
      ['host', 'move'],
      ['webinar', 'move'],
      ['viewer', 'move'],
    ]);
  });

  it('STG18: are for oneself at once', () => {
    const offers = roleOffers({ roleName: 'webinar', level: 'webinar', isSelf: true }, known);
    expect(offers.map((offer) => [offer.role.name, offer.way])).toEqual([
      ['guest', 'move'],
      ['host', 'move'],
      ['viewer', 'move'],
    ]);
  });
});

describe('what the owner has said about the stage', () => {
  const offered = (said: Parameters<typeof roleOffers>[2], roleName = 'viewer', level: 'stream' | 'stage' = 'stream') =>
    roleOffers({ roleName, level }, known, said).map(({ role, way }) => `${way} ${role.name}`);

  it('PRE8: decides who is brought there, and as what', () => {
    expect(offered({})).toEqual(['invite guest', 'invite host', 'move webinar']);
    expect(offered({ onStageRole: 'guest' })).toEqual(['invite guest', 'move webinar']);
    expect(offered({ offStageRoles: ['webinar'] })).toEqual(['move webinar']);
    expect(offered({ bringsToStage: false })).toEqual(['move webinar']);
    expect(offered({ bringsToStage: false }, 'guest', 'stage')).toEqual(['move host']);
    expect(offered({ onStageRole: 'guest' }, 'guest', 'stage')).toEqual(['move host', 'move webinar', 'move viewer']);
  });
});
