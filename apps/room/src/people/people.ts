import {
  derived,
  derivedFrom,
  HAND_RAISED,
  isCapturing,
  levelOfPeer,
  type RoleLook,
  type SessionState,
  trackOfPeer,
} from '@amphi/client';
import { type Level, levelOf, type Role } from '@amphi/protocol';

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
  readonly isHandRaised: boolean;
  /** What they publish of microphone and camera, as far as we are told. */
  readonly microphoneId: string | undefined;
  readonly cameraId: string | undefined;
}

export interface PeopleGroup {
  readonly level: Level;
  readonly people: readonly Person[];
}

const LEVELS: readonly Level[] = ['stage', 'webinar', 'stream'];

/** Many times as quick as `localeCompare`. */
const { compare } = new Intl.Collator();

const peersByName = derived((peers: SessionState['peers']) =>
  Object.values(peers).sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id)),
);

/**
 * Everyone in the room by where they sit: stage first; within, ourselves first, then by name. Empty groups are left out.
 * The same value until something that it follows from has changed: a chat line is no reason to look at people.
 */
export const groupPeople = derivedFrom(
  ({ self, peers, tracks, roles, microphone, camera }) => ({ self, peers, tracks, roles, microphone, camera }),
  group,
);

type PeopleFacts = Pick<SessionState, 'self' | 'peers' | 'tracks' | 'roles' | 'microphone' | 'camera'>;

function group(state: PeopleFacts): readonly PeopleGroup[] {
  const { self } = state;
  const me: Person = {
    id: self.peerId,
    name: self.name,
    roleName: self.role?.name ?? '',
    level: self.level ?? 'stream',
    isSelf: true,
    isMuted: !isCapturing(state.microphone),
    isCameraOff: !isCapturing(state.camera),
    isHandRaised: self.groups.includes(HAND_RAISED),
    microphoneId: undefined,
    cameraId: undefined,
  };
  const hears = new Set(self.role?.subscribeParams.subscribeToRoles);
  const byLevel = new Map<Level, Person[]>(LEVELS.map((level) => [level, level === me.level ? [me] : []]));
  for (const peer of peersByName(state.peers)) {
    // Of roles we do not subscribe to, nobody tells us what they publish.
    const isKnown = hears.has(peer.roleName);
    const level = levelOfPeer(state, peer) ?? 'stream';
    const microphone = trackOfPeer(state, peer.id, 'audio');
    const camera = trackOfPeer(state, peer.id, 'video');
    byLevel.get(level)?.push({
      id: peer.id,
      name: peer.name,
      roleName: peer.roleName,
      level,
      isSelf: false,
      isMuted: isKnown && (microphone?.isMuted ?? true),
      isCameraOff: isKnown && (camera?.isMuted ?? true),
      isHandRaised: peer.groups.includes(HAND_RAISED),
      microphoneId: microphone?.id,
      cameraId: camera?.id,
    });
  }
  return [...byLevel].flatMap(([level, people]) => (people.length > 0 ? [{ level, people }] : []));
}

/** One place of the room in the list of people. */
export interface PeoplePlace extends PeopleGroup {
  /** Everyone in it, also who is not listed. */
  readonly total: number;
  /** Its roles that somebody has, with how many have each, the most first. */
  readonly roles: readonly (readonly [roleName: string, count: number])[];
}

/**
 * The groups with how many there are in truth, where not everybody is listed: a place of which nobody is listed is there, too.
 * @param told how many have each role, as the server says it: a moment late; undefined where everybody is listed
 */
export function placesOf(
  groups: readonly PeopleGroup[],
  roles: SessionState['roles'],
  told: Readonly<Record<string, number>> = {},
): readonly PeoplePlace[] {
  return LEVELS.flatMap((level) => {
    const people = groups.find((group) => group.level === level)?.people ?? [];
    const counts = new Map<string, number>();
    for (const { roleName } of people) counts.set(roleName, (counts.get(roleName) ?? 0) + 1);
    for (const [roleName, count] of Object.entries(told)) {
      const role = roles[roleName];
      const isHere = (role ? levelOf(role) : 'stream') === level;
      if (isHere && count > (counts.get(roleName) ?? 0)) counts.set(roleName, count);
    }
    const byCount = [...counts].sort(([a, some], [b, more]) => more - some || compare(a, b));
    const total = byCount.reduce((sum, [, count]) => sum + count, 0);
    return total > 0 ? [{ level, people, total, roles: byCount }] : [];
  });
}

/** One of them; undefined for who is not listed. */
export function personOf(state: SessionState, id: string): Person | undefined {
  for (const { people } of groupPeople(state)) {
    const person = people.find((one) => one.id === id);
    if (person) return person;
  }
  return undefined;
}

/** Equal when every line shows the same: layers of tracks change often, and nobody sees them here. */
export function areGroupsEqual(a: readonly PeopleGroup[], b: readonly PeopleGroup[]): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every(({ level, people }, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        level === other.level &&
        people.length === other.people.length &&
        people.every((person, place) => isSamePerson(person, other.people[place]))
      );
    })
  );
}

export function isSamePerson(a: Person | undefined, b: Person | undefined): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.id === b.id &&
      a.name === b.name &&
      a.roleName === b.roleName &&
      a.level === b.level &&
      a.isMuted === b.isMuted &&
      a.isCameraOff === b.isCameraOff &&
      a.isHandRaised === b.isHandRaised &&
      a.microphoneId === b.microphoneId &&
      a.cameraId === b.cameraId)
  );
}

/** What the owner of the room has said about bringing people on stage. */
export type StageOffers = Pick<RoleLook, 'bringsToStage' | 'onStageRole' | 'offStageRoles'>;

/** A role that a person can be given, and whether they are asked first. */
export interface RoleOffer {
  readonly role: Role;
  readonly level: Level;
  /** `invite`: they have to agree, because others would see and hear them. `move`: done at once, as whatever one chooses for oneself. */
  readonly way: 'invite' | 'move';
}

/**
 * Roles to offer somebody, other than their own: stage roles with the fewest rights first, so that a guest is not made
 * an owner by a slip; nobody is put on stage unasked.
 * @param said what the owner of the room has said: whether people are brought to the stage and back at all, who, and with which role
 */
export function roleOffers(
  person: Pick<Person, 'roleName' | 'level'> & Partial<Pick<Person, 'isSelf'>>,
  roles: readonly RoleWithLevel[],
  said: StageOffers = {},
): RoleOffer[] {
  const { bringsToStage = true, onStageRole, offStageRoles } = said;
  const isBrought = ({ role, level }: RoleWithLevel): boolean => {
    if (level === 'stage' && person.level !== 'stage') {
      const isMeant = onStageRole === undefined || onStageRole === role.name;
      return bringsToStage && isMeant && (offStageRoles?.includes(person.roleName) ?? true);
    }
    return level === 'stage' || person.level !== 'stage' || bringsToStage;
  };
  const rights = ({ role }: RoleWithLevel): number => Object.values(role.permissions).filter(Boolean).length;
  const rank = (entry: RoleWithLevel): number => LEVELS.indexOf(entry.level) * 100 + rights(entry);
  return roles
    .filter((entry) => entry.role.name !== person.roleName && !entry.role.name.startsWith('__') && isBrought(entry))
    .sort((a, b) => rank(a) - rank(b))
    .map((entry) => ({
      ...entry,
      way: entry.level === 'stage' && person.level !== 'stage' && !person.isSelf ? 'invite' : 'move',
    }));
}

export interface RoleWithLevel {
  readonly role: Role;
  readonly level: Level;
}
