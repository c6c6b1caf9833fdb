import { type MethodParams, PublicError, type Role, type TrackState } from '@amphi/protocol';
import { type Effect, type Effects, notify, subscriptionsChanged } from './effects.ts';
import { leavePeer, policyFor } from './membership.ts';
import { hasMedia, mayPublish } from './roles.ts';
import { seatsInRole } from './seats.ts';
import {
  infoOf,
  type Member,
  memberOf,
  othersThan,
  requirePermission,
  roleNamed,
  type Session,
  sees,
  toldTracks,
  viewersOf,
  visibleMember,
  visibleMembers,
} from './session.ts';

/** Open requests per target; a further one drops the oldest. Public clients show one at a time. */
export const MAX_OPEN_REQUESTS = 8;

/**
 * Changes roles at once (`force`), or asks the target. With `roles` for all peers that hold one of them; then all
 * change or, when they do not fit, none.
 * @throws PublicError 400 for a malformed target; 403 without permission or when the role is full; 404 for an unknown
 *   role or peer; 410
 */
export function requestRoleChange(
  session: Session,
  peerId: string,
  request: MethodParams<'role-change-request'>,
): Effects {
  const member = memberOf(session, peerId);
  requirePermission(member, 'changeRole');
  const role = roleNamed(session, request.role);
  const targets = targetsOf(session, request).filter((target) => target.role.name !== role.name);
  if (targets.length === 0) return [];
  const seats = seatsInRole(role, visibleMembers(session), targets.length);
  if (!request.force) return targets.flatMap((target) => ask(session, member, target, role));
  return [...vacate(session, seats), ...targets.flatMap((target) => applyRoleChange(session, target, role))];
}

/**
 * The target accepts. The token is good once, for this peer and this role.
 * @throws PublicError 403 for a wrong or used token or a full role; 410
 */
export function acceptRoleChange(session: Session, peerId: string, acceptance: MethodParams<'role-change'>): Effects {
  const member = memberOf(session, peerId);
  const offer = session.roleChangeOffers.get(acceptance.token);
  if (!offer || offer.peerId !== peerId || offer.role !== acceptance.role) {
    throw new PublicError(403, `no open request to change the role of this peer to "${acceptance.role}"`);
  }
  const role = roleNamed(session, offer.role);
  const hasIt = member.role.name === role.name;
  const seats = hasIt ? [] : seatsInRole(role, visibleMembers(session), 1);
  session.roleChangeOffers.delete(offer.token);
  return hasIt ? [] : [...vacate(session, seats), ...applyRoleChange(session, member, role)];
}

function targetsOf(session: Session, request: MethodParams<'role-change-request'>): Member[] {
  const { requested_for: peerId, roles } = request;
  if ((peerId === undefined) === (roles === undefined)) {
    throw new PublicError(400, 'role-change-request: give either requested_for or roles');
  }
  if (peerId !== undefined) return [visibleMember(session, peerId)];
  const named = new Set(roles?.map((name) => roleNamed(session, name).name));
  return visibleMembers(session).filter((member) => named.has(member.role.name));
}

function vacate(session: Session, seats: readonly Member[]): Effects {
  return seats.flatMap((absent) => leavePeer(session, absent.peerId));
}

function ask(session: Session, requester: Member, target: Member, role: Role): Effects {
  const open = [...session.roleChangeOffers.values()].filter((offer) => offer.peerId === target.peerId);
  for (const oldest of open.slice(0, Math.max(0, open.length - MAX_OPEN_REQUESTS + 1))) {
    session.roleChangeOffers.delete(oldest.token);
  }
  const offer = {
    token: session.settings.newId(),
    peerId: target.peerId,
    role: role.name,
    requestedBy: requester.peerId,
  };
  session.roleChangeOffers.set(offer.token, offer);
  return notify([target.peerId], 'on-role-change-request', {
    requested_by: offer.requestedBy,
    role: offer.role,
    token: offer.token,
  });
}

/** Order of the client protocol, 9.4: policy to the peer, update to the others, then tracks and subscriptions. */
function applyRoleChange(session: Session, member: Member, role: Role): Effects {
  const viewersBefore = viewersOf(session, member);
  const seenBefore = publishersSeenBy(session, member);
  member.role = role;
  member.hadMedia ||= hasMedia(role);
  const viewersAfter = viewersOf(session, member);
  const seenAfter = publishersSeenBy(session, member);
  const tracks = [...member.tracks.values()];
  const closed = tracks.filter((track) => !mayPublish(role, track));
  const kept = tracks.filter((track) => !closed.includes(track));
  for (const track of closed) member.tracks.delete(track.track_id);
  const lost = viewersBefore.filter((id) => !viewersAfter.includes(id));
  const won = viewersAfter.filter((id) => !viewersBefore.includes(id));
  const stayed = viewersBefore.filter((id) => viewersAfter.includes(id));
  const to = [member.peerId];
  return [
    ...notify(to, 'on-policy-change', policyFor(session, role.name)),
    ...notify(othersThan(session, member), 'on-peer-update', { ...infoOf(member), realtime: true }),
    ...tellOf(lost, 'on-track-remove', member, tracks),
    ...tellOf(stayed, 'on-track-remove', member, closed),
    ...closed.map((track): Effect => ({ type: 'closeTrack', peerId: member.peerId, trackId: track.track_id })),
    ...tellOf(won, 'on-track-add', member, kept),
    ...seenBefore
      .filter((other) => !seenAfter.includes(other))
      .flatMap((other) => tellOf(to, 'on-track-remove', other, [...other.tracks.values()])),
    ...seenAfter
      .filter((other) => !seenBefore.includes(other))
      .flatMap((other) => tellOf(to, 'on-track-add', other, [...other.tracks.values()])),
    ...subscriptionsChanged([...to, ...(tracks.length > 0 ? [...lost, ...stayed, ...won] : [])]),
    { type: 'membershipChanged' },
  ];
}

function publishersSeenBy(session: Session, viewer: Member): Member[] {
  return [...session.members.values()].filter((other) => other.tracks.size > 0 && sees(viewer, other));
}

function tellOf(
  to: readonly string[],
  method: 'on-track-add' | 'on-track-remove',
  publisher: Member,
  tracks: readonly TrackState[],
): Effect[] {
  if (tracks.length === 0) return [];
  return notify(to, method, {
    peer: infoOf(publisher),
    tracks: toldTracks(publisher, tracks),
  });
}
