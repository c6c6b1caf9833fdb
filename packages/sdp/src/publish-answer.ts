import type { MediaSection, Section } from './media-section.ts';
import type { RemoteDescription } from './remote-description.ts';
import type { CodecParameters, RtpCodec, RtpParameters } from './rtp-parameters.ts';
import {
  dataLines,
  type Lines,
  mediaLines,
  type SessionIdentity,
  sdpText,
  sessionLines,
  transportLines,
} from './section-text.ts';
import type { LocalTransport } from './transport-description.ts';

/** What becomes of one offered audio or video section. */
export interface SectionDecision {
  /**
   * `inactive`: agreed but nothing flows, the client may use it later. A section that does not send is inactive in any
   * case; one without a decision is refused.
   */
  readonly state: 'receive' | 'inactive';
  readonly parameters: RtpParameters;
  /** All streams of the section together (RFC 3890, `b=TIAS`). */
  readonly maxBitrateBps?: number;
  /** Of video, in pixels and pictures per second. Told to senders of codecs that have words for it: VP8. */
  readonly maxPicture?: { readonly width: number; readonly height: number; readonly frameRate: number };
}

export interface PublishAnswerOptions extends SessionIdentity {
  readonly offer: RemoteDescription;
  readonly transport: LocalTransport;
  /** By mid. */
  readonly decisions: ReadonlyMap<string, SectionDecision>;
  /** Where the browser's bandwidth estimate starts for video, instead of its 300 kbit/s. */
  readonly videoStartBitrateBps?: number;
}

/** Opus parameters of the offer that an answer gives back, by which the sender is ruled (RFC 7587, 7.1). */
const OPUS_ECHO = ['minptime', 'useinbandfec', 'usedtx', 'stereo', 'sprop-stereo', 'maxaveragebitrate', 'cbr'];

/** Which side begins the DTLS handshake: the client wherever it leaves the choice (RFC 8842, 5.3). */
export function answeringSetup(offer: RemoteDescription): 'active' | 'passive' {
  return offer.transport.setup === 'passive' ? 'active' : 'passive';
}

/**
 * Answers a publish offer: same sections in the same order; each one received, inactive, or refused with port 0;
 * the data channel section taken. A refused section that carries the BUNDLE tag is answered inactive instead: a
 * rejected tag takes the whole group down with it (Chromium drops the transport).
 */
export function buildPublishAnswer(options: PublishAnswerOptions): string {
  const { offer } = options;
  const dataMid = offer.sections.find((section) => canTakeData(section, options))?.mid;
  const live: string[] = [];
  const body: string[] = [];
  for (const section of offer.sections) {
    const lines = liveLines(section, section.mid === dataMid, options);
    if (lines) live.push(section.mid);
    body.push(...(lines ?? refusedLines(section)));
  }
  const tagFirst = [...live].sort((a, b) => Number(b === offer.bundleTag) - Number(a === offer.bundleTag));
  return sdpText([...sessionLines(options, offer.isBundled ? tagFirst : undefined), ...body]);
}

function canTakeData(section: Section, { offer, transport }: PublishAnswerOptions): boolean {
  return (
    section.kind === 'other' &&
    section.usable &&
    !section.stopped &&
    offer.bundle.has(section.mid) &&
    transport.sctp !== undefined
  );
}

function liveLines(section: Section, isData: boolean, options: PublishAnswerOptions): Lines | undefined {
  if (section.stopped || !options.offer.bundle.has(section.mid)) return undefined;
  const { mid } = section;
  const lines = transportLines(options.transport, answeringSetup(options.offer), mid === options.offer.bundleTag);
  if (section.kind === 'other') return isData ? dataLines({ mid, transport: options.transport, lines }) : undefined;
  const decision = options.decisions.get(mid) ?? (mid === options.offer.bundleTag ? unusedTag(section) : undefined);
  if (!decision) return undefined;
  const { parameters, state, maxBitrateBps, maxPicture } = decision;
  const receives = state === 'receive' && section.direction.startsWith('send');
  // Also when inactive: without `a=simulcast:recv` Chromium drops the other layers for good.
  const rids = section.sendRids.filter((rid) => parameters.encodings.some((encoding) => encoding.rid === rid));
  return [
    ...mediaLines({
      kind: section.kind,
      mid,
      direction: receives ? 'recvonly' : 'inactive',
      ...(maxBitrateBps === undefined ? {} : { maxBitrateBps }),
      codecs: parameters.codecs.map((codec) => answerCodec(codec, options, maxPicture)),
      headerExtensions: parameters.headerExtensions,
      lines,
    }),
    ...(rids.length > 0 ? [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(';')}`] : []),
  ];
}

/** How the section of the BUNDLE tag is answered when nothing of it is used. */
export function unusedTag(section: MediaSection): SectionDecision | undefined {
  const codec = section.codecs[0];
  if (!codec) return undefined;
  const codecs = [{ ...codec, rtcpFeedback: [] }];
  return {
    state: 'inactive',
    parameters: { mid: section.mid, codecs, headerExtensions: [], encodings: [], rtcp: { reducedSize: true } },
  };
}

/** A section that is refused: port 0. */
export function refusedLines(section: Section): Lines {
  const [type, format] =
    section.kind === 'other' ? [section.type, section.format] : [section.kind, section.codecs[0]?.payloadType ?? 0];
  return [
    `m=${type} 0 ${section.protocol} ${format}`,
    'c=IN IP4 0.0.0.0',
    ...(section.mid === '' ? [] : [`a=mid:${section.mid}`]),
    'a=inactive',
  ];
}

function answerCodec(
  codec: RtpCodec,
  options: PublishAnswerOptions,
  maxPicture: SectionDecision['maxPicture'],
): RtpCodec {
  const mimeType = codec.mimeType.toLowerCase();
  if (mimeType === 'audio/opus') return { ...codec, parameters: pick(codec.parameters, OPUS_ECHO) };
  if (!mimeType.startsWith('video/') || mimeType === 'video/rtx') return codec;
  const { videoStartBitrateBps } = options;
  const parameters = {
    ...codec.parameters,
    ...(maxPicture && mimeType === 'video/vp8' ? vp8Limits(maxPicture) : {}),
    ...(videoStartBitrateBps === undefined
      ? {}
      : { 'x-google-start-bitrate': Math.round(videoStartBitrateBps / 1000) }),
  };
  return { ...codec, parameters };
}

/** RFC 7741, 6.1: a picture's size in macroblocks of 16×16, so that it may stand upright as well, and pictures per second. */
function vp8Limits({ width, height, frameRate }: NonNullable<SectionDecision['maxPicture']>): CodecParameters {
  return { 'max-fs': Math.ceil(width / 16) * Math.ceil(height / 16), 'max-fr': frameRate };
}

function pick(parameters: CodecParameters, keys: readonly string[]): CodecParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => keys.includes(key)));
}
