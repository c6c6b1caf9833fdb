export type MediaKind = 'audio' | 'video';

/** `a=rtcp-fb` of one codec (RFC 4585, 4.2); `parameter` is empty when there is none. */
export interface RtcpFeedback {
  readonly type: string;
  readonly parameter: string;
}

/** `a=fmtp` as key and value. Whole numbers are numbers; a key without `=` has the empty string. */
export type CodecParameters = Readonly<Record<string, string | number>>;

/** One codec (or its retransmission format, mime type `…/rtx`) with the payload type it has in this section. */
export interface RtpCodec {
  /** e.g. `audio/opus`, `video/VP8`; compared without regard to case. */
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  /** Audio only. */
  readonly channels?: number;
  readonly parameters: CodecParameters;
  readonly rtcpFeedback: readonly RtcpFeedback[];
}

/** `a=extmap` (RFC 8285). */
export interface RtpHeaderExtension {
  readonly uri: string;
  readonly id: number;
}

/** One stream of RTP: by its `rid` (RFC 8852) or by its SSRC, and the SSRC of its retransmissions (RFC 4588). */
export interface RtpEncoding {
  readonly rid?: string;
  readonly ssrc?: number;
  readonly rtx?: { readonly ssrc: number };
  readonly dtx?: boolean;
}

/** What one media section says about the RTP in it. `codecs`: one media codec, then its rtx if there is one. */
export interface RtpParameters {
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
  /** Simulcast: lowest layer first. */
  readonly encodings: readonly RtpEncoding[];
  readonly rtcp: { readonly cname?: string; readonly reducedSize: boolean };
}

/** A codec that this side can receive and forward. */
export interface CodecCapability {
  readonly kind: MediaKind;
  readonly mimeType: string;
  readonly clockRate: number;
  readonly channels?: number;
  readonly parameters: CodecParameters;
  readonly rtcpFeedback: readonly RtcpFeedback[];
}

/** What this side can do. Codecs in order of preference. */
export interface RtpCapabilities {
  readonly codecs: readonly CodecCapability[];
  readonly headerExtensions: readonly {
    readonly kind: MediaKind;
    readonly uri: string;
    readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  }[];
}

/** `audio/opus` → `audio`, `opus`. */
export function splitMimeType(mimeType: string): { readonly kind: string; readonly name: string } {
  const slash = mimeType.indexOf('/');
  return { kind: mimeType.slice(0, slash), name: mimeType.slice(slash + 1) };
}
