import h264 from 'h264-profile-level-id';
import type { CodecCapability, CodecParameters, RtpCodec } from './rtp-parameters.ts';

/** Formats that repeat, protect or accompany media; never chosen as the codec of a section. */
const NOT_MEDIA = new Set(['rtx', 'red', 'ulpfec', 'flexfec-03', 'cn', 'telephone-event']);

export function isMediaCodec(codec: RtpCodec): boolean {
  return !NOT_MEDIA.has(codec.mimeType.slice(codec.mimeType.indexOf('/') + 1).toLowerCase());
}

/**
 * Whether an offered format is the one this capability means. H.264 also needs the same packetization mode and
 * profile (RFC 6184, 8.2.2: level may differ), VP9 the same profile (RFC 9628, section 6), AV1 likewise.
 */
export function isSameCodec(offered: RtpCodec, capability: CodecCapability): boolean {
  const mimeType = offered.mimeType.toLowerCase();
  if (mimeType !== capability.mimeType.toLowerCase() || offered.clockRate !== capability.clockRate) return false;
  if (capability.kind === 'audio') return (offered.channels ?? 1) === (capability.channels ?? 1);
  switch (mimeType) {
    case 'video/h264':
      return (
        hasSame('packetization-mode', offered.parameters, capability.parameters) &&
        h264.isSameProfile(asText(offered.parameters), asText(capability.parameters))
      );
    case 'video/vp9':
      return hasSame('profile-id', offered.parameters, capability.parameters);
    case 'video/av1':
      return hasSame('profile', offered.parameters, capability.parameters);
    default:
      return true;
  }
}

/** The retransmission format of `codec` (RFC 4588, 8.1: bound to it by `apt`). */
export function findRtx(codecs: readonly RtpCodec[], codec: RtpCodec): RtpCodec | undefined {
  return codecs.find(
    (candidate) =>
      /\/rtx$/i.test(candidate.mimeType) &&
      candidate.parameters.apt === codec.payloadType &&
      candidate.clockRate === codec.clockRate,
  );
}

function hasSame(key: string, a: CodecParameters, b: CodecParameters): boolean {
  return String(a[key] ?? 0) === String(b[key] ?? 0);
}

function asText(parameters: CodecParameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
}
