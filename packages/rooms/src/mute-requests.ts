import { type MethodParams, PublicError, type TrackState } from '@amphi/protocol';
import { type Effects, notify } from './effects.ts';
import { type Member, memberOf, requirePermission, roleNamed, type Session, visibleMember } from './session.ts';
import { tellChanges } from './tracks.ts';

/**
 * One's track is to be muted or unmuted by another. A mute is done at once, whatever the owner's client makes of it; an
 * unmute only asks the owner (client protocol, 7.2).
 * @throws PublicError 403 without permission; 404 for an unknown peer or track; 410
 */
export function requestTrackMute(
  session: Session,
  peerId: string,
  { requested_for: ownerId, track_id: trackId, mute }: MethodParams<'track-update-request'>,
): Effects {
  requirePermission(memberOf(session, peerId), mute ? 'mute' : 'unmute');
  const owner = visibleMember(session, ownerId);
  const track = owner.tracks.get(trackId);
  if (!track) throw new PublicError(404, `no track ${trackId} of peer ${ownerId}`);
  if (track.mute === mute) return [];
  return [
    ...(mute ? muteTracks(session, owner, [track]) : []),
    ...notify([ownerId], 'on-track-update-request', {
      requested_by: peerId,
      track_id: trackId,
      stream_id: track.stream_id,
      mute,
    }),
  ];
}

/**
 * The same for all tracks that match, of everyone but the caller.
 * @throws PublicError 403 without permission; 404 for an unknown role; 410
 */
export function requestMuteOfMany(
  session: Session,
  peerId: string,
  { value: mute, type, source, roles }: MethodParams<'change-track-mute-state-request'>,
): Effects {
  requirePermission(memberOf(session, peerId), mute ? 'mute' : 'unmute');
  const named = roles && roles.length > 0 ? new Set(roles.map((name) => roleNamed(session, name).name)) : undefined;
  const matching = (owner: Member): TrackState[] =>
    [...owner.tracks.values()].filter(
      (track) =>
        track.mute !== mute &&
        (type === undefined || track.type === type) &&
        (source === undefined || track.source === source),
    );
  const owners = [...session.publishers].filter(
    (owner) => owner.peerId !== peerId && (!named || named.has(owner.role.name)) && matching(owner).length > 0,
  );
  return [
    ...(mute ? owners.flatMap((owner) => muteTracks(session, owner, matching(owner))) : []),
    ...notify(
      owners.map((owner) => owner.peerId),
      'on-change-track-mute-state-request',
      {
        requested_by: peerId,
        ...(type === undefined ? {} : { type }),
        ...(source === undefined ? {} : { source }),
        value: mute,
      },
    ),
  ];
}

function muteTracks(session: Session, owner: Member, tracks: readonly TrackState[]): Effects {
  return tellChanges(session, owner, () => {
    for (const track of tracks) owner.tracks.set(track.track_id, { ...track, mute: true });
  });
}
