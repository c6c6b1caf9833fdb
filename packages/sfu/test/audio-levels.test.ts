import { silentLogger } from '@amphi/base';
import type { types } from 'mediasoup';
import * as mediasoup from 'mediasoup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observeAudioLevels } from '../src/audio-levels.ts';
import type { AudioLevel } from '../src/index.ts';
import { ROUTER_CODECS } from '../src/media-codecs.ts';
import { PublishedTracks } from '../src/published-tracks.ts';

const PACKET_MS = 20;
const SSRC = 1111;
const LEVEL_ID = 1;
const SILENT = 127;

let worker: types.Worker;
let router: types.Router;

beforeAll(async () => {
  worker = await mediasoup.createWorker({ logLevel: 'error' });
  router = await worker.createRouter({ mediaCodecs: ROUTER_CODECS });
});

afterAll(() => worker.close());

/** An Opus packet with its level (RFC 6464) in a one-byte header extension (RFC 8285). */
function packet(number: number, belowOverload: number): Buffer {
  const bytes = Buffer.alloc(12 + 4 + 4 + 20);
  bytes[0] = 0x90;
  bytes[1] = 111;
  bytes.writeUInt16BE(number & 0xffff, 2);
  bytes.writeUInt32BE((number * 960) >>> 0, 4);
  bytes.writeUInt32BE(SSRC, 8);
  bytes.writeUInt16BE(0xbede, 12);
  bytes.writeUInt16BE(1, 14);
  bytes[16] = LEVEL_ID << 4;
  bytes[17] = belowOverload;
  return bytes;
}

test('AL2: a microphone that beeps for 100 ms each second shows a level, and none in between', async () => {
  const transport = await router.createDirectTransport();
  const producer = await transport.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
      headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: LEVEL_ID }],
      encodings: [{ ssrc: SSRC }],
    },
    appData: { trackId: 'mic' },
  });
  const tracks = new PublishedTracks(silentLogger);
  const told: (readonly AudioLevel[])[] = [];
  let isEnough = (): void => {};
  const enough = new Promise<void>((resolve) => {
    isEnough = resolve;
  });
  await observeAudioLevels(router, tracks, (levels) => {
    told.push(levels);
    if (told.length === 6) isEnough();
  });
  tracks.add({
    producer,
    track: {
      trackId: 'mic',
      streamId: 's',
      peerId: 'ann',
      kind: 'audio',
      source: 'regular',
      muted: false,
      layers: [],
    },
  });
  // A late timer sends what is due, as a sender's pacer does.
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * PACKET_MS <= performance.now() - startedAt; sent++) {
      producer.send(packet(sent, (sent * PACKET_MS) % 1000 < 100 ? 20 : SILENT));
    }
  }, PACKET_MS);
  await enough;
  clearInterval(timer);
  // Each second has a beep, and a report is of 600 ms: two in a row may have one, never more, nor two in a row none.
  const heard = told.map((levels) => levels.length).join('');
  expect(heard).toMatch(/^1{1,2}(01{1,2})*0?$/);
  expect(heard).toContain('01');
  for (const level of told.flat()) expect(level).toMatchObject({ peerId: 'ann', trackId: 'mic' });
  // How much of a beep one window has is by chance: it may lie across the end of two.
  const loudest = Math.max(...told.flat().map(({ level }) => level));
  expect(loudest).toBeGreaterThanOrEqual(30);
  expect(loudest).toBeLessThanOrEqual(75);
});
