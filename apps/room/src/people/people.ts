import { levelOfPeer, type SessionState, trackOfPeer } from '@amphi/client';
import type { Level, Role } from '@amphi/protocol';

/** One line of the list of people. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly roleName: string;
  readonly level: Level;
  readonly isSelf: boolean;
  /** Only of people on stage. */
  readonly isMuted: boolean;
  readonly isCameraOff: boolean;
}

export interface PeopleGroup {
  readonly level: Level;
  readonly people: readonly Person[];
}

const LEVELS: readonly Level[] = ['stage', 'webinar', 'stream'];

/** Everyone in the room by where they sit: stage first; within, ourselves first, then by name. Empty groups are left out. */
export function groupPeople(state: SessionState): PeopleGroup[] {
  const { self } = state;
  const me: Person = {
    id: self.peerId,
    name: self.name,
    roleName: self.role?.name ?? '',
    level: self.level ?? 'stream',
    isSelf: true,
    isMuted: !state.microphone.isEnabled,
    isCameraOff: !state.camera.isEnabled,
  };
  const hears = new Set(self.role?.subscribeParams.subscribeToRoles);
  const others = Object.values(state.peers).map((peer): Person => {
    // Of roles we do not subscribe to, nobody tells us what they publish.
    const isKnown = hears.has(peer.roleName);
    const level = levelOfPeer(state, peer) ?? 'stream';
    return {
      id: peer.id,
      name: peer.name,
      roleName: peer.roleName,
      level,
      isSelf: false,
      isMuted: isKnown && (trackOfPeer(state, peer.id, 'audio')?.isMuted ?? true),
      isCameraOff: isKnown && (trackOfPeer(state, peer.id, 'video')?.isMuted ?? true),
    };
  });
  others.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  return LEVELS.flatMap((level) => {
    const people = [me, ...others].filter((person) => person.level === level);
    return people.length > 0 ? [{ level, people }] : [];
  });
}

export function areGroupsEqual(a: readonly PeopleGroup[], b: readonly PeopleGroup[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A role that a person can be given, and whether they are asked first. */
export interface RoleOffer {
  readonly role: Role;
  readonly level: Level;
  /** `invite`: they have to agree, because others would see and hear them. `move`: done at once. */
  readonly way: 'invite' | 'move';
}

/**
 * Roles to offer somebody, other than their own: stage roles with the fewest rights first, so that a guest is not made
 * an owner by a slip; nobody is put on stage unasked.
 */
export function roleOffers(person: Pick<Person, 'roleName' | 'level'>, roles: readonly RoleWithLevel[]): RoleOffer[] {
  const rights = ({ role }: RoleWithLevel): number => Object.values(role.permissions).filter(Boolean).length;
  const rank = (entry: RoleWithLevel): number => LEVELS.indexOf(entry.level) * 100 + rights(entry);
  return roles
    .filter(({ role }) => role.name !== person.roleName && !role.name.startsWith('__'))
    .sort((a, b) => rank(a) - rank(b))
    .map((entry) => ({
      ...entry,
      way: entry.level === 'stage' && person.level !== 'stage' ? 'invite' : 'move',
    }));
}

export interface RoleWithLevel {
  readonly role: Role;
  readonly level: Level;
}
