import { EXTENSIONS, type SyntheticTrack } from './media.ts';
import type { PeerIdentity, ServerTransport } from './peer-process.ts';

/**
 * SDP as short as servers take it: synthetic peers are ICE agents without candidates, and the client in DTLS, also when they
 * offer.
 */

const TRANSPORT_WIDE_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const SDES = 'urn:ietf:params:rtp-hdrext:sdes';

/** An offer that publishes one track, or only makes a connection. @param sessionId for `o=` */
export function publishOffer(
  identity: PeerIdentity,
  sessionId: string,
  track: SyntheticTrack | undefined,
  options: { readonly dataChannel: boolean },
): string {
  const transport = transportLines(identity, 'active');
  const data = options.dataChannel
    ? [
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'c=IN IP4 0.0.0.0',
        'a=mid:0',
        ...transport,
        'a=sctp-port:5000',
      ]
    : [];
  const mids = [...(options.dataChannel ? ['0'] : []), ...(track ? [track.mid] : [])];
  return sdp(sessionId, mids, [...data, ...(track ? mediaLines(track, transport) : [])]);
}

function mediaLines(track: SyntheticTrack, transport: readonly string[]): string[] {
  const { kind, payloadType: payload, mid, trackId, streams } = track;
  // The best first: the order of preference (RFC 8853, 5.2), by which Janus tells which layer is which.
  const rids = streams.flatMap(({ rid }) => (rid === undefined ? [] : [rid])).reverse();
  const codec =
    kind === 'audio'
      ? [`a=rtpmap:${payload} opus/48000/2`, `a=fmtp:${payload} minptime=10;useinbandfec=1`]
      : [`a=rtpmap:${payload} VP8/90000`, `a=rtcp-fb:${payload} nack`, `a=rtcp-fb:${payload} nack pli`];
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payload}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    ...transport,
    'a=sendonly',
    `a=msid:stream ${trackId}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=extmap:${EXTENSIONS.mid} ${SDES}:mid`,
    ...(rids.length > 0
      ? [
          `a=extmap:${EXTENSIONS.rid} ${SDES}:rtp-stream-id`,
          `a=extmap:${EXTENSIONS.repairedRid} ${SDES}:repaired-rtp-stream-id`,
        ]
      : []),
    ...codec,
    ...(rids.length > 0
      ? [...rids.map((rid) => `a=rid:${rid} send`), `a=simulcast:send ${rids.join(';')}`]
      : streams.map(({ ssrc }) => `a=ssrc:${ssrc} cname:bench`)),
  ];
}

/** An answer that takes all of a server's offer. */
export function subscribeAnswer(identity: PeerIdentity, offer: string): string {
  const transport = transportLines(identity, 'active');
  const sections = sectionsOf(offer);
  const lines = sections.flatMap((section) => {
    const kept = section.filter((line) =>
      /^(m=|c=|a=(mid|rtcp-mux|rtcp-rsize|rtpmap|fmtp|rtcp-fb|extmap|sctp-port|max-message-size):?)/.test(line),
    );
    const direction = section.includes('a=sendonly')
      ? ['a=recvonly']
      : section.includes('a=inactive')
        ? ['a=inactive']
        : [];
    return [...kept, ...transport, ...direction];
  });
  return sdp(
    '1',
    sections.flatMap((section) => attributeOf(section, 'a=mid:') ?? []),
    lines,
  );
}

/** Where the server takes the connection that `description` is of: its first UDP candidate over IPv4. */
export function serverTransport(description: string): ServerTransport {
  const lines = description.split(/\r?\n/);
  const candidate = lines
    .map((line) => /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i.exec(line))
    .find(Boolean);
  const [ufrag, password] = [attributeOf(lines, 'a=ice-ufrag:'), attributeOf(lines, 'a=ice-pwd:')];
  if (!candidate || ufrag === undefined || password === undefined) throw new Error(`no transport in:\n${description}`);
  return { ip: candidate[1]!, port: Number(candidate[2]), ufrag, password };
}

/** What a receiver has to know of an offer. */
export function offeredMedia(offer: string): {
  readonly payloadTypes: readonly number[];
  readonly transportExtension: number | undefined;
} {
  const payloadTypes = [...offer.matchAll(/^a=rtpmap:(\d+) (?:VP8|opus)\//gm)].map(([, payload]) => Number(payload));
  const extension = [...offer.matchAll(/^a=extmap:(\d+)(?:\/\S+)? (\S+)/gm)].find(
    ([, , uri]) => uri === TRANSPORT_WIDE_CC,
  );
  return {
    payloadTypes: [...new Set(payloadTypes)],
    transportExtension: extension === undefined ? undefined : Number(extension[1]),
  };
}

function transportLines({ fingerprint, ufrag, password }: PeerIdentity, setup: string): string[] {
  return [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`, `a=fingerprint:sha-256 ${fingerprint}`, `a=setup:${setup}`];
}

function sdp(sessionId: string, mids: readonly string[], lines: readonly string[]): string {
  const session = ['v=0', `o=- ${sessionId} 1 IN IP4 127.0.0.1`, 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`];
  return [...session, ...lines, ''].join('\r\n');
}

function sectionsOf(description: string): string[][] {
  return description
    .split(/^(?=m=)/m)
    .slice(1)
    .map((section) => section.split(/\r?\n/).filter((line) => line !== ''));
}

function attributeOf(lines: readonly string[], prefix: string): string | undefined {
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
}
