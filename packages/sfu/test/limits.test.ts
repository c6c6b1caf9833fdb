import { silentLogger } from '@amphi/base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PublishLimits, SessionRouter, Sfu } from '../src/index.ts';
import { createSfu } from '../src/index.ts';
import { type ClientSection, clientOffer, publishable } from './client-sdp.ts';

const CAMERA: ClientSection = { kind: 'video', trackId: 'cam', rids: ['f', 'h', 'q'] };
const TRACKS = publishable({ trackId: 'cam', kind: 'video' });

let sfu: Sfu;
let session: SessionRouter;

beforeAll(async () => {
  sfu = await createSfu({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
});
beforeEach(async () => {
  session = await sfu.createSessionRouter({ sessionId: 'limits' });
  return () => session.close();
});
afterAll(async () => {
  sfu.close();
  await sfu.closed;
});

const limits = (video: PublishLimits['video']): PublishLimits => ({ audio: {}, video, screen: {}, screenAudio: {} });

async function publish(sections: readonly ClientSection[], video: PublishLimits['video'], tracks = TRACKS) {
  const publishing = await session.createPublishing({ peerId: 'p' });
  return publishing.handleOffer({ sdp: clientOffer({ sections }), tracks, limits: limits(video) });
}

test.each([
  [['f'], ['high']],
  [
    ['f', 'q'],
    ['low', 'high'],
  ],
  [
    ['f', 'h', 'q'],
    ['low', 'medium', 'high'],
  ],
])('ROLE4: of the layers offered only %j are received', async (rids, layers) => {
  const { answer, published } = await publish([CAMERA], { rids });
  expect(answer).toContain(`a=simulcast:recv ${rids.join(';')}\r\n`);
  expect(published).toMatchObject([{ trackId: 'cam', layers }]);
});

test('ROLE4: a sender with names of its own may send as many', async () => {
  const { answer } = await publish([{ ...CAMERA, rids: ['1', '2', '3'] }], { rids: ['f', 'h'] });
  expect(answer.match(/^a=rid:.* recv/gm)).toHaveLength(2);
});

test('ROLE4: layers stay what was agreed when the role changes; the bit rate follows', async () => {
  const publishing = await session.createPublishing({ peerId: 'p' });
  const offer = (version: number) => clientOffer({ version, sections: [CAMERA] });
  await publishing.handleOffer({
    sdp: offer(1),
    tracks: TRACKS,
    limits: limits({ rids: ['f', 'h'], maxBitrateBps: 900_000 }),
  });
  const after = await publishing.handleOffer({
    sdp: offer(2),
    tracks: TRACKS,
    limits: limits({ rids: ['f'], maxBitrateBps: 300_000 }),
  });
  expect(after).toMatchObject({ published: [], unpublished: [] });
  expect(after.answer).toContain('a=simulcast:recv f;h\r\n');
  expect(after.answer).toContain('b=TIAS:300000\r\n');
});

test('ROLE4: a section that is not known yet is held to the limits of a camera', async () => {
  const publishing = await session.createPublishing({ peerId: 'p' });
  const video = limits({ rids: ['f'] });
  await publishing.handleOffer({ sdp: clientOffer({ sections: [CAMERA] }), tracks: new Map(), limits: video });
  const known = await publishing.handleOffer({
    sdp: clientOffer({ version: 2, sections: [CAMERA] }),
    tracks: TRACKS,
    limits: video,
  });
  expect(known.published).toMatchObject([{ trackId: 'cam', layers: ['high'] }]);
});

test("ROLE5: a section's bit rate stands in the answer", async () => {
  const { answer } = await publish([CAMERA], { maxBitrateBps: 700_000 });
  expect(answer).toContain('b=TIAS:700000\r\n');
  const unlimited = await publish(
    [{ ...CAMERA, trackId: 'cam2' }],
    {},
    publishable({ trackId: 'cam2', kind: 'video' }),
  );
  expect(unlimited.answer).not.toContain('b=TIAS');
});

test("ROLE12: the answer says a role's size, in macroblocks, and frame rate to a sender of VP8; they follow the role", async () => {
  const publishing = await session.createPublishing({ peerId: 'p' });
  const answerWithin = async (version: number, maxPicture: PublishLimits['video']['maxPicture']) => {
    const sdp = clientOffer({ version, sections: [CAMERA] });
    const video = limits(maxPicture ? { maxPicture } : {});
    return (await publishing.handleOffer({ sdp, tracks: TRACKS, limits: video })).answer;
  };
  expect(await answerWithin(1, { width: 1280, height: 720, frameRate: 30 })).toMatch(
    /^a=fmtp:96 max-fs=3600;max-fr=30;/m,
  );
  expect(await answerWithin(2, { width: 480, height: 270, frameRate: 15 })).toMatch(
    /^a=fmtp:96 max-fs=510;max-fr=15;/m,
  );
  expect(await answerWithin(3, undefined)).not.toMatch(/max-f/);
});

test('ROLE12: to a sender of H.264, which has no words for less than a level, they are not said', async () => {
  const sections = [{ kind: 'video', trackId: 'cam', offersH264: true }] as const;
  const { answer } = await publish(sections, {
    codec: 'video/h264',
    maxPicture: { width: 480, height: 270, frameRate: 15 },
  });
  expect(answer).toContain('a=rtpmap:102 H264/90000');
  expect(answer).not.toMatch(/max-f/);
});

test.each([
  [
    ['f', 'q'],
    ['low', 'high'],
  ],
  [['f'], ['high']],
  [undefined, ['high']],
])('PB43: VP9 in one stream has in itself the layers of the role, %j', async (rids, layers) => {
  const sections = [{ kind: 'video', trackId: 'cam', codec: 'VP9/90000' }] as const;
  const { answer, published } = await publish(sections, rids ? { rids } : {});
  expect(answer).toContain('a=rtpmap:96 VP9/90000');
  expect(published).toMatchObject([{ trackId: 'cam', layers }]);
});

test('PB43: of VP9 that is offered with rids one stream is received, without layers in itself', async () => {
  const { answer, published } = await publish([{ ...CAMERA, codec: 'VP9/90000' }], { rids: ['f', 'h', 'q'] });
  expect(answer).toContain('a=simulcast:recv f\r\n');
  expect(published).toMatchObject([{ trackId: 'cam', layers: ['high'] }]);
});

test.each([
  ['video/VP8', 'a=rtpmap:96 VP8/90000'],
  ['video/h264', 'a=rtpmap:102 H264/90000'],
  ['video/none-such', 'a=rtpmap:96 VP8/90000'],
])('ROLE3: %s of those offered is taken when it can be', async (codec, line) => {
  const { answer } = await publish([{ kind: 'video', trackId: 'cam', offersH264: true }], { codec });
  expect(answer).toContain(line);
});
