import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { parseMultivariantPlaylist } from '@amphi/hls';
import { VirtualClock } from '@amphi/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptsGzip } from '../src/routes/conditional-answer.ts';
import { DESCRIPTION, Feeder, type OriginServer, startOrigin } from './origin-server.ts';

let server: OriginServer;
let feeder: Feeder;

beforeEach(async () => {
  server = await startOrigin({ clock: new VirtualClock() });
  feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  await feeder.feed(5);
});
afterEach(() => server.close());

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Without what `fetch` does by itself: to ask for and to undo compression. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.hls}/s1/${path}`, { method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('compressed playlists', () => {
  it.each(['master.m3u8', 'v720/index.m3u8', 'v720/index.m3u8?_HLS_msn=0', 'v720/index.m3u8?_HLS_skip=YES'])(
    'OR14: %s is sent with gzip to those who take it, with an entity tag of its own',
    async (path) => {
      const plain = await get(path);
      const packed = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
      expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'gzip']);
      expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
      expect(Number(packed.headers['content-length'])).toBe(packed.body.byteLength);
      expect(plain.headers.etag).not.toBe(packed.headers.etag);
      for (const { headers } of [plain, packed]) expect(headers.vary).toBe('accept-encoding');
      expect(packed.headers['cache-control']).toBe(plain.headers['cache-control']);
    },
  );

  it('OR14: media are sent as they are', async () => {
    const { headers } = await get('v720/segment-0.m4s', { 'accept-encoding': 'gzip' });
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, undefined]);
  });

  it.each([
    ['gzip', true],
    ['GZIP;q=0.5', true],
    ['x-gzip', true],
    ['br, gzip;q=0.001', true],
    ['*', true],
    ['br', false],
    ['identity', false],
    ['', false],
    ['gzip;q=0', false],
    ['gzip; q=0.000, *', false],
    ['*;q=0', false],
    ['gzipped', false],
  ])('OR14: Accept-Encoding %j takes it: %s', (header, takes) => {
    expect(acceptsGzip(header)).toBe(takes);
  });
});

describe('entity tags', () => {
  it('OR14: a playlist that has not changed is 304, one that has is not', async () => {
    const path = 'v720/index.m3u8';
    const { headers } = await get(path);
    const again = await get(path, { 'if-none-match': `"other", W/${headers.etag}` });
    expect([again.status, again.body.byteLength]).toEqual([304, 0]);
    expect(again.headers).toMatchObject({
      etag: headers.etag,
      'cache-control': 'public, max-age=1',
      vary: 'accept-encoding',
      'access-control-allow-origin': '*',
    });
    expect(again.headers['content-type']).toBeUndefined();
    // A part of the other rendition changes the reports in this one.
    await feeder.feed(1, ['audio']);
    expect((await get(path, { 'if-none-match': String(headers.etag) })).status).toBe(200);
    expect((await get(path, { 'if-none-match': '*' })).status).toBe(304);
  });

  it('OR14: media keep theirs', async () => {
    const { headers } = await get('v720/segment-0.m4s');
    await feeder.feed(3);
    const again = await get('v720/segment-0.m4s', { 'if-none-match': String(headers.etag), range: 'bytes=0-1' });
    expect(again.status).toBe(304);
  });
});

describe('byte ranges', () => {
  const whole = 'v720 0.0;v720 0.1;v720 0.2;v720 0.3;';
  const size = whole.length;

  it.each([
    ['bytes=0-3', 206, 'v720', `bytes 0-3/${size}`],
    ['bytes=5-', 206, whole.slice(5), `bytes 5-${size - 1}/${size}`],
    ['bytes=-4', 206, '0.3;', `bytes ${size - 4}-${size - 1}/${size}`],
    ['bytes=0-999999', 206, whole, `bytes 0-${size - 1}/${size}`],
    ['bytes=-999999', 206, whole, `bytes 0-${size - 1}/${size}`],
    ['BYTES=0-0', 206, 'v', `bytes 0-0/${size}`],
    [`bytes=${size}-`, 416, '', `bytes */${size}`],
    ['bytes=99999999999999-', 416, '', `bytes */${size}`],
    ['bytes=-0', 416, '', `bytes */${size}`],
    ['bytes=3-1', 200, whole, undefined],
    ['bytes=0-1,3-4', 200, whole, undefined],
    ['bytes=', 200, whole, undefined],
    ['bytes=-', 200, whole, undefined],
    ['bytes=a-b', 200, whole, undefined],
    ['items=0-1', 200, whole, undefined],
  ])('OR15: %s of a segment is %i', async (range, status, body, contentRange) => {
    const got = await get('v720/segment-0.m4s', { range });
    expect([got.status, got.body.toString(), got.headers['content-range']]).toEqual([status, body, contentRange]);
    expect(got.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(body.length) });
    expect(got.headers['cache-control']).toBe(status === 416 ? 'no-store' : 'public, max-age=3600, immutable');
    expect(String(got.headers['access-control-expose-headers'])).toMatch(/accept-ranges.*content-range/);
  });

  it('OR15: of parts and initialization segments, too; a hinted part is waited for', async () => {
    expect((await get('v720/part-1.0.m4s', { range: 'bytes=0-1' })).body.toString()).toBe('v7');
    expect((await get('v720/init-0.mp4', { range: 'bytes=0-1' })).body.toString()).toBe('in');
    const hinted = get('v720/part-1.1.m4s', { range: 'bytes=5-' });
    await feeder.feed(1);
    expect((await hinted).body.toString()).toBe('1.1;');
  });

  it('OR15: If-Range: a range of the same, the whole of another; HEAD and playlists know no ranges', async () => {
    const path = 'v720/segment-0.m4s';
    const etag = String((await get(path)).headers.etag);
    const status = async (ifRange: string): Promise<number> =>
      (await get(path, { range: 'bytes=0-1', 'if-range': ifRange })).status;
    expect(await status(etag)).toBe(206);
    expect(await status(`W/${etag}`)).toBe(200);
    expect(await status('"other"')).toBe(200);
    expect(await status('Sat, 31 Jan 2026 10:00:00 GMT')).toBe(200);
    const head = await get(path, { range: 'bytes=0-1' }, 'HEAD');
    expect([head.status, head.headers['content-length']]).toEqual([200, String(size)]);
    expect((await get('v720/index.m3u8', { range: 'bytes=0-1' })).status).toBe(200);
  });

  it('OR4: a page may ask for ranges: the preflight allows any header', async () => {
    const { status, headers } = await get('v720/segment-0.m4s', {}, 'OPTIONS');
    expect([status, headers['access-control-allow-headers']]).toEqual([204, '*']);
  });
});

it.each([
  'master.m3u8',
  'v720/index.m3u8',
  'v720/index.m3u8?_HLS_msn=0',
  'v720/init-0.mp4',
  'v720/part-1.0.m4s',
  'nope',
])('OR3: HEAD of %s says what GET says, without the body', async (path) => {
  const [head, full] = [await get(path, {}, 'HEAD'), await get(path)];
  const { date: _then, ...said } = head.headers;
  const { date: _now, ...had } = full.headers;
  expect([head.status, said, head.body.byteLength]).toEqual([full.status, had, 0]);
});

it('DD1: parameters that are no directives are ignored, and so are directives nobody knows', async () => {
  const plain = (await get('v720/index.m3u8')).body.toString();
  for (const query of ['token=1&x', '_HLS_other=1', 'a=_HLS_msn', '&&=']) {
    expect((await get(`v720/index.m3u8?${query}`)).body.toString()).toBe(plain);
  }
});

it('OR16: BANDWIDTH holds for what comes, AVERAGE-BANDWIDTH says what came; after the end both are measured', async () => {
  const variant = async () => parseMultivariantPlaylist((await get('master.m3u8')).body.toString()).variants[0];
  // 36 bytes of 2 s for the picture, 40 for the sound.
  expect(await variant()).toMatchObject({ bandwidthBps: 3_128_000, averageBandwidthBps: 304 });
  const client = server.client('s2');
  const small = { ...DESCRIPTION, renditions: DESCRIPTION.renditions.map((r) => ({ ...r, bandwidthBps: 100 })) };
  const other = new Feeder(client);
  await other.attach(small);
  await other.feed(8);
  const measured = async () =>
    parseMultivariantPlaylist(await (await fetch(`${server.hls}/s2/master.m3u8`)).text()).variants[0];
  expect(await measured()).toMatchObject({ bandwidthBps: 304, averageBandwidthBps: 304 });
  await feeder.end();
  expect(await variant()).toMatchObject({ bandwidthBps: 304, averageBandwidthBps: expect.any(Number) });
});
