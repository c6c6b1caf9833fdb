import { PublicError, type Role } from '@amphi/protocol';
import { type Member, type Session, visibleMembers } from './session.ts';

/** The room or the role is full of people who are there. */
export class NoSeatError extends PublicError {
  constructor(message: string) {
    super(403, message);
  }
}

/**
 * Whose seats a newcomer takes: nobody's while there is room, else those of peers that have been absent for long, the
 * longest first.
 * @param options.without peers that go anyway
 * @throws NoSeatError
 */
export function seatsForNewcomer(
  session: Session,
  role: Role,
  options: { readonly without: readonly Member[] },
): readonly Member[] {
  const { maxPeers } = session.settings;
  // In most cases nobody has to be looked at; with the hidden peer there are more members than people.
  if (role.maxPeerCount === 0 && (maxPeers === 0 || session.members.size < maxPeers)) return [];
  const others = visibleMembers(session).filter((member) => !options.without.includes(member));
  const inRole = seatsInRole(role, others, 1);
  if (maxPeers === 0) return inRole;
  const staying = others.filter((member) => !inRole.includes(member));
  const inRoom = yielded(staying, staying.length + 1 - maxPeers);
  if (!inRoom) throw new NoSeatError(`the room is full: ${others.length} of ${maxPeers} people`);
  return [...inRole, ...inRoom];
}

/**
 * Whose seats are taken when `more` peers get the role.
 * @param others everyone who may hold the role now
 * @throws NoSeatError when they do not fit
 */
export function seatsInRole(role: Role, others: readonly Member[], more: number): readonly Member[] {
  // 0 is no limit, −1 nobody at all.
  if (role.maxPeerCount === 0) return [];
  const limit = Math.max(0, role.maxPeerCount);
  const holders = others.filter((member) => member.role.name === role.name);
  const seats = yielded(holders, holders.length + more - limit);
  if (!seats) throw new NoSeatError(`role ${role.name} is full: ${holders.length} of ${limit} peers`);
  return seats;
}

/** So many of those whose seats are to be had, absent longest first; undefined when there are fewer. */
function yielded(members: readonly Member[], count: number): readonly Member[] | undefined {
  if (count <= 0) return [];
  const absent = members.flatMap((member) =>
    member.presence.state === 'away' && member.presence.phase === 'yielding'
      ? [{ member, since: member.presence.since }]
      : [],
  );
  if (absent.length < count) return undefined;
  absent.sort((a, b) => a.since - b.since);
  return absent.slice(0, count).map(({ member }) => member);
}
