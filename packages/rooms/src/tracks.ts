import type { Millis } from '@amphi/base';
import { PublicError, type TrackState } from '@amphi/protocol';
import { type Effect, type Effects, notify, subscriptionsChanged } from './effects.ts';
import { weightOf } from './role-limits.ts';
import { mayPublish } from './roles.ts';
import {
  dropTrack,
  infoOf,
  isAbsent,
  keepTrack,
  type Member,
  memberOf,
  type Session,
  sees,
  toldTrack,
  toldTracks,
  viewersOf,
} from './session.ts';
import { trackFacts } from './track-facts.ts';

const CHANGED = { type: 'membershipChanged' } as const;

/** Tracks of one peer: camera, microphone, a screen with sound, and as many again; each is a producer. */
export const MAX_TRACKS = 8;

/**
 * Those of the offered tracks that the peer's role may publish, up to `MAX_TRACKS`; the rest is to be refused.
 * @throws PublicError 410
 */
export function permittedTracks(
  session: Session,
  peerId: string,
  offered: Readonly<Record<string, TrackState>>,
): ReadonlyMap<string, TrackState> {
  const { role } = memberOf(session, peerId);
  const permitted = new Map<string, TrackState>();
  // The key is only a copy of the track id; what the track says of itself counts.
  for (const track of Object.values(offered)) {
    if (mayPublish(role, track) && permitted.size < MAX_TRACKS) permitted.set(track.track_id, track);
  }
  return permitted;
}

/**
 * Whether an offer of the peer has anything to be made for: its role has media, or had it when the offer was on its way.
 * @throws PublicError 403
 */
export function requireMedia(session: Session, peerId: string): void {
  const { role, hadMedia } = memberOf(session, peerId);
  if (!hadMedia) throw new PublicError(403, `role ${role.name} neither publishes nor subscribes`);
}

/**
 * The tracks are received from now on: those who may see them are told. Tracks the role may not publish, because it
 * changed meanwhile, are closed instead.
 * @throws PublicError 410
 */
export function publishTracks(session: Session, peerId: string, tracks: readonly TrackState[], now: Millis): Effects {
  const member = memberOf(session, peerId);
  const refused = tracks.filter((track) => !mayPublish(member.role, track));
  const taken = tracks.filter((track) => !refused.includes(track));
  for (const track of taken) keepTrack(session, member, track, now);
  return [
    ...trackFacts('trackAdded', member, taken),
    ...refused.map((track) => ({ type: 'closeTrack', peerId, trackId: track.track_id }) as const),
    // An offer may be answered after its socket was lost.
    ...(isAbsent(member) ? taken.flatMap((track) => muteChange(member, track, toldTrack(member, track))) : []),
    ...(taken.length > 0 ? announce(session, member, 'on-track-add', taken) : []),
  ];
}

/** The tracks are gone. Unknown ones, and tracks of a peer that left, are ignored. */
export function unpublishTracks(session: Session, peerId: string, trackIds: readonly string[]): Effects {
  const member = session.members.get(peerId);
  const gone = trackIds.flatMap((id) => member?.tracks.get(id) ?? []);
  if (!member || gone.length === 0) return [];
  const facts = trackFacts('trackRemoved', member, gone);
  for (const track of gone) dropTrack(session, member, track.track_id);
  return [...facts, ...announce(session, member, 'on-track-remove', gone)];
}

/**
 * What the owner says of its tracks now. Only `mute` and `description` can change; unknown tracks are ignored.
 * @throws PublicError 410
 */
export function updateTracks(session: Session, peerId: string, states: Readonly<Record<string, TrackState>>): Effects {
  const member = memberOf(session, peerId);
  return tellChanges(session, member, () => {
    for (const { track_id, mute, description } of Object.values(states)) {
      const known = member.tracks.get(track_id);
      if (known) keepTrack(session, member, { ...known, mute, description });
    }
  });
}

/**
 * Makes a change, then tells others what has become different of the peer's tracks as they are told of them. Used for
 * all that may change without a track coming or going: what the owner says, and whether it is there.
 */
export function tellChanges(session: Session, member: Member, change: () => void): Effects {
  const before = toldTracks(member, member.tracks.values());
  const wasMuted = new Map([...member.tracks].map(([trackId, { mute }]) => [trackId, mute]));
  change();
  const changed: TrackState[] = [];
  // Being away mutes nothing: only others are told so.
  const toggled = [...member.tracks.values()].filter(({ track_id, mute }) => mute !== wasMuted.get(track_id));
  const effects: Effect[] = trackFacts('trackUpdated', member, toggled);
  for (const track of Object.values(toldTracks(member, member.tracks.values()))) {
    const old = before[track.track_id];
    if (!old || (old.mute === track.mute && old.description === track.description)) continue;
    changed.push(track);
    effects.push(...muteChange(member, old, track));
  }
  if (changed.length === 0) return effects;
  return [
    ...effects,
    ...notify(viewersOf(session, member), 'on-track-update', { peer: infoOf(member), tracks: byId(changed) }),
  ];
}

function muteChange({ peerId }: Member, before: TrackState, { track_id: trackId, mute: muted }: TrackState): Effect[] {
  return before.mute === muted ? [] : [{ type: 'trackMuted', peerId, trackId, muted }];
}

export interface VisibleTrack {
  readonly publisherId: string;
  readonly track: TrackState;
  /** Of what does not all fit, the larger is sent. */
  readonly weight: number;
}

/** All that the peer is to be sent, by track id; its own tracks are never among them. Empty for an unknown peer. */
export function visibleTracks(session: Session, peerId: string): ReadonlyMap<string, VisibleTrack> {
  const viewer = session.members.get(peerId);
  const visible = new Map<string, VisibleTrack>();
  if (!viewer || session.ended) return visible;
  for (const publisher of session.publishers) {
    if (!sees(viewer, publisher)) continue;
    for (const track of publisher.tracks.values()) {
      visible.set(track.track_id, { publisherId: publisher.peerId, track, weight: weightOf(publisher.role) });
    }
  }
  return visible;
}

/**
 * Tells a peer once more of all tracks it may see: a client that rebuilt its connections forgot them
 * (client protocol, 5.8).
 * @throws PublicError 410
 */
export function announceAgain(session: Session, peerId: string): Effects {
  const viewer = memberOf(session, peerId);
  return [...session.publishers].flatMap((publisher) =>
    sees(viewer, publisher)
      ? notify([peerId], 'on-track-add', {
          peer: infoOf(publisher),
          tracks: toldTracks(publisher, publisher.tracks.values()),
        })
      : [],
  );
}

function announce(
  session: Session,
  member: Member,
  method: 'on-track-add' | 'on-track-remove',
  tracks: readonly TrackState[],
): Effects {
  const viewers = viewersOf(session, member);
  return [
    ...notify(viewers, method, { peer: infoOf(member), tracks: toldTracks(member, tracks) }),
    ...subscriptionsChanged(viewers),
    CHANGED,
  ];
}

function byId(tracks: readonly TrackState[]): Record<string, TrackState> {
  return Object.fromEntries(tracks.map((track) => [track.track_id, track]));
}
