import type { CodecParameters, RtpCapabilities, RtpCodec, RtpParameters } from '@amphi/sdp';
import type { types } from 'mediasoup';

/**
 * What a session's router carries, in order of preference. VP8 and Opus are what the genuine service uses and every
 * browser has; H.264 serves senders that offer nothing else, VP9 roles that ask for it. All of it is decodable by every
 * browser and by egress.
 */
export const ROUTER_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90_000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
  },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
];

/**
 * Header extensions agreed with browsers. Not among them: `video-orientation`, so that senders turn the picture
 * themselves and no receiver (egress least of all) has to.
 */
const BROWSER_EXTENSIONS: ReadonlySet<string> = new Set([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
]);

/**
 * A plain receiver gets no bandwidth estimation: with it mediasoup would send probe packets (SSRC 1234) into the stream
 * and hold back simulcast layers.
 */
const PLAIN_EXTENSIONS: ReadonlySet<string> = new Set([
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
]);

/** What publishers may send, for SDP answers. */
export function publishCapabilities(router: types.RtpCapabilities): RtpCapabilities {
  return {
    codecs: (router.codecs ?? []).flatMap((codec) => {
      if (codec.mimeType.toLowerCase().endsWith('/rtx')) return [];
      return [
        {
          kind: codec.kind,
          mimeType: codec.mimeType,
          clockRate: codec.clockRate,
          ...(codec.channels === undefined ? {} : { channels: codec.channels }),
          parameters: toCodecParameters(codec.parameters),
          rtcpFeedback: toFeedback(codec.rtcpFeedback),
        },
      ];
    }),
    headerExtensions: (router.headerExtensions ?? [])
      .filter(({ uri }) => BROWSER_EXTENSIONS.has(uri))
      .map(({ kind, uri, direction }) => ({ kind, uri, direction: direction ?? 'sendrecv' })),
  };
}

/** What subscribing browsers are taken to support. */
export function subscribeCapabilities(router: types.RtpCapabilities): types.RtpCapabilities {
  return withExtensions(router, BROWSER_EXTENSIONS);
}

/** What a receiver of plain RTP supports. */
export function plainCapabilities(router: types.RtpCapabilities): types.RtpCapabilities {
  const { codecs = [], headerExtensions } = withExtensions(router, PLAIN_EXTENSIONS);
  const isEstimation = (type: string): boolean => type === 'transport-cc' || type === 'goog-remb';
  return {
    ...(headerExtensions ? { headerExtensions } : {}),
    codecs: codecs.map((codec) => ({
      ...codec,
      rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type }) => !isEstimation(type)),
    })),
  };
}

function withExtensions(router: types.RtpCapabilities, uris: ReadonlySet<string>): types.RtpCapabilities {
  return {
    codecs: router.codecs ?? [],
    headerExtensions: (router.headerExtensions ?? []).filter(({ uri }) => uris.has(uri)),
  };
}

/**
 * Chromium sends simulcast VP8 with three temporal layers, which SDP does not tell. mediasoup must be told: without it
 * it takes the base layer for the whole and forwards every fourth frame. More layers than there are do no harm.
 */
const SIMULCAST_SCALABILITY = 'L1T3';

/** VP9 in one stream holds its spatial layers, and their temporal ones, in itself. */
export function isLayeredInItself({ codecs }: Pick<RtpParameters, 'codecs'>): boolean {
  return codecs[0]?.mimeType.toLowerCase() === 'video/vp9';
}

/**
 * Of K-SVC, where pictures refer to smaller layers in key frames only: the worker passes on one layer between them. It finds
 * out by itself when a stream has fewer layers.
 */
function scalabilityModeOf(parameters: RtpParameters, spatialLayers: number): string | undefined {
  const { codecs, encodings } = parameters;
  if (isLayeredInItself(parameters)) return spatialLayers > 1 ? `L${spatialLayers}T3_KEY` : 'L1T3';
  const isSimulcastVp8 = encodings.length > 1 && codecs[0]?.mimeType.toLowerCase() === 'video/vp8';
  return isSimulcastVp8 ? SIMULCAST_SCALABILITY : undefined;
}

/**
 * SDP's RTP parameters in mediasoup's shape.
 * @param spatialLayers of a stream that is layered in itself; of no meaning for any other
 */
export function toMediasoup(parameters: RtpParameters, spatialLayers = 1): types.RtpParameters {
  const scalabilityMode = scalabilityModeOf(parameters, spatialLayers);
  return {
    mid: parameters.mid,
    codecs: parameters.codecs.map((codec) => ({
      ...codec,
      parameters: { ...codec.parameters },
      rtcpFeedback: codec.rtcpFeedback.map((feedback) => ({ ...feedback })),
    })),
    headerExtensions: parameters.headerExtensions.map(({ uri, id }) => ({
      // The offer was intersected with the router's own list of URIs.
      uri: uri as types.RtpHeaderExtensionUri,
      id,
    })),
    encodings: parameters.encodings.map((encoding) => ({
      ...encoding,
      ...(scalabilityMode === undefined ? {} : { scalabilityMode }),
    })),
    rtcp: { ...parameters.rtcp },
  };
}

/** A consumer's RTP parameters in SDP's shape. */
export function fromMediasoup(mid: string, parameters: types.RtpParameters): RtpParameters {
  return {
    mid,
    codecs: parameters.codecs.map(toCodec),
    headerExtensions: (parameters.headerExtensions ?? []).map(({ uri, id }) => ({ uri, id })),
    encodings: (parameters.encodings ?? []).map(({ ssrc, rtx }) => ({
      ...(ssrc === undefined ? {} : { ssrc }),
      ...(rtx === undefined ? {} : { rtx: { ssrc: rtx.ssrc } }),
    })),
    rtcp: {
      reducedSize: parameters.rtcp?.reducedSize ?? true,
      ...(parameters.rtcp?.cname === undefined ? {} : { cname: parameters.rtcp.cname }),
    },
  };
}

function toCodec(codec: types.RtpCodecParameters): RtpCodec {
  return {
    mimeType: codec.mimeType,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    ...(codec.channels === undefined ? {} : { channels: codec.channels }),
    parameters: toCodecParameters(codec.parameters),
    rtcpFeedback: toFeedback(codec.rtcpFeedback),
  };
}

function toFeedback(feedback: types.RtcpFeedback[] | undefined): RtpCodec['rtcpFeedback'] {
  return (feedback ?? []).map(({ type, parameter }) => ({ type, parameter: parameter ?? '' }));
}

function toCodecParameters(parameters: Record<string, unknown> | undefined): CodecParameters {
  return Object.fromEntries(
    Object.entries(parameters ?? {}).flatMap(([key, value]) =>
      typeof value === 'number' || typeof value === 'string' ? [[key, value]] : [],
    ),
  );
}
