import { describe, expect, test } from 'vitest';
import { type MediaSection, parseOffer, type RtpParameters, receiveParameters } from '../src/index.ts';
import { answerTo } from './answer-to.ts';
import { capabilities, transport } from './capabilities.ts';
import { corpusNames, corpusOffer } from './corpus.ts';

function media(name: string, mid: string): MediaSection {
  const section = parseOffer(corpusOffer(name)).sections.find((candidate) => candidate.mid === mid);
  if (!section || section.kind === 'other') throw new Error(`no media section ${mid} in ${name}`);
  return section;
}

function received(name: string, mid: string): RtpParameters {
  const parameters = receiveParameters(media(name, mid), capabilities);
  if (!parameters) throw new Error(`section ${mid} of ${name} is refused`);
  return parameters;
}

const answerAll = (name: string): string => answerTo(corpusOffer(name));

describe('recorded offers', () => {
  test.each(corpusNames)('%s is read and answered as recorded', async (name) => {
    const offer = parseOffer(corpusOffer(name));
    const parameters = offer.sections.map((section) =>
      section.kind === 'other' || section.stopped ? null : (receiveParameters(section, capabilities) ?? null),
    );
    await expect(`${JSON.stringify(parameters, null, 1)}\n`).toMatchFileSnapshot(`golden/${name}.parameters.json`);
    await expect(answerAll(name)).toMatchFileSnapshot(`golden/${name}.answer.sdp`);
  });

  test.each(corpusNames)('PB2: %s: the answer has the same sections, in the same order', (name) => {
    const offer = parseOffer(corpusOffer(name));
    const answer = parseOffer(answerAll(name));
    expect(answer.sections.map(({ mid, kind }) => [mid, kind])).toEqual(
      offer.sections.map(({ mid, kind }) => [mid, kind]),
    );
    expect([...answer.bundle]).toEqual(answer.sections.filter(({ stopped }) => !stopped).map(({ mid }) => mid));
    expect(answer.transport).toMatchObject({ setup: 'passive', iceUfrag: transport.iceUfrag });
  });
});

describe('Chromium', () => {
  test('PB3, PB4: a first offer with only the data channel connects', () => {
    const offer = parseOffer(corpusOffer('chromium-data-only'));
    expect(offer.sections).toMatchObject([{ kind: 'other', usable: true, mid: '0', stopped: false }]);
    const answer = answerAll('chromium-data-only');
    expect(answer).toContain('m=application 9 UDP/DTLS/SCTP webrtc-datachannel');
    expect(answer).toContain('a=ice-lite');
    expect(answer).toContain('a=candidate:tcpcandidate 1 tcp 1076276479 127.0.0.1 40002 typ host tcptype passive');
  });

  test('PB9: audio: Opus with DTX, level and mid extensions, by SSRC', () => {
    const parameters = received('chromium-audio', '1');
    expect(parameters.codecs).toHaveLength(1);
    expect(parameters.codecs[0]).toMatchObject({ mimeType: 'audio/opus', channels: 2, parameters: { usedtx: 1 } });
    expect(parameters.encodings).toEqual([{ ssrc: expect.any(Number), dtx: true }]);
    expect(parameters.headerExtensions.map(({ uri }) => uri)).toEqual([
      'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
      'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'urn:ietf:params:rtp-hdrext:sdes:mid',
    ]);
    expect(answerAll('chromium-audio')).toMatch(/a=fmtp:111 .*usedtx=1/);
  });

  test('PB42: audio: Opus as it is offered, error correction within it too; not RED, which is offered beside it', () => {
    expect(corpusOffer('chromium-audio')).toMatch(/^a=rtpmap:63 red\/48000\/2/m);
    const answer = answerAll('chromium-audio');
    expect(answer).toMatch(/^m=audio 9 \S+ 111\r$/m);
    expect(answer).toMatch(/^a=fmtp:111 .*useinbandfec=1/m);
    expect(answer).not.toMatch(/ red\//);
  });

  test('PB7: simulcast: VP8 with rtx, rids from the smallest to the largest, and a simulcast answer', () => {
    const parameters = received('chromium-simulcast', '2');
    expect(parameters.codecs.map(({ mimeType }) => mimeType)).toEqual(['video/VP8', 'video/rtx']);
    expect(parameters.encodings).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
    const uris = parameters.headerExtensions.map(({ uri }) => uri);
    for (const name of ['mid', 'rtp-stream-id', 'repaired-rtp-stream-id']) {
      expect(uris).toContain(`urn:ietf:params:rtp-hdrext:sdes:${name}`);
    }
    const answer = answerAll('chromium-simulcast');
    expect(answer).toContain('a=simulcast:recv f;h;q');
    expect(answer).toContain('a=fmtp:96 x-google-start-bitrate=1000');
  });

  test('screen share: one stream with its retransmission SSRC', () => {
    expect(received('chromium-screen', '3').encodings).toEqual([
      { ssrc: expect.any(Number), rtx: { ssrc: expect.any(Number) } },
    ]);
  });

  test('an unpublished section is inactive and keeps its place', () => {
    expect(media('chromium-unpublished', '3')).toMatchObject({ direction: 'inactive', stopped: false });
    expect(parseOffer(answerAll('chromium-unpublished')).sections[3]).toMatchObject({ direction: 'inactive' });
  });

  test('an ICE restart keeps session and certificate and changes the user fragment', () => {
    const before = parseOffer(corpusOffer('chromium-unpublished'));
    const after = parseOffer(corpusOffer('chromium-ice-restart'));
    expect(after.sessionId).toBe(before.sessionId);
    expect(after.sessionVersion > before.sessionVersion).toBe(true);
    expect(after.transport.fingerprints).toEqual(before.transport.fingerprints);
    expect(after.transport.iceUfrag).not.toBe(before.transport.iceUfrag);
  });

  test('a stopped section stays with port 0; its place is taken by a section with a new mid', () => {
    expect(parseOffer(corpusOffer('chromium-stopped')).sections[2]).toMatchObject({ stopped: true });
    expect(answerAll('chromium-stopped')).toMatch(/m=video 0 /);
    expect(parseOffer(corpusOffer('chromium-recycled')).sections[2]).toMatchObject({ stopped: false, mid: '4' });
  });

  test('PB6: H.264 alone: packetization mode 1 and constrained baseline are chosen', () => {
    const [codec] = received('chromium-h264-only', '0').codecs;
    expect(codec).toMatchObject({
      mimeType: 'video/H264',
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f' },
    });
  });
});

describe('other browsers', () => {
  test('Firefox: session-level fingerprint, ids in braces, simulcast beside SSRCs', () => {
    const section = media('firefox-simulcast', '2');
    expect(section.msid).toEqual({
      streamId: '{0a6c5d52-9b8b-4d4b-8f5f-2f1f0c3f3d10}',
      trackId: '9f2e1c37-1f0b-45f7-8e0f-5a2f6a0cb1d4',
    });
    const parameters = received('firefox-simulcast', '2');
    expect(parameters.encodings).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
    expect(parameters.codecs.map(({ payloadType }) => payloadType)).toEqual([120, 124]);
    expect(parameters.codecs[0]?.parameters).toEqual({});
    expect(received('firefox-simulcast', '1').codecs[0]).toMatchObject({ payloadType: 109, parameters: { stereo: 1 } });
  });

  test('PB6: Safari: VP8 is taken although H.264 is offered first', () => {
    expect(received('safari-simulcast', '2').codecs.map(({ payloadType }) => payloadType)).toEqual([102, 103]);
  });
});
