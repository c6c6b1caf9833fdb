import { describe, expect, test } from 'vitest';
import { transport } from '../test/capabilities.ts';
import { buildPlayAnswer, playerSections } from './play-answer.ts';
import { parseAnswer, parseOffer } from './remote-description.ts';
import type { RtpParameters } from './rtp-parameters.ts';

interface Offered {
  readonly kind: string;
  readonly codecs: readonly string[];
  readonly direction?: string;
}

/** A codec as `payload type, rtpmap, fmtp`. */
function offerOf(...sections: readonly Offered[]) {
  const lines = ['v=0', 'o=- 4489045141692799359 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];
  lines.push(`a=group:BUNDLE ${sections.map((_, mid) => `m${mid}`).join(' ')}`);
  sections.forEach(({ kind, codecs, direction = 'recvonly' }, mid) => {
    const parts = codecs.map((codec) => codec.split(', '));
    lines.push(
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${parts.map(([payload]) => payload).join(' ')}`,
      'c=IN IP4 0.0.0.0',
      'a=ice-ufrag:a3b4',
      'a=ice-pwd:0123456789abcdefghijklmn',
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
      'a=setup:actpass',
      `a=mid:m${mid}`,
      `a=${direction}`,
      'a=rtcp-mux',
      ...parts.flatMap(([payload, map, fmtp]) => [
        `a=rtpmap:${payload} ${map}`,
        `a=rtcp-fb:${payload} transport-cc`,
        `a=rtcp-fb:${payload} nack`,
        `a=rtcp-fb:${payload} nack pli`,
        ...(fmtp === undefined ? [] : [`a=fmtp:${payload} ${fmtp}`]),
      ]),
    );
  });
  return parseOffer(`${lines.join('\r\n')}\r\n`);
}

const h264 = (payload: number, profile: string, mode = 1) =>
  `${payload}, H264/90000, packetization-mode=${mode};profile-level-id=${profile}`;
const AUDIO: Offered = { kind: 'audio', codecs: ['0, PCMU/8000', '111, opus/48000/2, minptime=10'] };
const VP8 = '96, VP8/90000';

describe('WHEP3, WHEP9: what a player’s offer takes of a program', () => {
  test('is the first section of Opus and the first of H.264, with the player’s own payload types', () => {
    const offer = offerOf(AUDIO, { kind: 'video', codecs: [VP8, h264(102, '42e01f')] }, AUDIO);
    expect(playerSections(offer)).toMatchObject({
      audio: { mid: 'm0', codec: { mimeType: 'audio/opus', payloadType: 111 } },
      video: {
        mid: 'm1',
        codec: {
          payloadType: 102,
          rtcpFeedback: [
            { type: 'nack', parameter: '' },
            { type: 'nack', parameter: 'pli' },
          ],
        },
      },
    });
  });

  test.each([
    ['high before what is lower', [h264(102, '42e01f'), h264(104, '4d001f'), h264(106, '64001f')], 106],
    ['constrained high, as Safari names it', [h264(98, '42e01f'), h264(96, '640C1F')], 96],
    ['constrained baseline where there is no other', [h264(97, '42e01f', 0), h264(126, '42e01f')], 126],
  ])('is H.264 of %s', (_, codecs, payloadType) => {
    expect(playerSections(offerOf({ kind: 'video', codecs })).video?.codec.payloadType).toBe(payloadType);
  });

  test.each<[string, Offered[]]>([
    ['no codec of ours', [{ kind: 'video', codecs: [VP8, h264(102, '42e01f', 0)] }]],
    ['nothing to receive', [{ ...AUDIO, direction: 'sendonly' }]],
    ['one payload type for both', [AUDIO, { kind: 'video', codecs: [h264(111, '42e01f')] }]],
  ])('%s is no offer', (_, sections) => {
    expect(() => playerSections(offerOf(...sections))).toThrow(expect.objectContaining({ code: 'invalid_sdp' }));
  });
});

describe('WHEP3: the answer to a player', () => {
  const sent = (mid: string, payloadType: number): RtpParameters => ({
    mid,
    codecs: [{ mimeType: 'video/H264', payloadType, clockRate: 90_000, parameters: {}, rtcpFeedback: [] }],
    headerExtensions: [],
    encodings: [{ ssrc: 4711 }],
    rtcp: { cname: 'program', reducedSize: true },
  });
  const answerTo = (offer: ReturnType<typeof offerOf>, ...parameters: readonly RtpParameters[]) =>
    buildPlayAnswer({
      offer,
      transport,
      sent: new Map(parameters.map((each) => [each.mid, each])),
      streamId: 'program',
      sessionId: '1',
      sessionVersion: 1,
    });

  test('sends what is sent, with its SSRC and one stream for all, and refuses the rest', () => {
    const offer = offerOf({ kind: 'video', codecs: [h264(102, '42e01f')] }, AUDIO);
    const text = answerTo(offer, sent('m0', 102));
    const { sections, bundle, transport: own } = parseAnswer(text);
    expect(sections).toMatchObject([
      { mid: 'm0', direction: 'sendonly', stopped: false, ssrcs: [{ ssrc: 4711 }], msid: { streamId: 'program' } },
      { mid: 'm1', stopped: true },
    ]);
    expect([...bundle]).toEqual(['m0']);
    expect(own.setup).toBe('passive');
    expect(text).toContain('a=ice-lite');
  });

  test('keeps the section that carries the transport, inactive, when it is of no use', () => {
    const { sections } = parseAnswer(
      answerTo(offerOf(AUDIO, { kind: 'video', codecs: [h264(102, '42e01f')] }), sent('m1', 102)),
    );
    expect(sections).toMatchObject([
      { mid: 'm0', direction: 'inactive', stopped: false },
      { mid: 'm1', direction: 'sendonly' },
    ]);
  });
});
