import {
  isMsidToken,
  type MediaSection,
  type RemoteDescription,
  type RtpCapabilities,
  type RtpParameters,
  receiveParameters,
} from '@amphi/sdp';
import type { PublishableTrack } from './contract.ts';

/** A section of a publish offer that sends something usable. */
export interface PlannedTrack {
  readonly mid: string;
  /** false: signaling does not know the track; it is received, but nobody gets it. */
  readonly isAllowed: boolean;
  /** With a stream id that subscribers' SDP can carry. */
  readonly track: PublishableTrack;
  readonly parameters: RtpParameters;
}

export interface PublishPlan {
  /** By mid. */
  readonly planned: ReadonlyMap<string, PlannedTrack>;
  /** Track ids (without `a=msid`: mids) of sections that send but are not published. */
  readonly refused: readonly string[];
}

/**
 * Sections that are not allowed, but received: a track may become allowed by what signaling says later, and is then there
 * at once. Each is a producer, so there are few.
 */
export const MAX_WITHHELD = 4;

/**
 * Decides what becomes of the sections of an offer. Published are those that send a track that signaling knows, of the
 * same kind, with a codec in common; the first one where two sections carry the same track.
 */
export function planPublishing(
  offer: RemoteDescription,
  tracks: ReadonlyMap<string, PublishableTrack>,
  capabilities: RtpCapabilities,
): PublishPlan {
  const planned = new Map<string, PlannedTrack>();
  const taken = new Set<string>();
  const refused: string[] = [];
  let withheld = 0;
  for (const section of offer.sections) {
    if (section.kind === 'other' || section.stopped || !section.direction.startsWith('send')) continue;
    const { kind, mid, msid } = section;
    const known = msid && tracks.get(msid.trackId);
    const parameters = offer.bundle.has(mid) ? receiveParameters(section, capabilities) : undefined;
    const isAllowed = known?.kind === kind && parameters !== undefined && !taken.has(known.trackId);
    if (!isAllowed) refused.push(msid?.trackId ?? mid);
    if (!msid || !parameters || taken.has(msid.trackId)) continue;
    if (!isAllowed && ++withheld > MAX_WITHHELD) continue;
    taken.add(msid.trackId);
    const track = isAllowed ? known : { trackId: msid.trackId, streamId: '', kind, source: '', muted: false };
    planned.set(mid, { mid, isAllowed, parameters, track: { ...track, streamId: streamIdOf(track, section) } });
  }
  return { planned, refused };
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
