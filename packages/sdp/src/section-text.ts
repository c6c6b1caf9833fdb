import { assert } from '@amphi/base';
import { serializeFmtp } from './fmtp.ts';
import type { Direction } from './media-section.ts';
import { type RtpCodec, type RtpParameters, splitMimeType } from './rtp-parameters.ts';
import type { LocalTransport } from './transport-description.ts';

/** Lines of SDP without their line ends. */
export type Lines = readonly string[];

/** The discard port: with all candidates in the SDP the `m=` and `c=` addresses mean nothing (RFC 8839, 4.3.1). */
const ANY_PORT = 9;

export interface SessionIdentity {
  readonly sessionId: string;
  /** Grows by one with each description sent on the connection. */
  readonly sessionVersion: number;
}

/** Session level of everything this side writes: ICE-lite, one BUNDLE group, mixed one- and two-byte extensions. */
export function sessionLines(identity: SessionIdentity, bundle: readonly string[] | undefined): Lines {
  return [
    'v=0',
    `o=- ${identity.sessionId} ${identity.sessionVersion} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=ice-lite',
    ...(bundle ? [`a=group:BUNDLE${bundle.map((mid) => ` ${mid}`).join('')}`] : []),
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
  ];
}

/** ICE and DTLS of a section (RFC 8839, RFC 8842). Candidates stand where the BUNDLE tag is (RFC 9143, 7.1.3). */
export function transportLines(
  transport: LocalTransport,
  setup: 'actpass' | 'active' | 'passive',
  withCandidates: boolean,
): Lines {
  return [
    `a=ice-ufrag:${transport.iceUfrag}`,
    `a=ice-pwd:${transport.icePwd}`,
    ...transport.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${setup}`,
    ...(withCandidates ? [...transport.candidates.map(candidateLine), 'a=end-of-candidates'] : []),
  ];
}

function candidateLine(candidate: LocalTransport['candidates'][number]): string {
  const { foundation, protocol, priority, address, port } = candidate;
  // RFC 6544, 4.5: a server only waits for ICE-TCP connections.
  const tcpType = protocol === 'tcp' ? ' tcptype passive' : '';
  return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ host${tcpType}`;
}

/** A data channel section that is taken (RFC 8841). */
export function dataLines(options: {
  readonly mid: string;
  readonly transport: LocalTransport;
  readonly lines: Lines;
}): Lines {
  const { sctp } = options.transport;
  assert(sctp, 'a data section needs a transport with SCTP');
  return [
    `m=application ${ANY_PORT} UDP/DTLS/SCTP webrtc-datachannel`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${options.mid}`,
    ...options.lines,
    `a=sctp-port:${sctp.port}`,
    `a=max-message-size:${sctp.maxMessageSize}`,
  ];
}

/** An audio or video section up to and including its codecs and extensions. */
export function mediaLines(options: {
  readonly kind: string;
  readonly mid: string;
  readonly direction: Direction;
  /** What the other side may send at most, in the whole section (RFC 3890). */
  readonly maxBitrateBps?: number;
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: RtpParameters['headerExtensions'];
  readonly lines: Lines;
}): Lines {
  const payloads = options.codecs.map((codec) => codec.payloadType).join(' ');
  return [
    `m=${options.kind} ${ANY_PORT} UDP/TLS/RTP/SAVPF ${payloads}`,
    'c=IN IP4 0.0.0.0',
    ...(options.maxBitrateBps === undefined ? [] : [`b=TIAS:${options.maxBitrateBps}`]),
    `a=mid:${options.mid}`,
    ...options.lines,
    `a=${options.direction}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...options.headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...options.codecs.flatMap(codecLines),
  ];
}

function codecLines(codec: RtpCodec): Lines {
  const { name } = splitMimeType(codec.mimeType);
  const channels = codec.channels !== undefined && codec.channels > 1 ? `/${codec.channels}` : '';
  const fmtp = serializeFmtp(codec.parameters);
  return [
    `a=rtpmap:${codec.payloadType} ${name}/${codec.clockRate}${channels}`,
    ...codec.rtcpFeedback.map(
      ({ type, parameter }) => `a=rtcp-fb:${codec.payloadType} ${type}${parameter === '' ? '' : ` ${parameter}`}`,
    ),
    ...(fmtp === '' ? [] : [`a=fmtp:${codec.payloadType} ${fmtp}`]),
  ];
}

/** Joins lines into SDP text. Values come from parsed lines or were checked to be tokens, so none holds a line end. */
export function sdpText(lines: Lines): string {
  for (const line of lines) assert(!/[\r\n]/.test(line), `line end inside ${JSON.stringify(line)}`);
  return `${lines.join('\r\n')}\r\n`;
}
