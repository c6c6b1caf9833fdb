import { findRtx, isMediaCodec, isSameCodec } from './codec-match.ts';
import type { MediaSection } from './media-section.ts';
import type { CodecCapability, RtpCapabilities, RtpCodec, RtpEncoding, RtpParameters } from './rtp-parameters.ts';
import { lowestFirst } from './simulcast-order.ts';

/** More simulcast streams than any client sends; a section with more is refused. */
const MAX_ENCODINGS = 4;

/**
 * How to receive what an offered section sends: the codec this side likes best among those offered, with the
 * sender's own payload types and extension ids.
 * @returns undefined when there is nothing in common, or the section cannot be received on the bundled transport
 */
export function receiveParameters(section: MediaSection, capabilities: RtpCapabilities): RtpParameters | undefined {
  if (!section.rtcpMux || !isSecureProfile(section.protocol) || section.sendRids.length > MAX_ENCODINGS)
    return undefined;
  const chosen = chooseCodec(section, capabilities);
  if (!chosen) return undefined;
  const rtx = findRtx(section.codecs, chosen);
  return {
    mid: section.mid,
    codecs: rtx ? [chosen, { ...rtx, rtcpFeedback: [] }] : [chosen],
    headerExtensions: commonExtensions(section, capabilities),
    encodings: encodings(section, chosen, rtx !== undefined),
    rtcp: { reducedSize: true, ...(section.cname === undefined ? {} : { cname: section.cname }) },
  };
}

/** Secure RTP with feedback over DTLS (RFC 5764, section 8; RFC 7850 for the TCP name). */
function isSecureProfile(protocol: string): boolean {
  return protocol === 'UDP/TLS/RTP/SAVPF' || protocol === 'TCP/TLS/RTP/SAVPF' || protocol === 'TCP/DTLS/RTP/SAVPF';
}

function chooseCodec(section: MediaSection, capabilities: RtpCapabilities): RtpCodec | undefined {
  const offered = section.codecs.filter(isMediaCodec);
  for (const capability of capabilities.codecs) {
    if (capability.kind !== section.kind) continue;
    const codec = offered.find((candidate) => isSameCodec(candidate, capability));
    if (!codec) continue;
    // `max-fs` and `max-fr` (RFC 7741, 6.1) limit what the offerer receives; they are no part of what it sends.
    const parameters = codec.mimeType.toLowerCase() === 'video/vp8' ? {} : codec.parameters;
    return { ...codec, parameters, rtcpFeedback: commonFeedback(codec, capability) };
  }
  return undefined;
}

function commonFeedback(codec: RtpCodec, capability: CodecCapability): RtpCodec['rtcpFeedback'] {
  return codec.rtcpFeedback.filter((offered) =>
    capability.rtcpFeedback.some((own) => own.type === offered.type && own.parameter === offered.parameter),
  );
}

function commonExtensions(section: MediaSection, capabilities: RtpCapabilities): RtpParameters['headerExtensions'] {
  const ids = new Set<number>();
  return section.headerExtensions.flatMap(({ uri, id, direction }) => {
    const received = capabilities.headerExtensions.some(
      (own) => own.kind === section.kind && own.uri === uri && own.direction.includes('recv'),
    );
    if (!received || !direction.includes('send') || ids.has(id)) return [];
    ids.add(id);
    return [{ uri, id }];
  });
}

function encodings(section: MediaSection, codec: RtpCodec, hasRtx: boolean): readonly RtpEncoding[] {
  if (section.sendRids.length > 0) return lowestFirst(section.sendRids).map((rid) => ({ rid }));
  const dtx = codec.parameters.usedtx === 1 ? { dtx: true } : {};
  const stream = section.ssrcs[0];
  // Without an SSRC the receiver goes by mid and payload type (RFC 9143, 9.2).
  if (!stream) return [dtx];
  const rtx = hasRtx && stream.rtxSsrc !== undefined ? { rtx: { ssrc: stream.rtxSsrc } } : {};
  return [{ ssrc: stream.ssrc, ...rtx, ...dtx }];
}
