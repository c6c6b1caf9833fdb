import {
  isMsidToken,
  lowestFirst,
  type MediaSection,
  type RemoteDescription,
  type RtpCapabilities,
  type RtpParameters,
  receiveParameters,
} from '@amphi/sdp';
import type { PublishableTrack, TrackLimits } from './contract.ts';
import { isLayeredInItself } from './media-codecs.ts';

/** A section of a publish offer that sends something usable. */
export interface PlannedTrack {
  readonly mid: string;
  /** false: signaling does not know the track; it is received, but nobody gets it. */
  readonly isAllowed: boolean;
  /** With a stream id that subscribers' SDP can carry. */
  readonly track: PublishableTrack;
  readonly parameters: RtpParameters;
  readonly limits: TrackLimits;
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
 * @param limitsOf what a section may carry, of a track that is not known as well
 */
export function planPublishing(
  offer: RemoteDescription,
  tracks: ReadonlyMap<string, PublishableTrack>,
  capabilities: RtpCapabilities,
  limitsOf: (section: MediaSection, track: PublishableTrack | undefined) => TrackLimits,
): PublishPlan {
  const planned = new Map<string, PlannedTrack>();
  const taken = new Set<string>();
  const refused: string[] = [];
  let withheld = 0;
  for (const section of offer.sections) {
    if (section.kind === 'other' || section.stopped || !section.direction.startsWith('send')) continue;
    const { kind, mid, msid } = section;
    const known = msid && tracks.get(msid.trackId);
    const limits = limitsOf(section, known);
    const parameters = offer.bundle.has(mid) ? limitedParameters(section, capabilities, limits) : undefined;
    const isAllowed = known?.kind === kind && parameters !== undefined && !taken.has(known.trackId);
    if (!isAllowed) refused.push(msid?.trackId ?? mid);
    if (!msid || !parameters || taken.has(msid.trackId)) continue;
    if (!isAllowed && ++withheld > MAX_WITHHELD) continue;
    taken.add(msid.trackId);
    const track = isAllowed ? known : { trackId: msid.trackId, streamId: '', kind, source: '', muted: false };
    planned.set(mid, { mid, isAllowed, parameters, limits, track: { ...track, streamId: streamIdOf(track, section) } });
  }
  return { planned, refused };
}

/** How a section is received within its limits; undefined when nothing is in common. */
export function limitedParameters(
  section: MediaSection,
  capabilities: RtpCapabilities,
  limits: TrackLimits,
): RtpParameters | undefined {
  const parameters = receiveParameters(section, preferring(capabilities, limits.codec));
  if (!parameters || parameters.encodings.length <= 1) return parameters;
  // Its other streams would be what it has in itself.
  if (isLayeredInItself(parameters)) return { ...parameters, encodings: parameters.encodings.slice(-1) };
  if (limits.rids === undefined) return parameters;
  return { ...parameters, encodings: limitedEncodings(parameters.encodings, limits.rids) };
}

/** The worker, and names of layers, end there. */
const MAX_SPATIAL_LAYERS = 3;

/**
 * Names of the layers of a section's picture, lowest first. SDP does not tell those that a stream has in itself: one that is
 * offered without a rid is taken to have those that its role speaks of.
 */
export function layerRidsOf(parameters: RtpParameters, limits: TrackLimits): readonly (string | undefined)[] {
  const rids = parameters.encodings.map(({ rid }) => rid);
  if (!isLayeredInItself(parameters) || rids[0] !== undefined || !limits.rids?.length) return rids;
  return lowestFirst(limits.rids).slice(-MAX_SPATIAL_LAYERS);
}

function preferring({ codecs, headerExtensions }: RtpCapabilities, mimeType: string | undefined): RtpCapabilities {
  const isPreferred = (codec: RtpCapabilities['codecs'][number]): boolean =>
    codec.mimeType.toLowerCase() === mimeType?.toLowerCase();
  return { headerExtensions, codecs: [...codecs].sort((a, b) => Number(isPreferred(b)) - Number(isPreferred(a))) };
}

/** Lowest layer first, as they are given. */
function limitedEncodings(encodings: RtpParameters['encodings'], rids: readonly string[]): RtpParameters['encodings'] {
  const named = encodings.filter(({ rid }) => rid !== undefined && rids.includes(rid));
  return named.length > 0 ? named : encodings.slice(0, Math.max(1, rids.length));
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
