import type { Millis } from '@amphi/base';
import { PublicError, RECORDER_ROLE, type Role } from '@amphi/protocol';
import { type Effect, type Effects, fact, notify, subscriptionsChanged } from './effects.ts';
import { factPeer, type LeaveReason } from './facts.ts';
import { arrival, departure } from './kinds.ts';
import { indexAudience, isSampleOpen, listersOf } from './listing.ts';
import { metadataBytes, requireRoomForMetadata } from './metadata.ts';
import { broadcasterRoles, hasMedia, recorderRole } from './roles.ts';
import { policyFor, roomInfoOf } from './room.ts';
import { seatsForNewcomer } from './seats.ts';
import {
  ABSENCE_TOLD_MS,
  addMember,
  composedBy,
  GRACE_MS,
  infoOf,
  isRoleOfTemplate,
  type Member,
  memberOf,
  removeMember,
  requirePermission,
  SEAT_KEPT_MS,
  type Session,
  visibleMembers,
} from './session.ts';
import { trackFacts } from './track-facts.ts';
import { tellChanges } from './tracks.ts';

export interface JoinRequest {
  readonly peerId: string;
  readonly userId: string;
  /** See `Member.identity`. */
  readonly identity: string;
  /** Same for the same token, and not to be guessed from it: whoever comes back with it may take the place of their away peer. */
  readonly bearer: string;
  readonly roleName: string;
  readonly name: string;
  readonly data: string;
}

/**
 * Whether a newcomer may join now.
 * @throws PublicError 410 when the session has ended; 403 for an unknown role, a full room or a full role; 413 when the
 *   room has no place for its metadata
 */
export function checkJoin(session: Session, request: Omit<JoinRequest, 'userId' | 'identity'>): void {
  admit(session, request);
  requireRoomForMetadata(session, request.peerId, request);
}

interface Admission {
  readonly role: Role;
  /** Peers that leave so that the newcomer can come in. */
  readonly leaving: readonly Member[];
}

function admit(session: Session, request: Omit<JoinRequest, 'data' | 'userId' | 'identity'>): Admission {
  const { roleName } = request;
  if (session.ended) throw new PublicError(410, 'the session has ended');
  if (roleName === RECORDER_ROLE) return { role: recorderRoleOf(session), leaving: [] };
  const role = isRoleOfTemplate(session, roleName) ? session.roles[roleName] : undefined;
  if (!role) throw new PublicError(403, `role "${roleName}" is not a role of this room's template`);
  const replaced: Member[] = [];
  for (const member of session.away) if (!member.hidden && isOwner(request, member)) replaced.push(member);
  return { role, leaving: [...replaced, ...seatsForNewcomer(session, role, { without: replaced })] };
}

/**
 * Whether the member is an earlier peer of this person. A token is made for one person; as some back ends hand the same
 * one to many, the name has to be the same as well. To be asked only of members that are away: nobody who is present
 * is ever displaced.
 */
function isOwner(person: Pick<Member, 'bearer' | 'name'>, member: Member): boolean {
  return member.bearer === person.bearer && member.name === person.name;
}

/** What the hidden peer hears now. */
export function recorderRoleOf(session: Session): Role {
  return recorderRole(broadcasterRoles(session.roles, composedBy(session)));
}

/**
 * Takes a peer in, or takes a repeated `join` of a present one for a return (client protocol, 3.6).
 * @throws PublicError as `checkJoin`
 */
export function joinPeer(session: Session, request: JoinRequest, now: Millis): Effects {
  const { peerId } = request;
  const present = session.members.get(request.peerId);
  requireRoomForMetadata(session, request.peerId, request);
  if (present && !session.ended) {
    const wasAway = present.presence.state === 'away';
    const back = connect(session, present);
    const changed = updatePeer(session, request.peerId, { name: request.name, data: request.data });
    // Its role may have changed while nobody could tell it.
    const whole = wasAway ? resumePeer(session, present.peerId, now) : arrival(session, present, now);
    return [...back, ...changed, ...whole];
  }
  const { role, leaving } = admit(session, request);
  const left = leaving.flatMap((member) =>
    leavePeer(session, member.peerId, { why: isOwner(request, member) ? 'replaced' : 'yielded' }),
  );
  const hidden = request.roleName === RECORDER_ROLE;
  const isSampled = hidden || isSampleOpen(session);
  const grows = !isSampled && !session.isLarge;
  session.isLarge ||= grows;
  const member: Member = {
    peerId: request.peerId,
    serial: ++session.lastSerial,
    userId: request.userId,
    identity: request.identity,
    bearer: request.bearer,
    hidden,
    joinedAt: now,
    isSampled,
    name: request.name,
    data: request.data,
    metadataBytes: metadataBytes(request),
    role,
    hadMedia: hasMedia(role),
    presence: { state: 'connected' },
    tracks: new Map(),
    trackStarts: new Map(),
    groups: new Set(),
    handRaisedAt: undefined,
    listens: new Set(),
    roleOffers: [],
  };
  addMember(session, member);
  indexAudience(session, member);
  return [
    ...left,
    ...(hidden ? [] : [fact({ type: 'peerJoined', ...factPeer(member) })]),
    ...arrival(session, member, now),
    ...(grows ? notify([...session.members.keys()], 'room-info', roomInfoOf(session), { except: peerId }) : []),
    ...notify(listersOf(session, member), 'on-peer-join', {
      ...infoOf(member),
      joined_at: now,
      realtime: true,
      tracks: {},
    }),
    ...subscriptionsChanged([member.peerId]),
    ...(hidden ? [] : [{ type: 'membershipChanged' } as const]),
  ];
}

/**
 * Takes a peer in that was in the session when its server was killed: away, with the role it had, without its tracks.
 * Nobody is told; it is announced as one that was there all along.
 * @returns false when its role is no longer in the template
 */
export function restorePeer(
  session: Session,
  peer: JoinRequest & {
    readonly joinedAt: Millis;
    readonly groups: readonly string[];
    readonly handRaisedAt: Millis | undefined;
    readonly listens: readonly string[];
  },
  now: Millis,
): boolean {
  const role = isRoleOfTemplate(session, peer.roleName) ? session.roles[peer.roleName] : undefined;
  if (!role) return false;
  const isSampled = isSampleOpen(session);
  session.isLarge ||= !isSampled;
  const member: Member = {
    peerId: peer.peerId,
    serial: ++session.lastSerial,
    userId: peer.userId,
    identity: peer.identity,
    bearer: peer.bearer,
    hidden: false,
    joinedAt: peer.joinedAt,
    isSampled,
    name: peer.name,
    data: peer.data,
    metadataBytes: metadataBytes(peer),
    role,
    // Its roles before this one are not known, and its client may have connections from them.
    hadMedia: true,
    presence: { state: 'away', since: now, phase: 'unnoticed' },
    tracks: new Map(),
    trackStarts: new Map(),
    groups: new Set(peer.groups),
    handRaisedAt: peer.handRaisedAt,
    listens: new Set(peer.listens),
    roleOffers: [],
  };
  addMember(session, member);
  session.away.add(member);
  indexAudience(session, member);
  return true;
}

/**
 * The peer's socket is lost; it keeps its place until the grace time is over. One that is away already stays so since
 * then: a socket that comes and goes without resuming gives it no more time.
 */
export function peerDisconnected(session: Session, peerId: string, now: Millis): void {
  const member = session.members.get(peerId);
  if (member?.presence.state !== 'connected') return;
  member.presence = { state: 'away', since: now, phase: 'unnoticed' };
  session.away.add(member);
}

/** Others are told of its tracks as they are, if they were told that it was away. */
function connect(session: Session, member: Member): Effects {
  return tellChanges(session, member, () => {
    member.presence = { state: 'connected' };
    session.away.delete(member);
  });
}

/**
 * The peer has a new socket: policy first, then the whole truth about the room, then open role change requests, then
 * itself as others know it: its hand may have been lowered, its name changed while nobody could tell it.
 * @throws PublicError 410
 */
export function resumePeer(session: Session, peerId: string, now: Millis): Effects {
  const member = memberOf(session, peerId);
  const back = connect(session, member);
  return [
    ...back,
    ...notify([peerId], 'on-policy-change', policyFor(session, member.role.name)),
    ...arrival(session, member, now),
    ...(member.hidden ? [] : notify([peerId], 'on-peer-update', { ...infoOf(member), realtime: true })),
  ];
}

/** What the time brings for those who are away: others are told, their seats can be had, in the end they leave. */
export function expireAway(session: Session, now: Millis): Effects {
  return [...session.away].flatMap((member): Effects => {
    const { presence } = member;
    if (presence.state !== 'away') return [];
    const awayMs = now - presence.since;
    if (awayMs >= GRACE_MS) return leavePeer(session, member.peerId, { why: 'lost' });
    const phase = awayMs >= SEAT_KEPT_MS ? 'yielding' : awayMs >= ABSENCE_TOLD_MS ? 'absent' : 'unnoticed';
    if (phase === presence.phase) return [];
    if (isSucceeded(session, member)) return leavePeer(session, member.peerId, { why: 'replaced' });
    return tellChanges(session, member, () => {
      member.presence = { ...presence, phase };
    });
  });
}

/** Its owner came anew before the loss of its socket was seen. */
function isSucceeded(session: Session, away: Member): boolean {
  return visibleMembers(session).some(
    (member) => member.presence.state === 'connected' && member.joinedAt > away.joinedAt && isOwner(member, away),
  );
}

/** When `expireAway` has something to do next. */
export function nextExpiryAt(session: Session): Millis | undefined {
  let next: Millis | undefined;
  for (const { presence } of session.away) {
    if (presence.state !== 'away') continue;
    const due = presence.since + PHASE_ENDS_MS[presence.phase];
    if (next === undefined || due < next) next = due;
  }
  return next;
}

const PHASE_ENDS_MS = { unnoticed: ABSENCE_TOLD_MS, absent: SEAT_KEPT_MS, yielding: GRACE_MS } as const;

/** Why a peer leaves, and who made it. */
export interface Leaving {
  readonly why: LeaveReason;
  readonly by?: string;
  /** What it was told. */
  readonly message?: string;
}

/** The peer is out. Nothing happens for an unknown one. */
export function leavePeer(session: Session, peerId: string, { why, by, message }: Leaving): Effects {
  const member = session.members.get(peerId);
  if (!member) return [];
  removeMember(session, member);
  return [
    ...(member.hidden
      ? []
      : [
          ...trackFacts('trackRemoved', member, member.tracks.values()),
          leftFact(member, { why, ...(by === undefined ? {} : { by }), ...(message ? { message } : {}) }),
        ]),
    ...departure(session, member),
    { type: 'peerGone', peerId },
    ...(member.hidden ? [] : [{ type: 'membershipChanged' } as const]),
  ];
}

function leftFact(member: Member, leaving: Leaving): Effect {
  return fact({ type: 'peerLeft', ...factPeer(member), ...leaving });
}

/** What has happened when a session is over, whoever ended it: those who were still there have left. */
export function factsOfEnd(session: Session): Effects {
  const { ending } = session;
  const by = ending && ending.by !== '' ? { by: ending.by } : {};
  return [
    ...visibleMembers(session).flatMap((member) => [
      ...trackFacts('trackRemoved', member, member.tracks.values()),
      leftFact(member, { why: 'sessionEnded', ...by }),
    ]),
    fact({ type: 'sessionEnded', ...(ending ? { ending } : {}) }),
  ];
}

/**
 * The peer changes its own name or data; the others are told.
 * @throws PublicError 410; 413 when the room has no place for it
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
  requireRoomForMetadata(session, peerId, { name, data });
  member.name = name;
  member.data = data;
  member.metadataBytes = metadataBytes({ name, data });
  return notify(listersOf(session, member), 'on-peer-update', { ...infoOf(member), realtime: true });
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
  requirePermission(memberOf(session, peerId), 'endRoom');
  const others = [...session.members.keys()].filter((id) => id !== peerId);
  return endForAll(session, others, { ...options, by: peerId });
}

/** Nobody joins or acts in it from now on. `by`: a peer; absent for a back end. */
export function endForAll(
  session: Session,
  toGo: readonly string[],
  { lock, reason, by }: { readonly lock: boolean; readonly reason: string; readonly by?: string },
): Effects {
  session.ended = true;
  session.ending = { by: by ?? '', reason, lock };
  const effects: Effect[] = notify(toGo, 'on-peer-leave-request', {
    ...(by === undefined ? {} : { requested_by: by }),
    reason,
    room_end: true,
  });
  if (lock) effects.push(fact({ type: 'roomLocked', by: by ?? '' }), { type: 'roomLocked' });
  return [...effects, { type: 'sessionEnded' }];
}
