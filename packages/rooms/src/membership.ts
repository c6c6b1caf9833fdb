import type { Millis } from '@amphi/base';
import { type NotificationParams, PublicError, RECORDER_ROLE, type Role } from '@amphi/protocol';
import { type Effect, type Effects, notify, subscriptionsChanged } from './effects.ts';
import { broadcasterRoles, recorderRole } from './roles.ts';
import {
  countsOf,
  GRACE_MS,
  infoOf,
  type Member,
  memberOf,
  othersThan,
  peerFor,
  requirePermission,
  roomStateOf,
  type Session,
  viewersOf,
  visibleMembers,
} from './session.ts';
import { isRunning } from './stream-state.ts';

export interface JoinRequest {
  readonly peerId: string;
  readonly userId: string;
  readonly roleName: string;
  readonly name: string;
  readonly data: string;
}

/**
 * Whether a newcomer may join now.
 * @throws PublicError 410 when the session has ended; 403 for an unknown role, a full room or a full role
 */
export function checkJoin(session: Session, request: Pick<JoinRequest, 'peerId' | 'roleName'>): void {
  admit(session, request.peerId, request.roleName);
}

function admit(session: Session, peerId: string, roleName: string): Role {
  if (session.ended) throw new PublicError(410, 'the session has ended');
  if (roleName === RECORDER_ROLE) return recorderRoleOf(session);
  const role = Object.hasOwn(session.settings.roles, roleName) ? session.settings.roles[roleName] : undefined;
  if (!role) throw new PublicError(403, `role "${roleName}" is not a role of this room's template`);
  const others = visibleMembers(session).filter((member) => member.peerId !== peerId);
  const { maxPeers } = session.settings;
  if (maxPeers > 0 && others.length >= maxPeers) {
    throw new PublicError(403, `the room is full: ${others.length} of ${maxPeers} peers`);
  }
  requireRoomInRole(role, others.filter((member) => member.role.name === role.name).length, 1);
  return role;
}

function recorderRoleOf(session: Session): Role {
  const { stream, settings, destinations } = session;
  const destination = isRunning(stream) ? destinations[stream.destination] : undefined;
  return recorderRole(broadcasterRoles(settings.roles, destination));
}

/** @throws PublicError 403 when `more` peers do not fit beside `present` ones */
export function requireRoomInRole(role: Role, present: number, more: number): void {
  if (role.maxPeerCount === 0 || present + more <= role.maxPeerCount) return;
  const limit = Math.max(0, role.maxPeerCount);
  throw new PublicError(403, `role ${role.name} is full: ${present} of ${limit} peers`);
}

/**
 * Takes a peer in, or takes a repeated `join` of a present one for a return (client protocol, 3.6).
 * @throws PublicError as `checkJoin`
 */
export function joinPeer(session: Session, request: JoinRequest, now: Millis): Effects {
  const present = session.members.get(request.peerId);
  if (present && !session.ended) {
    const wasAway = present.presence.state === 'away';
    present.presence = { state: 'connected' };
    const changed = updatePeer(session, request.peerId, { name: request.name, data: request.data });
    // Its role may have changed while nobody could tell it.
    return [...changed, ...(wasAway ? resumePeer(session, present.peerId) : snapshotFor(session, present))];
  }
  const role = admit(session, request.peerId, request.roleName);
  const hidden = request.roleName === RECORDER_ROLE;
  const member: Member = {
    peerId: request.peerId,
    userId: request.userId,
    hidden,
    joinedAt: now,
    name: request.name,
    data: request.data,
    role,
    presence: { state: 'connected' },
    tracks: new Map(),
  };
  session.members.set(member.peerId, member);
  return [
    ...snapshotFor(session, member),
    ...notify(othersThan(session, member), 'on-peer-join', {
      ...infoOf(member),
      joined_at: now,
      realtime: true,
      tracks: {},
    }),
    ...subscriptionsChanged([member.peerId]),
    ...(hidden ? [] : [{ type: 'membershipChanged' } as const]),
  ];
}

/** The peer's socket is lost; it keeps its place until the grace time is over. */
export function peerDisconnected(session: Session, peerId: string, now: Millis): void {
  const member = session.members.get(peerId);
  if (member) member.presence = { state: 'away', since: now };
}

/**
 * The peer has a new socket: policy first, then the whole truth about the room, then open role change requests.
 * @throws PublicError 410
 */
export function resumePeer(session: Session, peerId: string): Effects {
  const member = memberOf(session, peerId);
  member.presence = { state: 'connected' };
  const offers = [...session.roleChangeOffers.values()].filter((offer) => offer.peerId === peerId);
  return [
    ...notify([peerId], 'on-policy-change', policyFor(session, member.role.name)),
    ...snapshotFor(session, member),
    ...offers.flatMap((offer) =>
      notify([peerId], 'on-role-change-request', {
        requested_by: offer.requestedBy,
        role: offer.role,
        token: offer.token,
      }),
    ),
  ];
}

/** Takes out everyone whose grace time is over. */
export function expireAway(session: Session, now: Millis): Effects {
  const gone = [...session.members.values()].filter(
    ({ presence }) => presence.state === 'away' && presence.since + GRACE_MS <= now,
  );
  return gone.flatMap((member) => leavePeer(session, member.peerId));
}

/** When `expireAway` has something to do next. */
export function nextExpiryAt(session: Session): Millis | undefined {
  let next: Millis | undefined;
  for (const { presence } of session.members.values()) {
    if (presence.state !== 'away') continue;
    const at = presence.since + GRACE_MS;
    if (next === undefined || at < next) next = at;
  }
  return next;
}

/** The peer is out, by its own wish or because its time is over. Nothing happens for an unknown one. */
export function leavePeer(session: Session, peerId: string): Effects {
  const member = session.members.get(peerId);
  if (!member) return [];
  const viewers = member.tracks.size > 0 ? viewersOf(session, member) : [];
  const others = othersThan(session, member);
  session.members.delete(peerId);
  forgetOffersTo(session, peerId);
  return [
    // Before the subscribe offer that drops the sections, or hidden audio elements stay (client protocol, 8.3).
    ...notify(viewers, 'on-track-remove', { peer: infoOf(member), tracks: Object.fromEntries(member.tracks) }),
    ...notify(others, 'on-peer-leave', { peer_id: peerId }),
    ...subscriptionsChanged(viewers),
    { type: 'peerGone', peerId },
    ...(member.hidden ? [] : [{ type: 'membershipChanged' } as const]),
  ];
}

/**
 * The peer changes its own name or data; the others are told.
 * @throws PublicError 410
 */
export function updatePeer(
  session: Session,
  peerId: string,
  change: { readonly name?: string | undefined; readonly data?: string | undefined },
): Effects {
  const member = memberOf(session, peerId);
  const name = change.name ?? member.name;
  const data = change.data ?? member.data;
  if (name === member.name && data === member.data) return [];
  member.name = name;
  member.data = data;
  return notify(othersThan(session, member), 'on-peer-update', { ...infoOf(member), realtime: true });
}

/**
 * Ends the session for all others; the caller leaves by itself after the answer.
 * @throws PublicError 403
 */
export function endRoom(
  session: Session,
  peerId: string,
  options: { readonly lock: boolean; readonly reason: string },
): Effects {
  const member = memberOf(session, peerId);
  requirePermission(member, 'endRoom');
  const others = [...session.members.keys()].filter((id) => id !== peerId);
  session.ended = true;
  const effects: Effect[] = notify(others, 'on-peer-leave-request', {
    requested_by: peerId,
    reason: options.reason,
    room_end: true,
  });
  if (options.lock) effects.push({ type: 'roomLocked' });
  return [...effects, { type: 'sessionEnded' }];
}

/** `on-policy-change` for a peer, or a preview, with this role. All roles of the template are in it. */
export function policyFor(session: Session, roleName: string): NotificationParams<'on-policy-change'> {
  return {
    name: roleName,
    template_id: session.settings.templateId,
    known_roles: { ...session.settings.roles },
  };
}

export function roomInfoOf(session: Session): NotificationParams<'room-info'> {
  const { roomId, roomName, description, maxPeers } = session.settings;
  return { room_id: roomId, name: roomName, description, max_size: maxPeers, large_room_optimization: false };
}

export function sessionInfoOf(session: Session): NotificationParams<'session-info'> {
  const { peerCount, trackCount } = countsOf(session);
  const { sessionId, roomId } = session.settings;
  return { session_id: sessionId, room_id: roomId, peer_count: peerCount, track_count: trackCount };
}

/** peer-list, then room-info, then session-info: in this order their values become visible (client protocol, 8.3). */
function snapshotFor(session: Session, member: Member): Effect[] {
  const to = [member.peerId];
  const others = visibleMembers(session).filter((other) => other !== member);
  const peers = Object.fromEntries(others.map((other) => [other.peerId, peerFor(member, other)]));
  return [
    ...notify(to, 'peer-list', { peers, room: roomStateOf(session) }),
    ...notify(to, 'room-info', roomInfoOf(session)),
    ...notify(to, 'session-info', sessionInfoOf(session)),
  ];
}

function forgetOffersTo(session: Session, peerId: string): void {
  for (const offer of session.roleChangeOffers.values()) {
    if (offer.peerId === peerId) session.roleChangeOffers.delete(offer.token);
  }
}
