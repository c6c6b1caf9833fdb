import type { PublishableTrack } from '../src/index.ts';

/** A section of a client's publish offer, in Chromium's shape. */
export interface ClientSection {
  readonly kind: 'audio' | 'video';
  readonly trackId: string;
  readonly streamId?: string;
  readonly direction?: 'sendonly' | 'inactive';
  /** Given: simulcast. */
  readonly rids?: readonly string[];
  readonly ssrc?: number;
  readonly codec?: string;
  /** H.264 (constrained baseline) is offered besides, as the second choice. */
  readonly offersH264?: boolean;
}

export interface ClientOffer {
  readonly sessionId?: string;
  readonly version?: number;
  readonly ufrag?: string;
  /** Two digits that make up the certificate's hash. */
  readonly certificate?: string;
  readonly sections?: readonly ClientSection[];
}

/** What Chromium writes, reduced to what matters: a data channel (mid 0) and the given sections (mid 1, 2, …). */
export function clientOffer(offer: ClientOffer = {}): string {
  const { sessionId = '1001', version = 1, sections = [] } = offer;
  const transport = clientTransport(offer.ufrag ?? 'ufrag0', offer.certificate ?? 'AB', 'actpass');
  return [
    'v=0',
    `o=- ${sessionId} ${version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${[0, ...sections.map((_, index) => index + 1)].join(' ')}`,
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:0',
    ...transport,
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    ...sections.flatMap((section, index) => mediaSection(section, index + 1, transport)),
    '',
  ].join('\r\n');
}

/** The map that signaling sends along with an offer. */
export function publishable(
  ...tracks: readonly (Partial<PublishableTrack> & Pick<PublishableTrack, 'trackId' | 'kind'>)[]
): ReadonlyMap<string, PublishableTrack> {
  return new Map(
    tracks.map((track) => [track.trackId, { streamId: 'stream', source: 'regular', muted: false, ...track }]),
  );
}

/** What a browser would answer to a subscribe offer, all sections taken unless `refuse` names their mid. */
export function clientAnswer(offer: string, options: { readonly refuse?: readonly string[] } = {}): string {
  const [session = '', ...sections] = offer.split(/^(?=m=)/m);
  const answered = sections.map((section) => {
    const mid = section.match(/^a=mid:(\S+)/m)?.[1] ?? '';
    const direction = section.includes('a=sendonly') ? 'recvonly' : 'inactive';
    const kept = section
      .split('\r\n')
      .filter((line) => !/^a=(ice-|fingerprint|setup|candidate|end-of|msid|ssrc|sendonly|inactive)/.test(line))
      .filter((line) => line !== '');
    const lines = [...kept, ...clientTransport('subUfrag', 'CD', 'active')];
    if (!section.startsWith('m=application')) lines.push(`a=${direction}`);
    const text = `${lines.join('\r\n')}\r\n`;
    return options.refuse?.includes(mid) ? text.replace(/^(m=\w+) \d+/, '$1 0') : text;
  });
  return `${session.replace(/^a=(ice-lite|msid-semantic.*)\r\n/gm, '')}${answered.join('')}`;
}

function clientTransport(ufrag: string, certificate: string, setup: string): string[] {
  return [
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:0123456789abcdef01234567',
    `a=fingerprint:sha-256 ${Array(32).fill(certificate).join(':')}`,
    `a=setup:${setup}`,
  ];
}

function mediaSection(section: ClientSection, mid: number, transport: readonly string[]): string[] {
  const { kind, trackId, streamId = 'stream', direction = 'sendonly', rids, ssrc = 1000 + mid, offersH264 } = section;
  const codec = section.codec ?? (kind === 'audio' ? 'opus/48000/2' : 'VP8/90000');
  const [payload, extensions] =
    kind === 'audio'
      ? [111, ['a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level']]
      : [
          96,
          [
            'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
            'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
            'a=extmap:13 urn:3gpp:video-orientation',
          ],
        ];
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payload}${kind === 'video' ? ' 97' : ''}${offersH264 ? ' 102' : ''}`,
    `a=mid:${mid}`,
    ...transport,
    `a=${direction}`,
    ...(direction === 'sendonly' ? [`a=msid:${streamId} ${trackId}`] : []),
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    ...extensions,
    `a=rtpmap:${payload} ${codec}`,
    ...(kind === 'video'
      ? ['a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96']
      : ['a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1']),
    ...(offersH264
      ? ['a=rtpmap:102 H264/90000', 'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1']
      : []),
    ...(rids
      ? [...rids.map((rid) => `a=rid:${rid} send`), `a=simulcast:send ${rids.join(';')}`]
      : [`a=ssrc:${ssrc} cname:client`]),
  ];
}
