import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMultivariantPlaylist, parseStrict } from '@amphi/hls';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDiskStorage, Origin, PlaybackLinks } from '../src/index.ts';
import { DESCRIPTION, Feeder, type OriginServer, startOrigin } from './origin-server.ts';

const HOUR_MS = 3_600_000;
const SIGNED = { ...DESCRIPTION, isSigned: true } as const;
const SHEET = '/streams/s1/thumbnails/0?generation=0&columns=5&tileWidth=160&tileHeight=90&dates=';

let clock: VirtualClock;
let links: PlaybackLinks;
let server: OriginServer;
let feeder: Feeder;
/** Of the signed addresses below the playback prefix. */
let base: string;

beforeEach(async () => {
  clock = new VirtualClock();
  links = new PlaybackLinks({ key: Buffer.alloc(32, 1), clock });
  server = await startOrigin({ clock, playbackLinks: links });
  feeder = new Feeder(server.client('s1'));
  feeder.tellsIFrames = true;
  base = links.pathOf('s1', clock.now() + HOUR_MS).replace(/master\.m3u8$/, '');
});
afterEach(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.hls}/${path}`, init);
const refusal = async (path: string): Promise<unknown> => {
  const answer = await get(path);
  expect([answer.headers.get('cache-control'), answer.headers.get('access-control-allow-origin')]).toEqual([
    'no-store',
    '*',
  ]);
  return answer.json();
};
const onAir = async (): Promise<void> => {
  await feeder.attach(SIGNED);
  await feeder.feed(12);
};

it('SEC8, SGN1: all that belongs to a signed stream is 403 without a signature, and with one that is wrong', async () => {
  await onAir();
  const places = [
    ...['master.m3u8', 'v720/index.m3u8', 'audio/index.m3u8?_HLS_msn=99', 'v720/iframes.m3u8'],
    ...['v720/seg0.mp4', 'v720/nothing.mp4', 'thumbnails.vtt', 'thumbnails/sheet-0-0-1.jpg'],
  ];
  const [, expires = '', signature = ''] = base.split('/');
  const foreign = [
    `s1/${expires}/${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}/`,
    `s1/${expires}/${signature}=/`,
    `s1/${expires}/-/`,
    `s1/${Number(expires) + 1}/${signature}/`,
    new PlaybackLinks({ key: Buffer.alloc(32, 2), clock })
      .pathOf('s1', clock.now() + HOUR_MS)
      .replace('master.m3u8', ''),
    links.pathOf('s2', clock.now() + HOUR_MS).replace(/^s2(.*)master\.m3u8$/, 's1$1'),
  ];
  for (const place of places) {
    expect(await refusal(`s1/${place}`)).toMatchObject({
      code: 403,
      message: expect.stringContaining('signed address'),
    });
    for (const wrong of foreign) {
      expect(await refusal(wrong + place)).toMatchObject({ code: 403, message: expect.stringContaining('not valid') });
    }
  }
  expect((await get('s1/master.m3u8', { method: 'OPTIONS' })).status).toBe(204);
});

it('SGN2: with its signature a stream is played through what its playlists name, and what is missing is 404', async () => {
  await onAir();
  const dates = [0, 1].map((index) => Date.UTC(2026, 0, 31, 10) + index * 2_000);
  const sent = await fetch(server.ingest + SHEET + dates.join(','), {
    method: 'PUT',
    headers: { authorization: 'Bearer token-of-the-test' },
    body: Buffer.from([0xff, 0xd8, 0xff]),
  });
  expect(sent.status).toBe(204);
  const master = `${server.hls}/${base}master.m3u8`;
  const playlist = parseMultivariantPlaylist(await (await fetch(master)).text());
  const named = [
    ...playlist.variants.map(({ uri }) => uri),
    ...playlist.media.flatMap(({ uri }) => uri ?? []),
    ...playlist.iFrames.map(({ uri }) => uri),
    ...playlist.sessionData.flatMap((data) => ('uri' in data ? (data.uri ?? []) : [])),
  ];
  expect(named).toHaveLength(4);
  for (const uri of named) expect((await fetch(new URL(uri, master))).status, uri).toBe(200);
  const media = new URL(playlist.variants[0]!.uri, master);
  const { segments, renditionReports } = parseStrict(await (await fetch(media)).text());
  const files = segments.flatMap(({ uri, map, parts }) => [uri, map?.uri, ...parts.map((part) => part.uri)]);
  for (const uri of [...files, ...(renditionReports ?? []).map((report) => report.uri)]) {
    if (uri !== undefined) expect((await fetch(new URL(uri, media))).status, uri).toBe(200);
  }
  const [sheet = ''] = /thumbnails\/\S+\.jpg/.exec(await (await fetch(new URL('thumbnails.vtt', master))).text()) ?? [];
  expect((await fetch(new URL(sheet, master))).status).toBe(200);
  for (const place of ['v720/nothing.mp4', 'none/index.m3u8']) expect((await get(base + place)).status).toBe(404);
  expect((await get(links.pathOf('none', clock.now() + HOUR_MS))).status).toBe(404);
});

it('SGN2: caches may keep answers as those of open streams, all viewers have one address', async () => {
  await onAir();
  const other = new Feeder(server.client('open'));
  await other.attach();
  await other.feed(12);
  for (const place of ['master.m3u8', 'v720/index.m3u8', 'v720/index.m3u8?_HLS_msn=1', 'v720/seg1.mp4']) {
    const [signed, open] = await Promise.all([get(base + place), get(`open/${place}`)]);
    expect(signed.status).toBe(open.status);
    expect(signed.headers.get('cache-control')).toBe(open.headers.get('cache-control'));
  }
  const until = clock.now() + HOUR_MS;
  expect(links.pathOf('s1', until)).toBe(links.pathOf('s1', until));
});

it('SGN3: when its time is over the address is 403, also for who has played by it', async () => {
  await onAir();
  const media = `${base}v720/index.m3u8`;
  expect((await get(media)).status).toBe(200);
  clock.advance(HOUR_MS - 1_000);
  expect((await get(media)).status).not.toBe(403);
  expect(await refusal(links.pathOf('s1', clock.now() - 1_000))).toMatchObject({
    code: 403,
    message: expect.stringContaining('expired'),
  });
  clock.advance(1_000);
  expect(await refusal(media)).toMatchObject({ code: 403, message: expect.stringContaining('expired') });
});

it('SGN1: waiting requests are let in as others are', async () => {
  await onAir();
  const hinted = get(`${base}v720/index.m3u8?_HLS_msn=3&_HLS_part=0`);
  await waitFor('it waits', () => server.origin.statistics().streams[0]?.waiting === 1);
  await feeder.feed(1);
  expect((await hinted).status).toBe(200);
});

it('SGN1: a stream that is restored after a kill is as signed as before', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'amphi-signed-'));
  const first = await startOrigin({ clock, playbackLinks: links, storage: createDiskStorage({ directory }) });
  const fed = new Feeder(first.client('s1'));
  await fed.attach(SIGNED);
  await fed.feed(4);
  const origin = new Origin({ clock, playbackLinks: links, storage: createDiskStorage({ directory }) });
  await origin.restore();
  expect(origin.stream('s1')?.description.isSigned).toBe(true);
  origin.close();
  await Promise.all([origin.closed, first.close()]);
  await rm(directory, { recursive: true, force: true });
});

it('SGN1: without a key no signed stream is taken, rather than shown to everybody', async () => {
  const keyless = await startOrigin({ clock });
  await expect(new Feeder(keyless.client('s1')).attach(SIGNED)).rejects.toThrow(/400/);
  expect((await fetch(`${keyless.hls}/${base}master.m3u8`)).status).toBe(404);
  await keyless.close();
});
