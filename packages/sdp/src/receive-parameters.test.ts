import { describe, expect, test } from 'vitest';
import { capabilities } from '../test/capabilities.ts';
import { corpusOffer } from '../test/corpus.ts';
import type { MediaSection } from './media-section.ts';
import { receiveParameters } from './receive-parameters.ts';
import { parseOffer } from './remote-description.ts';
import { lowestFirst } from './simulcast-order.ts';

function video(sdp: string): MediaSection {
  const section = parseOffer(sdp).sections.find(({ kind }) => kind === 'video');
  if (section?.kind !== 'video') throw new Error('no video section');
  return section;
}

const simulcast = corpusOffer('chromium-simulcast');
const h264 = corpusOffer('chromium-h264-only');

describe('receiveParameters', () => {
  test('without a codec in common there is nothing', () => {
    expect(receiveParameters(video(simulcast.replaceAll(/VP8|H264/g, 'X')), capabilities)).toBeUndefined();
  });

  test('PB6: H.264 of another profile or packetization mode is another codec', () => {
    const main = h264.replaceAll(/profile-level-id=(42e01f|42001f)/g, 'profile-level-id=4d001f');
    expect(receiveParameters(video(main), capabilities)).toBeUndefined();
    const single = h264.replaceAll('packetization-mode=1', 'packetization-mode=0');
    expect(receiveParameters(video(single), capabilities)).toBeUndefined();
  });

  test('PB6: another level of the same profile is the same codec', () => {
    const level = h264.replaceAll('profile-level-id=42e01f', 'profile-level-id=42e034');
    expect(receiveParameters(video(level), capabilities)?.codecs[0]?.parameters).toMatchObject({
      'profile-level-id': '42e034',
    });
  });

  test('PB6: retransmission that belongs to no chosen codec is left out', () => {
    const parameters = receiveParameters(
      video(simulcast.replace('a=fmtp:97 apt=96', 'a=fmtp:97 apt=50')),
      capabilities,
    );
    expect(parameters?.codecs.map(({ mimeType }) => mimeType)).toEqual(['video/VP8']);
  });

  test('plain RTP is refused', () => {
    expect(
      receiveParameters(video(simulcast.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP')), capabilities),
    ).toBeUndefined();
  });

  test('without SSRC lines the stream goes by its mid', () => {
    const screen = corpusOffer('chromium-h264-only').replaceAll(/a=ssrc.*\r\n/g, '');
    expect(receiveParameters(video(screen), capabilities)?.encodings).toEqual([{}]);
  });
});

describe('lowestFirst', () => {
  test.each([
    [
      ['f', 'h', 'q'],
      ['q', 'h', 'f'],
    ],
    [
      ['h', 'f'],
      ['h', 'f'],
    ],
    [
      ['h', 'm', 'l'],
      ['l', 'm', 'h'],
    ],
    [
      ['high', 'low'],
      ['low', 'high'],
    ],
    [
      ['r2', 'r1', 'r0'],
      ['r0', 'r1', 'r2'],
    ],
    [
      ['b', 'a'],
      ['b', 'a'],
    ],
    [['f'], ['f']],
  ])('%j → %j', (given, ordered) => {
    expect(lowestFirst(given)).toEqual(ordered);
  });
});
