import type { LocalTransport, RtpCapabilities } from '../src/index.ts';

const videoFeedback = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'goog-remb', parameter: '' },
  { type: 'transport-cc', parameter: '' },
];

const both = (uri: string, direction: 'sendrecv' | 'recvonly' = 'sendrecv') =>
  (['audio', 'video'] as const).map((kind) => ({ kind, uri, direction }));

/** What the SFU of this project can receive, in its order of preference. */
export const capabilities: RtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      parameters: {},
      rtcpFeedback: [
        { type: 'nack', parameter: '' },
        { type: 'transport-cc', parameter: '' },
      ],
    },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, parameters: {}, rtcpFeedback: videoFeedback },
    {
      kind: 'video',
      mimeType: 'video/H264',
      clockRate: 90_000,
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
      rtcpFeedback: videoFeedback,
    },
  ],
  headerExtensions: [
    ...both('urn:ietf:params:rtp-hdrext:sdes:mid'),
    ...both('http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time'),
    ...both('http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01'),
    { kind: 'video', uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', direction: 'recvonly' },
    { kind: 'video', uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', direction: 'recvonly' },
    { kind: 'audio', uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', direction: 'sendrecv' },
    { kind: 'video', uri: 'urn:3gpp:video-orientation', direction: 'sendrecv' },
  ],
};

export const transport: LocalTransport = {
  iceUfrag: 'serverufrag0',
  icePwd: 'serverpassword0serverpassword0',
  candidates: [
    { foundation: 'udpcandidate', priority: 1_076_302_079, address: '127.0.0.1', protocol: 'udp', port: 40_001 },
    { foundation: 'tcpcandidate', priority: 1_076_276_479, address: '127.0.0.1', protocol: 'tcp', port: 40_002 },
  ],
  fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, (_, i) => `${i + 16}`).join(':') }],
  sctp: { port: 5000, maxMessageSize: 262_144 },
};
