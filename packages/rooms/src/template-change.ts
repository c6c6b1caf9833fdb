import type { Role } from '@amphi/protocol';
import { renameBoardRole } from './board.ts';
import { renameInHistory } from './chat-history.ts';
import { type Effect, type Effects, fact, notify, subscriptionsChanged } from './effects.ts';
import { factPeer } from './facts.ts';
import { audienceKeyOf, indexAudience } from './listing.ts';
import { recorderRoleOf } from './membership.ts';
import { type Cohort, tellOfHands, tellOfOwnTracks, tellOfPeers } from './role-changes.ts';
import { policyFor, roomInfoOf } from './room.ts';
import { giveRole, type Member, type Session } from './session.ts';

/** A role that has another name now. */
export interface RenamedRole {
  readonly from: string;
  readonly to: string;
}

/**
 * The roles of the template are others now, and count at once for everyone who is there. A role that is gone from the
 * template stays, as it was, with those who have it, until they leave or get another: nobody falls out of a call because
 * a template is edited. Nobody else gets it any more. Limits on how many may have a role put nobody out.
 */
export function changeRolesOfTemplate(
  session: Session,
  roles: Readonly<Record<string, Role>>,
  renamed?: RenamedRole,
): Effects {
  if (renamed) renameInHistory(session, renamed.from, renamed.to);
  const hasBoardRoles = renamed !== undefined && renameBoardRole(session, renamed.from, renamed.to);
  const before = session.roles;
  const nameAfter = ({ name }: Role): string => (name === renamed?.from ? renamed.to : name);
  const held = new Set([...session.members.values()].map(({ role }) => nameAfter(role)));
  const retired = Object.values(before).filter(({ name }) => held.has(name) && !Object.hasOwn(roles, name));
  const after: Readonly<Record<string, Role>> = {
    ...Object.fromEntries(retired.map((role) => [role.name, role])),
    ...Object.fromEntries(Object.entries(roles).map(([name, role]) => [name, sameOr(before[name], role)])),
  };
  session.retiredRoles = new Set(retired.map(({ name }) => name));
  if (isSame(before, after)) return [];
  session.roles = after;
  const moves = [...session.members.values()].map((member) => ({
    member,
    before: member.role,
    after: roleAfter(session, member, nameAfter(member.role)),
    wasKnownTo: audienceKeyOf(member),
  }));
  const cohorts = cohortsOf(moves);
  const moved = moves.filter((move) => move.before !== move.after);
  for (const { member, after: role } of moved) {
    giveRole(session, member, role);
    indexAudience(session, member);
  }
  const touched = new Set(moved.map(({ member }) => member.peerId));
  const changedCohorts = cohorts.filter((cohort) => cohort.before !== cohort.after);
  const isOther = ({ member, before: had, wasKnownTo }: (typeof moved)[number]): boolean =>
    member.role.name !== had.name || audienceKeyOf(member) !== wasKnownTo;
  const tracks = moves.flatMap(({ member, before: had }) => tellOfOwnTracks(session, member, had, cohorts, touched));
  return [
    ...moved.flatMap(({ member, before: had }) =>
      member.hidden || member.role.name === had.name
        ? []
        : [fact({ type: 'roleChanged', ...factPeer(member), from: had.name, by: '', agreed: false })],
    ),
    ...policies(session),
    ...(hasBoardRoles ? notify([...session.members.keys()], 'room-info', roomInfoOf(session)) : []),
    ...tellOfPeers(session, moved.filter(isOther)),
    ...tellOfHands(session, changedCohorts, moved),
    ...tracks,
    ...subscriptionsChanged([...touched]),
    { type: 'membershipChanged' },
  ];
}

function roleAfter(session: Session, { role, hidden }: Member, name: string): Role {
  if (hidden) return sameOr(role, recorderRoleOf(session));
  return session.roles[name] ?? role;
}

/** Everyone's policy holds all roles; one message for all that have the same role. */
function policies(session: Session): Effect[] {
  const holders = new Map<string, string[]>();
  for (const { peerId, role, hidden } of session.members.values()) {
    if (!hidden) holders.set(role.name, [...(holders.get(role.name) ?? []), peerId]);
  }
  return [...holders].flatMap(([name, ids]) => notify(ids, 'on-policy-change', policyFor(session, name)));
}

function cohortsOf(
  moves: readonly { readonly member: Member; readonly before: Role; readonly after: Role }[],
): Cohort[] {
  const cohorts = new Map<Role, Cohort>();
  for (const { member, before, after } of moves) {
    const cohort = cohorts.get(before) ?? { before, after, ids: [] };
    cohorts.set(before, cohort);
    cohort.ids.push(member.peerId);
  }
  return [...cohorts.values()];
}

/** A role that has not changed stays the same value, so that nobody is told of it. */
function sameOr(before: Role | undefined, after: Role): Role {
  return before && isSame(before, after) ? before : after;
}

/** Whatever the order in which their members were written. */
function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
