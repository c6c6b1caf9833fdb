import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerForThisMachine, iceFragmentOf, nameTracks, offerAgain, readIceCredentials } from './encoder-offer.ts';
import { parseOffer } from './remote-description.ts';

const chromium = readFileSync(new URL('../test/corpus/chromium-simulcast.sdp', import.meta.url), 'utf8');

/** As encoders write it: the same ids at every start, or none. */
const ENCODER = [
  'v=0',
  'o=Encoder 4489045141692799359 2 IN IP4 127.0.0.1',
  's=Encoder',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=msid-semantic: WMS',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:a3b4',
  'a=ice-pwd:0123456789abcdefghijklmn',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:passive',
  'a=mid:0',
  'a=sendonly',
  'a=msid:Encoder audio',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=ssrc:1 cname:Encoder',
  'a=ssrc:1 msid:Encoder audio',
  'm=video 9 UDP/TLS/RTP/SAVPF 106',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:a3b4',
  'a=ice-pwd:0123456789abcdefghijklmn',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:passive',
  'a=mid:1',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:106 H264/90000',
  'a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  '',
].join('\r\n');

const ids = () => {
  let made = 0;
  return { streamId: 'stream', trackId: () => `track-${++made}` };
};

describe('tracks of an encoder', () => {
  it('ING3: each section that sends names a track of its own, whatever the encoder called it', () => {
    const { sdp, tracks } = nameTracks(ENCODER, ids());
    expect(tracks).toEqual([
      { mid: '0', kind: 'audio', trackId: 'track-1' },
      { mid: '1', kind: 'video', trackId: 'track-2' },
    ]);
    const read = parseOffer(sdp);
    expect(read.sections.map((section) => 'msid' in section && section.msid)).toEqual([
      { streamId: 'stream', trackId: 'track-1' },
      { streamId: 'stream', trackId: 'track-2' },
    ]);
    expect(sdp).not.toMatch(/msid:Encoder/);
    expect(sdp).toContain('a=ssrc:1 cname:Encoder');
  });

  it('ING3: all else of the offer stays, also of a browser’s with simulcast and a data channel', () => {
    const { sdp, tracks } = nameTracks(chromium, ids());
    const [before, after] = [parseOffer(chromium), parseOffer(sdp)];
    const withoutNames = (offer: typeof before) =>
      offer.sections.map((section) => ({ ...section, ...('msid' in section ? { msid: undefined } : {}) }));
    expect(withoutNames(after)).toEqual(withoutNames(before));
    expect(after.transport).toEqual(before.transport);
    const sending = before.sections.filter((section) => 'direction' in section && section.direction.startsWith('send'));
    expect(tracks).toHaveLength(sending.length);
    expect(tracks.length).toBeGreaterThan(0);
  });

  it('ING12: what is no offer is refused with its line', () => {
    expect(() => nameTracks('v=0\r\n', ids())).toThrow(expect.objectContaining({ code: 'invalid_sdp' }));
  });
});

describe('an ICE restart', () => {
  it('ING6: is the offer once more, a version later, with other credentials', () => {
    const credentials = { iceUfrag: 'wxyz', icePwd: 'abcdefghijklmnopqrstuvwx' };
    const again = parseOffer(offerAgain(ENCODER, credentials));
    const before = parseOffer(ENCODER);
    expect(again.sessionId).toBe(before.sessionId);
    expect(again.sessionVersion).toBe(before.sessionVersion + 1n);
    expect(again.transport).toEqual({ ...before.transport, ...credentials });
    expect(again.sections).toEqual(before.sections);
    expect(parseOffer(offerAgain(ENCODER)).transport).toEqual(before.transport);
  });

  it('ING6: credentials are read from a fragment; candidates alone have none', () => {
    const fragment = 'a=ice-ufrag:wxyz\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n';
    expect(readIceCredentials(fragment)).toEqual({ iceUfrag: 'wxyz', icePwd: 'abcdefghijklmnopqrstuvwx' });
    expect(readIceCredentials('m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n')).toBeUndefined();
    expect(() => readIceCredentials('a=ice-ufrag:x\r\n')).toThrow(expect.objectContaining({ code: 'invalid_sdp' }));
    expect(() => readIceCredentials('a=ice-ufrag:wxyz\na=ice-pwd:short')).toThrow(/ice-pwd/);
  });

  it('ING6: the answer to it is the server’s credentials and candidates, once', () => {
    const answer = [
      'v=0',
      'o=- 1 2 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      'a=ice-lite',
      'a=group:BUNDLE 0 1',
      'm=audio 7 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      'a=ice-ufrag:serv',
      'a=ice-pwd:abcdefghijklmnopqrstuvwx',
      'a=candidate:1 1 udp 1 127.0.0.1 40000 typ host',
      'a=end-of-candidates',
      'a=rtpmap:111 opus/48000/2',
      'm=video 7 UDP/TLS/RTP/SAVPF 106',
      'a=mid:1',
      '',
    ].join('\r\n');
    expect(iceFragmentOf(answer).split('\r\n')).toEqual([
      'a=ice-lite',
      'a=group:BUNDLE 0 1',
      'm=audio 7 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      'a=ice-ufrag:serv',
      'a=ice-pwd:abcdefghijklmnopqrstuvwx',
      'a=candidate:1 1 udp 1 127.0.0.1 40000 typ host',
      'a=end-of-candidates',
      '',
    ]);
  });
});

it('ING13: an encoder on this machine is told one address of it, with the port that others are told', () => {
  const answer = [
    'v=0',
    'm=audio 7 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=candidate:1 1 tcp 2 203.0.113.5 40001 typ host tcptype passive',
    'a=candidate:2 1 udp 1 203.0.113.5 40000 typ host',
    'a=candidate:3 1 udp 1 2001:db8::5 40000 typ host',
    'a=end-of-candidates',
    'm=video 7 UDP/TLS/RTP/SAVPF 106',
    'a=mid:1',
    '',
  ].join('\r\n');
  expect(answerForThisMachine(answer, '192.168.0.2').split('\r\n')).toEqual([
    'v=0',
    'm=audio 7 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=candidate:2 1 udp 1 192.168.0.2 40000 typ host',
    'a=end-of-candidates',
    'm=video 7 UDP/TLS/RTP/SAVPF 106',
    'a=mid:1',
    '',
  ]);
});
