import { PLAYLIST_NAME, parseStrict } from '@amphi/hls';
import type { StreamDescription } from '@amphi/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DESCRIPTION, Feeder, type OriginServer, startOrigin, TOKEN } from './origin-server.ts';

let server: OriginServer;

beforeEach(async () => {
  server = await startOrigin({ settings: { maxPartBytes: 1000, maxInitBytes: 100, maxStreams: 2 } });
});
afterEach(() => server.close());

const send = (method: string, path: string, body?: string, token: string | undefined = TOKEN): Promise<Response> =>
  fetch(`${server.ingest}/${path}`, {
    method,
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
const describeStream = (change: object = {}): string => JSON.stringify({ ...DESCRIPTION, ...change });
const PART = 'generation=0&duration=0.5&independent=1&last=0&programDateTimeMs=1793000000000';
const partPath = (msn: number, part: number, query = PART): string =>
  `streams/s1/renditions/v720/parts/${msn}/${part}?${query}`;

it('OR8: answers with the next media sequence number and counts generations', async () => {
  const feeder = new Feeder(server.client('s1'));
  expect(await feeder.attach()).toEqual({ generation: 0, nextMsn: 0 });
  expect(await feeder.attach()).toEqual({ generation: 1, nextMsn: 0 });
  await feeder.feed(1, ['audio']);
  expect(await feeder.attach()).toEqual({ generation: 2, nextMsn: 1 });
  expect(server.origin.statistics().streams[0]).toMatchObject({ streamId: 's1', state: 'starting', generation: 2 });
});

it('OR8: needs the token, whatever else the request says', async () => {
  for (const token of ['', 'wrong', `${TOKEN}x`]) {
    expect((await send('PUT', 'streams/s1', describeStream(), token)).status).toBe(401);
    expect((await send('POST', 'streams/s1/end', undefined, token)).status).toBe(401);
    expect((await send('PUT', partPath(0, 0), 'x', token)).status).toBe(401);
  }
  expect(server.origin.statistics().streams).toEqual([]);
});

it.each([
  ['no JSON', '{', /is not JSON/],
  ['nothing', '', /got nothing/],
  ['no renditions', describeStream({ renditions: [] }), /renditions: /],
  ['a target duration of zero', describeStream({ targetDurationSeconds: 0 }), /targetDurationSeconds: .* got 0/],
  [
    'two renditions of one id',
    describeStream({ renditions: [DESCRIPTION.renditions[0], DESCRIPTION.renditions[0]] }),
    /ids must differ/,
  ],
])('OR8: refuses a description with %s', async (_what, body, message) => {
  const response = await send('PUT', 'streams/s1', body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 400, message: expect.stringMatching(message) });
});

it('OR8: refuses ids that are no ids, unknown streams and renditions, too many streams', async () => {
  expect((await send('PUT', 'streams/a%2Fb', describeStream())).status).toBe(400);
  expect((await send('PUT', 'streams/nope/renditions/v720/init', 'x')).status).toBe(404);
  await new Feeder(server.client('s1')).attach();
  expect((await send('PUT', 'streams/s1/renditions/v9/init', 'x')).status).toBe(404);
  await new Feeder(server.client('s2')).attach();
  expect((await send('PUT', 'streams/s3', describeStream())).status).toBe(503);
});

it('OR8: refuses what does not follow or breaks the promises, and takes a repeated part again', async () => {
  expect((await send('PUT', 'streams/s1', describeStream())).status).toBe(200);
  const status = async (path: string, body = 'x'): Promise<number> => (await send('PUT', path, body)).status;
  expect(await status(partPath(0, 0))).toBe(409); // no initialization segment yet
  expect(await status('streams/s1/renditions/v720/init?generation=0', 'init')).toBe(204);
  expect(await status('streams/s1/renditions/v720/init?generation=0', 'init')).toBe(204);
  expect(await status('streams/s1/renditions/v720/init?generation=0', 'other')).toBe(409);
  expect(await status('streams/s1/renditions/v720/init?generation=1', 'init')).toBe(409);
  expect(await status(partPath(0, 1))).toBe(409);
  expect(await status(partPath(0, 0, PART.replace('independent=1', 'independent=0')))).toBe(400);
  expect(await status(partPath(0, 0, PART.replace('duration=0.5', 'duration=0.6')))).toBe(400);
  expect(await status(partPath(0, 0, PART.replace('duration=0.5', 'duration=-1')))).toBe(400);
  expect(await status(partPath(0, 0, PART.replace('generation=0', 'generation=7')))).toBe(409);
  expect(await status(partPath(-1, 0))).toBe(400);
  expect(await status(partPath(0, 0), '')).toBe(400);
  expect(await status(partPath(0, 0))).toBe(204);
  expect(await status(partPath(0, 0))).toBe(204);
  expect(server.origin.statistics().streams[0]?.renditions[0]).toMatchObject({
    id: 'v720',
    parts: 1,
    bytes: 1,
    lastMsn: 0,
    lastPart: 0,
  });
  expect((await send('PUT', 'streams/s1', describeStream({ windowSegments: 9 }))).status).toBe(409);
});

it('LW9: a run may bring pictures of another size, level and bit rate; all else stays, and the codec', async () => {
  const otherwise = (change: object): StreamDescription => ({
    ...DESCRIPTION,
    renditions: DESCRIPTION.renditions.map((one) => (one.kind === 'video' ? { ...one, ...change } : one)),
  });
  const multivariant = async (): Promise<string> => (await fetch(`${server.hls}/s1/master.m3u8`)).text();
  const feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  await feeder.feed(8);
  for (const refused of [{ frameRate: 25 }, { codecs: 'av01.0.04M.08' }, { partTargetSeconds: 0.4 }, { id: 'v700' }]) {
    const { status } = await send('PUT', 'streams/s1', JSON.stringify(otherwise(refused)));
    expect(status, JSON.stringify(refused)).toBe(409);
  }
  expect(await multivariant()).toContain('RESOLUTION=1280x720');
  await feeder.attach(otherwise({ width: 720, height: 1280, codecs: 'avc1.640020', bandwidthBps: 3_100_000 }));
  await feeder.feed(8);
  const told = await multivariant();
  expect(told).toMatch(/CODECS="avc1.640020,mp4a.40.2",RESOLUTION=720x1280/);
  expect(told).toContain('BANDWIDTH=3228000');
  expect(told).not.toContain('1280x720');
  const text = await (await fetch(`${server.hls}/s1/v720/${PLAYLIST_NAME}`)).text();
  expect(parseStrict(text).segments.map(({ discontinuity }) => discontinuity)).toEqual([false, false, true, false]);
  // Back again as it was first described.
  await feeder.attach();
  expect(await multivariant()).toContain('RESOLUTION=1280x720');
});

it('OR8: bounds every body', async () => {
  await new Feeder(server.client('s1')).attach();
  expect((await send('PUT', partPath(0, 0), 'x'.repeat(1001))).status).toBe(413);
  expect((await send('PUT', 'streams/s1/renditions/v720/init', 'x'.repeat(101))).status).toBe(413);
  expect((await send('PUT', 'streams/s1', ' '.repeat(70_000))).status).toBe(413);
});

it('OR8: an ended stream takes nothing more; ending it again is harmless', async () => {
  const feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  await feeder.feed(4);
  await feeder.end();
  await feeder.end();
  await expect(feeder.feed(1)).rejects.toThrow(/410/);
  await expect(feeder.attach()).rejects.toThrow(/410/);
  expect((await send('POST', 'streams/nope/end')).status).toBe(404);
});

it('IF2: refuses a first picture that is longer than its part', async () => {
  const feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  const response = await send('PUT', partPath(0, 0, `${PART}&iFrameBytes=5`), 'four');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ message: 'iFrameBytes: got 5, the part has 4 bytes' });
  expect((await send('PUT', partPath(0, 0, `${PART}&iFrameBytes=4`), 'four')).status).toBe(204);
});
