const TRANSPORT = [
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789abcdef01234567',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
];

/**
 * What Chromium writes, reduced to what matters: the data channel, and one audio section per track.
 * @param ended of those, tracks that are sent no more: their sections stay
 */
export function clientOffer(
  session: string,
  version: number,
  trackIds: readonly string[] = [],
  ended: ReadonlySet<string> = new Set(),
): string {
  const audio = (id: string, index: number): string[] => [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    `a=mid:${index + 1}`,
    ...TRANSPORT,
    ...(ended.has(id) ? ['a=inactive'] : ['a=sendonly', `a=msid:stream-${session} ${id}`]),
    'a=rtcp-mux',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1',
    `a=ssrc:${1000 + index} cname:client`,
  ];
  return [
    'v=0',
    `o=- ${session} ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${[0, ...trackIds.map((_, index) => index + 1)].join(' ')}`,
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    ...TRANSPORT,
    'a=sctp-port:5000',
    ...trackIds.flatMap(audio),
    '',
  ].join('\r\n');
}
