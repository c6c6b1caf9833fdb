import { describe, expect, test } from 'vitest';
import { transport } from '../test/capabilities.ts';
import { parseOffer } from './remote-description.ts';
import type { RtpParameters } from './rtp-parameters.ts';
import { buildSubscribeOffer, type OfferedSection } from './subscribe-offer.ts';

const video: RtpParameters = {
  mid: '1',
  codecs: [
    {
      mimeType: 'video/VP8',
      payloadType: 101,
      clockRate: 90_000,
      parameters: {},
      rtcpFeedback: [
        { type: 'nack', parameter: '' },
        { type: 'nack', parameter: 'pli' },
        { type: 'transport-cc', parameter: '' },
      ],
    },
    { mimeType: 'video/rtx', payloadType: 102, clockRate: 90_000, parameters: { apt: 101 }, rtcpFeedback: [] },
  ],
  headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 }],
  encodings: [{ ssrc: 1111, rtx: { ssrc: 2222 } }],
  rtcp: { cname: 'cname1', reducedSize: true },
};

const audio: RtpParameters = {
  mid: '2',
  codecs: [
    {
      mimeType: 'audio/opus',
      payloadType: 100,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1, usedtx: 1 },
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
  encodings: [{ ssrc: 3333 }],
  rtcp: { cname: 'cname2', reducedSize: true },
};

const data: OfferedSection = { kind: 'data', mid: '0' };
const camera: OfferedSection = {
  kind: 'video',
  mid: '1',
  state: 'active',
  streamId: 'stream-a',
  trackId: 'track-a',
  parameters: video,
};
const microphone: OfferedSection = {
  kind: 'audio',
  mid: '2',
  state: 'active',
  streamId: '{stream-b}',
  trackId: 'track-b',
  parameters: audio,
};

const write = (sections: readonly OfferedSection[]): string =>
  buildSubscribeOffer({ transport, sections, sessionId: '77', sessionVersion: 3 });

describe('buildSubscribeOffer', () => {
  test('SB1, SB8: the data channel alone', () => {
    expect(write([data])).toBe(
      [
        'v=0',
        'o=- 77 3 IN IP4 127.0.0.1',
        's=-',
        't=0 0',
        'a=ice-lite',
        'a=group:BUNDLE 0',
        'a=extmap-allow-mixed',
        'a=msid-semantic: WMS *',
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'c=IN IP4 0.0.0.0',
        'a=mid:0',
        'a=ice-ufrag:serverufrag0',
        'a=ice-pwd:serverpassword0serverpassword0',
        `a=fingerprint:sha-256 ${transport.fingerprints[0]?.value}`,
        'a=setup:actpass',
        'a=candidate:udpcandidate 1 udp 1076302079 127.0.0.1 40001 typ host',
        'a=candidate:tcpcandidate 1 tcp 1076276479 127.0.0.1 40002 typ host tcptype passive',
        'a=end-of-candidates',
        'a=sctp-port:5000',
        'a=max-message-size:262144',
        '',
      ].join('\r\n'),
    );
  });

  test('SB4: tracks: what is written is read back', () => {
    const offer = parseOffer(write([data, camera, microphone]));
    expect(offer.sessionVersion).toBe(3n);
    expect([...offer.bundle]).toEqual(['0', '1', '2']);
    expect(offer.sections[1]).toMatchObject({
      kind: 'video',
      direction: 'sendonly',
      msid: { streamId: 'stream-a', trackId: 'track-a' },
      ssrcs: [{ ssrc: 1111, rtxSsrc: 2222 }],
      cname: 'cname1',
      codecs: video.codecs,
      rtcpMux: true,
    });
    expect(offer.sections[2]).toMatchObject({
      kind: 'audio',
      msid: { streamId: '{stream-b}', trackId: 'track-b' },
      ssrcs: [{ ssrc: 3333, rtxSsrc: undefined }],
      codecs: audio.codecs,
    });
  });

  test('SB5: a track that is gone leaves its section, inactive, without ids', () => {
    const text = write([data, { ...camera, state: 'inactive' }, microphone]);
    const section = parseOffer(text).sections[1];
    expect(section).toMatchObject({ direction: 'inactive', stopped: false, msid: undefined, ssrcs: [] });
    expect(text).toContain('a=group:BUNDLE 0 1 2');
  });

  test('SB3, SB4: ids that are no tokens, and mids that are no numbers, never reach a client', () => {
    expect(() => write([{ ...camera, trackId: 'x\r\na=evil' }])).toThrow('is two tokens');
    expect(() => write([{ ...camera, streamId: '-' }])).toThrow('is two tokens');
    expect(() => write([{ ...camera, mid: 's1' }])).toThrow('mid s1 is a decimal number');
  });
});
