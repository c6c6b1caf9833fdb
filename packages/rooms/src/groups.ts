import type { Millis } from '@amphi/base';
import { PublicError } from '@amphi/protocol';
import { type Effects, notify } from './effects.ts';
import { indexAudience, listersOf } from './listing.ts';
import { infoOf, type Member, memberOf, requirePermission, type Session, visibleMember } from './session.ts';

/** The group that is a raised hand (client protocol, 7.2). */
export const HAND_RAISED = '_handraise';
/** Groups of one peer. */
export const MAX_GROUPS = 16;

/** A change of one peer's membership in one group. */
export interface GroupChange {
  readonly name: string;
  /** Absent for oneself. */
  readonly peerId?: string;
  readonly isIn: boolean;
}

/**
 * A peer enters or leaves a group, or another does that to it. Everyone who knows it is told, itself, too.
 * @returns all its groups, and what is to happen
 * @throws PublicError 400 when it would be in too many; 403 without permission to change others; 404 for an unknown peer;
 *   410
 */
export function changeGroup(
  session: Session,
  peerId: string,
  change: GroupChange,
  now: Millis,
): { readonly groups: string[]; readonly effects: Effects } {
  const asker = memberOf(session, peerId);
  if (asker.hidden) throw new PublicError(403, `role ${asker.role.name} may not be in groups`);
  const isOwn = change.peerId === undefined || change.peerId === peerId;
  // Before the target is looked for: who is there is not for everyone to find out.
  if (!isOwn) requirePermission(asker, 'changeRole');
  const member = change.peerId === undefined ? asker : visibleMember(session, change.peerId);
  const { groups } = member;
  if (groups.has(change.name) === change.isIn) return { groups: [...groups], effects: [] };
  if (change.isIn && groups.size >= MAX_GROUPS) {
    throw new PublicError(400, `name: "${change.name}" would be one group too many, at most ${MAX_GROUPS}`);
  }
  const before = listersOf(session, member);
  if (change.isIn) groups.add(change.name);
  else groups.delete(change.name);
  indexAudience(session, member);
  if (change.name === HAND_RAISED) member.handRaisedAt = change.isIn ? now : undefined;
  return { groups: [...groups], effects: tellOfGroups(session, member, before) };
}

/** Who does not know it any more is told to forget it. */
function tellOfGroups(session: Session, member: Member, before: readonly string[]): Effects {
  const known = listersOf(session, member);
  const stillKnown = new Set(known);
  const info = infoOf(member);
  return [
    ...notify([...known, member.peerId], 'on-peer-update', { ...info, realtime: true }),
    ...notify(
      before.filter((id) => !stillKnown.has(id)),
      'on-peer-update',
      { ...info, realtime: false },
    ),
  ];
}
