import type { TrackState } from '@amphi/protocol';
import { type Effect, fact } from './effects.ts';
import { factPeer } from './facts.ts';
import type { Member } from './session.ts';

/**
 * What has happened to tracks of a peer: they came, were muted or unmuted, went. To be made while the peer still has
 * them: since when it had them is told as well.
 */
export function trackFacts(
  type: 'trackAdded' | 'trackUpdated' | 'trackRemoved',
  member: Member,
  tracks: Iterable<TrackState>,
): Effect[] {
  if (member.hidden) return [];
  return [...tracks].map((track) =>
    fact({
      type,
      ...factPeer(member),
      track: {
        trackId: track.track_id,
        streamId: track.stream_id,
        kind: track.type,
        source: track.source,
        muted: track.mute,
        startedAt: member.trackStarts.get(track.track_id) ?? member.joinedAt,
      },
    }),
  );
}
