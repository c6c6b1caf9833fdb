import type { TrackState } from '@amphi/protocol';
import { type Effects, notify, subscriptionsChanged } from './effects.ts';
import { mayPublish } from './roles.ts';
import { infoOf, type Member, memberOf, type Session, sees, viewersOf } from './session.ts';

const CHANGED = { type: 'membershipChanged' } as const;

/**
 * Those of the offered tracks that the peer's role may publish; the rest is to be refused.
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
  for (const track of Object.values(offered)) if (mayPublish(role, track)) permitted.set(track.track_id, track);
  return permitted;
}

/**
 * The tracks are received from now on: those who may see them are told. Tracks the role may not publish, because it
 * changed meanwhile, are closed instead.
 * @throws PublicError 410
 */
export function publishTracks(session: Session, peerId: string, tracks: readonly TrackState[]): Effects {
  const member = memberOf(session, peerId);
  const refused = tracks.filter((track) => !mayPublish(member.role, track));
  const taken = tracks.filter((track) => !refused.includes(track));
  for (const track of taken) member.tracks.set(track.track_id, track);
  return [
    ...refused.map((track) => ({ type: 'closeTrack', peerId, trackId: track.track_id }) as const),
    ...(taken.length > 0 ? announce(session, member, 'on-track-add', taken) : []),
  ];
}

/** The tracks are gone. Unknown ones, and tracks of a peer that left, are ignored. */
export function unpublishTracks(session: Session, peerId: string, trackIds: readonly string[]): Effects {
  const member = session.members.get(peerId);
  const gone = trackIds.flatMap((id) => member?.tracks.get(id) ?? []);
  if (!member || gone.length === 0) return [];
  for (const track of gone) member.tracks.delete(track.track_id);
  return announce(session, member, 'on-track-remove', gone);
}

/**
 * What the owner says of its tracks now. Only `mute` and `description` can change; unknown tracks are ignored.
 * @throws PublicError 410
 */
export function updateTracks(session: Session, peerId: string, states: Readonly<Record<string, TrackState>>): Effects {
  const member = memberOf(session, peerId);
  const changed: TrackState[] = [];
  const muted: TrackState[] = [];
  for (const { track_id, mute, description } of Object.values(states)) {
    const known = member.tracks.get(track_id);
    if (!known || (known.mute === mute && known.description === description)) continue;
    const track = { ...known, mute, description };
    member.tracks.set(track_id, track);
    changed.push(track);
    if (known.mute !== mute) muted.push(track);
  }
  if (changed.length === 0) return [];
  return [
    ...muted.map(({ track_id, mute }) => ({ type: 'trackMuted', peerId, trackId: track_id, muted: mute }) as const),
    ...notify(viewersOf(session, member), 'on-track-update', { peer: infoOf(member), tracks: byId(changed) }),
  ];
}

export interface VisibleTrack {
  readonly publisherId: string;
  readonly track: TrackState;
}

/** All that the peer is to be sent, by track id; its own tracks are never among them. Empty for an unknown peer. */
export function visibleTracks(session: Session, peerId: string): ReadonlyMap<string, VisibleTrack> {
  const viewer = session.members.get(peerId);
  const visible = new Map<string, VisibleTrack>();
  if (!viewer || session.ended) return visible;
  for (const publisher of session.members.values()) {
    if (publisher.tracks.size === 0 || !sees(viewer, publisher)) continue;
    for (const track of publisher.tracks.values()) {
      visible.set(track.track_id, { publisherId: publisher.peerId, track });
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
  return [...session.members.values()].flatMap((publisher) =>
    publisher.tracks.size > 0 && sees(viewer, publisher)
      ? notify([peerId], 'on-track-add', { peer: infoOf(publisher), tracks: Object.fromEntries(publisher.tracks) })
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
    ...notify(viewers, method, { peer: infoOf(member), tracks: byId(tracks) }),
    ...subscriptionsChanged(viewers),
    CHANGED,
  ];
}

function byId(tracks: readonly TrackState[]): Record<string, TrackState> {
  return Object.fromEntries(tracks.map((track) => [track.track_id, track]));
}
