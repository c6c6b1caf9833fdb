import { invalidSdp } from './errors.ts';
import type { MediaSection, Section } from './media-section.ts';
import { answeringSetup, refusedLines, unusedTag } from './publish-answer.ts';
import type { RemoteDescription } from './remote-description.ts';
import type { MediaKind, RtpCodec, RtpParameters } from './rtp-parameters.ts';
import { type Lines, mediaLines, type SessionIdentity, sdpText, sessionLines, transportLines } from './section-text.ts';
import { trackLines } from './subscribe-offer.ts';
import type { LocalTransport } from './transport-description.ts';

/** What a player receives in one section of its offer: the codec, with the payload type that the player gave it. */
export interface PlayedSection {
  readonly mid: string;
  readonly codec: RtpCodec;
}

/** What a player's offer takes of a program of one picture and one sound. At least one of both. */
export interface PlayerSections {
  readonly audio: PlayedSection | undefined;
  readonly video: PlayedSection | undefined;
}

/**
 * Profiles of H.264 under which a program of the high profile is sent, the best first. Those who offer the last two only
 * get the same pictures: decoders of browsers go by the parameter sets in the stream, not by what was offered.
 */
const PROFILES = ['6400', '640c', '42e0', '4200'];
/** What is done about losses. Not among them: `goog-remb` and `transport-cc`, as one encoding is sent to all. */
const FEEDBACK = new Set(['nack ', 'nack pli', 'ccm fir']);

/**
 * The first section of each kind in a player's offer (WHEP) that receives Opus, or H.264 in packetization mode 1.
 * @throws CodedError `invalid_sdp` when there is none
 */
export function playerSections(offer: RemoteDescription): PlayerSections {
  const audio = firstPlayed(offer, 'audio', findOpus);
  const video = firstPlayed(offer, 'video', findH264);
  if (!audio && !video) throw invalidSdp('m=', 'no section receives Opus, or H.264 in packetization mode 1');
  if (audio && audio.codec.payloadType === video?.codec.payloadType) {
    throw invalidSdp('m=', `payload type ${audio.codec.payloadType} stands for both Opus and H.264`);
  }
  return { audio, video };
}

export interface PlayAnswerOptions extends SessionIdentity {
  readonly offer: RemoteDescription;
  readonly transport: LocalTransport;
  /** What is sent, by mid. */
  readonly sent: ReadonlyMap<string, RtpParameters>;
  /** Of the one stream that sound and pictures belong to; the player keeps them together. */
  readonly streamId: string;
}

/** Answers a player's offer: the sections in `sent` are `sendonly`, all others refused. */
export function buildPlayAnswer(options: PlayAnswerOptions): string {
  const { offer } = options;
  const live: string[] = [];
  const body: string[] = [];
  for (const section of offer.sections) {
    const lines = liveLines(section, options);
    if (lines) live.push(section.mid);
    body.push(...(lines ?? refusedLines(section)));
  }
  const tagFirst = [...live].sort((a, b) => Number(b === offer.bundleTag) - Number(a === offer.bundleTag));
  return sdpText([...sessionLines(options, offer.isBundled ? tagFirst : undefined), ...body]);
}

function liveLines(section: Section, { offer, transport, sent, streamId }: PlayAnswerOptions): Lines | undefined {
  if (section.stopped || section.kind === 'other') return undefined;
  const { kind, mid } = section;
  const isTag = mid === offer.bundleTag;
  const parameters = sent.get(mid);
  // A rejected tag would take the whole group down with it.
  const unused = parameters || !isTag ? undefined : unusedTag(section)?.parameters;
  const used = parameters ?? unused;
  if (!used) return undefined;
  return [
    ...mediaLines({
      kind,
      mid,
      direction: parameters ? 'sendonly' : 'inactive',
      codecs: used.codecs,
      headerExtensions: used.headerExtensions,
      lines: transportLines(transport, answeringSetup(offer), isTag),
    }),
    ...(parameters ? trackLines(streamId, kind, parameters) : []),
  ];
}

function firstPlayed(
  offer: RemoteDescription,
  kind: MediaKind,
  find: (section: MediaSection) => RtpCodec | undefined,
): PlayedSection | undefined {
  for (const section of offer.sections) {
    if (section.kind !== kind || section.stopped || !section.rtcpMux || !offer.bundle.has(section.mid)) continue;
    if (section.direction !== 'recvonly' && section.direction !== 'sendrecv') continue;
    const codec = find(section);
    if (codec) return { mid: section.mid, codec: { ...codec, rtcpFeedback: codec.rtcpFeedback.filter(isKept) } };
  }
  return undefined;
}

function isKept({ type, parameter }: RtpCodec['rtcpFeedback'][number]): boolean {
  return FEEDBACK.has(`${type} ${parameter}`);
}

function findOpus({ codecs }: MediaSection): RtpCodec | undefined {
  return codecs.find(({ mimeType, clockRate }) => mimeType.toLowerCase() === 'audio/opus' && clockRate === 48_000);
}

function findH264({ codecs }: MediaSection): RtpCodec | undefined {
  const offered = codecs.filter(
    ({ mimeType, parameters }) =>
      mimeType.toLowerCase() === 'video/h264' && String(parameters['packetization-mode'] ?? 0) === '1',
  );
  for (const profile of PROFILES) {
    const codec = offered.find(({ parameters }) => profileOf(parameters).startsWith(profile));
    if (codec) return codec;
  }
  return undefined;
}

/** Without one it is baseline, level 1 (RFC 6184, 8.1). */
function profileOf(parameters: RtpCodec['parameters']): string {
  return String(parameters['profile-level-id'] ?? '42000a').toLowerCase();
}
