import type { Millis } from '@amphi/base';
import { type MethodParams, PublicError, type Role, type TrackState } from '@amphi/protocol';
import { tellBoardAfterRoleChange } from './board.ts';
import { type Effect, type Effects, fact, notify, subscriptionsChanged } from './effects.ts';
import { factPeer } from './facts.ts';
import { Audiences, audienceKeyOf, indexAudience, isOnStage, mayCall } from './listing.ts';
import { leavePeer } from './membership.ts';
import { offerRole } from './role-offers.ts';
import { mayPublish, subscribesTo } from './roles.ts';
import { policyFor } from './room.ts';
import { seatsInRole } from './seats.ts';
import {
  dropTrack,
  giveRole,
  infoOf,
  type Member,
  memberOf,
  requirePermission,
  roleNamed,
  roleToGive,
  type Session,
  toldTracks,
  visibleMember,
  visibleMembers,
} from './session.ts';
import { trackFacts } from './track-facts.ts';

/** Notifications about peers that one call may cause: some five seconds of a core. */
export const MAX_TOLD = 500_000;

/**
 * Changes roles at once (`force`), or asks the target. With `roles` for all peers that hold one of them; then all
 * change or, when they do not fit, none.
 * @throws PublicError 400 for a malformed target; 403 without permission or when the role is full; 404 for an unknown
 *   role or peer; 410; 413 when it is too much at once
 */
export function requestRoleChange(
  session: Session,
  peerId: string,
  request: MethodParams<'role-change-request'>,
  now: Millis,
): Effects {
  const member = memberOf(session, peerId);
  requirePermission(member, 'changeRole');
  const role = roleToGive(session, request.role);
  const targets = targetsOf(session, request).filter((target) => target.role.name !== role.name);
  if (targets.length === 0) return [];
  const seats = seatsInRole(role, visibleMembers(session), targets.length);
  if (!request.force)
    return targets.flatMap((target) => offerRole(session, target, role, { requestedBy: peerId, now }));
  requireBearable(session, targets, role);
  return [...vacate(session, seats), ...changeRoles(session, targets, role, { by: peerId, agreed: false })];
}

/**
 * The target accepts. The token is good once, for this peer and this role, and for `ROLE_REQUEST_MS`.
 * @throws PublicError 403 for a wrong, used or expired token or a full role; 410
 */
export function acceptRoleChange(
  session: Session,
  peerId: string,
  acceptance: MethodParams<'role-change'>,
  now: Millis,
): Effects {
  const member = memberOf(session, peerId);
  const index = member.roleOffers.findIndex(({ token, expiresAt }) => token === acceptance.token && expiresAt > now);
  const offer = member.roleOffers[index];
  if (!offer || offer.role !== acceptance.role) {
    throw new PublicError(403, `no open request to change the role of this peer to "${acceptance.role}"`);
  }
  const role = roleToGive(session, offer.role);
  const hasIt = member.role.name === role.name;
  const seats = hasIt ? [] : seatsInRole(role, visibleMembers(session), 1);
  member.roleOffers.splice(index, 1);
  if (hasIt) return [];
  const agreement = { by: offer.requestedBy, agreed: true };
  return [...vacate(session, seats), ...changeRoles(session, [member], role, agreement)];
}

/** A back end gives a peer another role at once. @throws PublicError 403 when the role is full */
export function setRole(session: Session, target: Member, role: Role): Effects {
  const seats = seatsInRole(role, visibleMembers(session), 1);
  return [...vacate(session, seats), ...changeRoles(session, [target], role, { by: '', agreed: false })];
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
  return seats.flatMap((absent) => leavePeer(session, absent.peerId, { why: 'yielded' }));
}

/** @throws PublicError 413 */
function requireBearable(session: Session, targets: readonly Member[], role: Role): void {
  const audiences = new Audiences(session);
  const told = targets.reduce((sum, target) => {
    const key = isOnStage(role) ? 'everyone' : audienceKeyOf(target);
    return sum + audiences.of(key).known.length;
  }, 0);
  if (told <= MAX_TOLD) return;
  throw new PublicError(
    413,
    `role-change-request: ${targets.length} peers at once are ${told} messages to others, at most ${MAX_TOLD}; change fewer at a time`,
  );
}

/** Members that had the same role before a change and have the same after it: what one of them sees, all see. */
export interface Cohort {
  readonly before: Role;
  readonly after: Role;
  readonly ids: string[];
}

/**
 * Order of the client protocol, 9.4: policy to those who change, update to the others, then tracks and subscriptions.
 * Who sees whom is found for pairs of roles, not of peers: the work grows with the number of peers, and with what is to be
 * told to each.
 */
function changeRoles(
  session: Session,
  targets: readonly Member[],
  role: Role,
  agreement: { readonly by: string; readonly agreed: boolean },
): Effect[] {
  const cohorts = cohortsOf(session, targets, role);
  const moved = targets.map((member) => ({ member, before: member.role, wasKnownTo: audienceKeyOf(member) }));
  for (const { member } of moved) {
    giveRole(session, member, role);
    indexAudience(session, member);
  }
  const ids = targets.map(({ peerId }) => peerId);
  const touched = new Set(ids);
  const publishers = moved.filter(({ member }) => member.tracks.size > 0);
  const tracks = publishers.flatMap(({ member, before }) => tellOfOwnTracks(session, member, before, cohorts, touched));
  const movedCohorts = cohorts.filter((cohort) => cohort.before !== cohort.after);
  return [
    ...moved.map(({ member, before }) =>
      fact({ type: 'roleChanged', ...factPeer(member), from: before.name, ...agreement }),
    ),
    ...notify(ids, 'on-policy-change', policyFor(session, role.name)),
    ...tellOfPeers(session, moved),
    ...tellOfHands(session, movedCohorts, moved),
    ...tellBoardAfterRoleChange(session, moved),
    ...tracks,
    ...tellOfOthersTracks(session, movedCohorts, new Set(targets)),
    ...subscriptionsChanged([...touched]),
    { type: 'membershipChanged' },
  ];
}

function cohortsOf(session: Session, targets: readonly Member[], role: Role): Cohort[] {
  const moving = new Set(targets);
  const cohorts = new Map<Role, { staying?: Cohort; moving?: Cohort }>();
  for (const member of session.members.values()) {
    const of = cohorts.get(member.role) ?? {};
    cohorts.set(member.role, of);
    const kind = moving.has(member) ? 'moving' : 'staying';
    of[kind] ??= { before: member.role, after: kind === 'moving' ? role : member.role, ids: [] };
    of[kind].ids.push(member.peerId);
  }
  return [...cohorts.values()].flatMap(({ staying, moving: leaving }) =>
    [staying, leaving].filter((c) => c !== undefined),
  );
}

interface Moved {
  readonly member: Member;
  readonly wasKnownTo: ReturnType<typeof audienceKeyOf>;
}

/** Those who know the peer are told of its role; whoever knew it, and does not any more, that it is none of theirs. */
export function tellOfPeers(session: Session, moved: readonly Moved[]): Effect[] {
  const audiences = new Audiences(session);
  const effects: Effect[] = [];
  for (const { member, wasKnownTo } of moved) {
    const { known, others } = audiences.of(audienceKeyOf(member));
    const lost = wasKnownTo === 'everyone' ? others : [];
    // Of a large audience most are known to nobody.
    if (known.length + lost.length === 0) continue;
    const info = infoOf(member);
    const except = { except: member.peerId };
    effects.push(...notify(known, 'on-peer-update', { ...info, realtime: true }, except));
    if (lost.length > 0) effects.push(...notify(lost, 'on-peer-update', { ...info, realtime: false }, except));
  }
  return effects;
}

/** Raised hands are known to those who may call: to some of those who change from now on, or not any more. */
export function tellOfHands(session: Session, cohorts: readonly Cohort[], moved: readonly Moved[]): Effect[] {
  const differing = cohorts.filter(({ before, after }) => mayCall(before) !== mayCall(after));
  if (differing.length === 0) return [];
  const wasKnownTo = new Map(moved.map((move) => [move.member, move.wasKnownTo]));
  const hands = [...session.members.values()].filter(
    (member) =>
      !member.hidden && member.groups.size > 0 && !isOnStage(member.role) && wasKnownTo.get(member) !== 'everyone',
  );
  return hands.flatMap((hand) =>
    differing.flatMap(({ ids, after }) => {
      const realtime = mayCall(after);
      // Whoever has a new role itself has told those who know it now already.
      if (realtime && wasKnownTo.has(hand)) return [];
      const to = ids.filter((id) => id !== hand.peerId && !(hand.isSampled && session.members.get(id)?.isSampled));
      return notify(to, 'on-peer-update', { ...infoOf(hand), realtime });
    }),
  );
}

/** Tracks of one whose role has changed, to everyone else; what it may not publish any more is closed. */
export function tellOfOwnTracks(
  session: Session,
  member: Member,
  before: Role,
  cohorts: readonly Cohort[],
  touched: Set<string>,
): Effect[] {
  const tracks = [...member.tracks.values()];
  if (tracks.length === 0) return [];
  const { role, peerId } = member;
  const closed = tracks.filter((track) => !mayPublish(role, track));
  const kept = tracks.filter((track) => !closed.includes(track));
  const facts = trackFacts('trackRemoved', member, closed);
  for (const track of closed) dropTrack(session, member, track.track_id);
  const lost: string[] = [];
  const won: string[] = [];
  const stayed: string[] = [];
  for (const cohort of cohorts) {
    const saw = subscribesTo(cohort.before, before);
    const willSee = subscribesTo(cohort.after, role);
    const group = saw ? (willSee ? stayed : lost) : willSee ? won : undefined;
    if (!group) continue;
    for (const id of cohort.ids) {
      group.push(id);
      touched.add(id);
    }
  }
  const except = { except: peerId };
  return [
    ...facts,
    ...tellOf(lost, 'on-track-remove', member, tracks, except),
    ...tellOf(stayed, 'on-track-remove', member, closed, except),
    ...closed.map((track): Effect => ({ type: 'closeTrack', peerId, trackId: track.track_id })),
    ...tellOf(won, 'on-track-add', member, kept, except),
  ];
}

/** Tracks of those whose role has not changed, to those whose role has. */
function tellOfOthersTracks(session: Session, cohorts: readonly Cohort[], targets: ReadonlySet<Member>): Effect[] {
  const effects: Effect[] = [];
  for (const method of ['on-track-remove', 'on-track-add'] as const) {
    for (const publisher of session.publishers) {
      if (targets.has(publisher) || publisher.hidden) continue;
      const to = cohorts.flatMap(({ before, after, ids }) => {
        const [saw, willSee] = [subscribesTo(before, publisher.role), subscribesTo(after, publisher.role)];
        return saw !== willSee && willSee === (method === 'on-track-add') ? ids : [];
      });
      effects.push(...tellOf(to, method, publisher, [...publisher.tracks.values()]));
    }
  }
  return effects;
}

function tellOf(
  to: readonly string[],
  method: 'on-track-add' | 'on-track-remove',
  publisher: Member,
  tracks: readonly TrackState[],
  options?: { readonly except: string },
): Effect[] {
  if (tracks.length === 0) return [];
  const params = { peer: infoOf(publisher), tracks: toldTracks(publisher, tracks) };
  return notify(to, method, params, options);
}
