import {
  isMsidToken,
  type MediaSection,
  type RemoteDescription,
  type RtpCapabilities,
  type RtpParameters,
  receiveParameters,
} from '@amphi/sdp';
import type { PublishableTrack } from './contract.ts';

/** A section of a publish offer that shall be received. */
export interface PlannedTrack {
  readonly mid: string;
  /** With a stream id that subscribers' SDP can carry. */
  readonly track: PublishableTrack;
  readonly parameters: RtpParameters;
}

export interface PublishPlan {
  /** By mid. */
  readonly wanted: ReadonlyMap<string, PlannedTrack>;
  /** Track ids of sections that send but are not received. */
  readonly refused: readonly string[];
}

/**
 * Decides which sections of an offer are received: those that send a track that signaling knows, of the same kind, with
 * a codec in common; the first one where two sections carry the same track.
 */
export function planPublishing(
  offer: RemoteDescription,
  tracks: ReadonlyMap<string, PublishableTrack>,
  capabilities: RtpCapabilities,
): PublishPlan {
  const wanted = new Map<string, PlannedTrack>();
  const taken = new Set<string>();
  const refused: string[] = [];
  for (const section of offer.sections) {
    if (section.kind === 'other' || section.stopped || !section.direction.startsWith('send')) continue;
    const trackId = section.msid?.trackId;
    const track = trackId === undefined ? undefined : tracks.get(trackId);
    const parameters = receiveParameters(section, capabilities);
    if (track?.kind === section.kind && parameters && !taken.has(track.trackId) && offer.bundle.has(section.mid)) {
      taken.add(track.trackId);
      wanted.set(section.mid, {
        mid: section.mid,
        track: { ...track, streamId: streamIdOf(track, section) },
        parameters,
      });
    } else {
      refused.push(trackId ?? section.mid);
    }
  }
  return { wanted, refused };
}

/** The genuine client loses a track whose stream is `-` or missing, so there is always one. */
function streamIdOf(track: PublishableTrack, section: MediaSection): string {
  const candidates = [track.streamId, section.msid?.streamId ?? ''];
  return candidates.find((id) => id !== '-' && isMsidToken(id)) ?? track.trackId;
}

/** Whether an existing producer goes on serving `planned`: same streams by SSRC or rid, same codec. */
export function isSameMedia(current: RtpParameters, planned: RtpParameters): boolean {
  const key = ({ codecs, encodings }: RtpParameters): string =>
    JSON.stringify([
      codecs.map(({ mimeType, payloadType }) => [mimeType.toLowerCase(), payloadType]),
      encodings.map(({ rid, ssrc, rtx }) => [rid, ssrc, rtx?.ssrc]),
    ]);
  return key(current) === key(planned);
}
