import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CursorList,
  type LiveStreamObject,
  type PresignedUrl,
  type RecordingAssetObject,
  type RecordingObject,
  recordedStream,
} from '@amphi/protocol';
import { newObjectId } from '@amphi/store';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { Receiver } from './receiver.ts';

/** REST of recordings and their files, with a finaliser that finds what the tests say. */

const RUN = '1767604206000';
const CONTENT = 'ftyp and so on';

const VOICE = {
  ...({ trackId: 'mic', streamId: 'st', peerId: 'p', userId: 'u', userName: 'Hana' } as const),
  ...({ kind: 'audio', source: 'regular', codec: 'opus', startedAtMs: 1_767_604_207_000 } as const),
};
const CAMERA = { ...VOICE, trackId: 'cam', kind: 'video', codec: 'vp8' } as const;

let platform: PlatformServer;
let studio: Studio;
let other: Studio;

beforeAll(async () => {
  platform = await startPlatform({
    settings: { webhooks: { allowPrivateAddresses: true } },
    finalise: async (folder) => ({
      files: [
        { name: 'v360.mp4', bytes: 5, durationSeconds: 61.7, width: 640, height: 360 },
        { name: 'v720.mp4', bytes: CONTENT.length, durationSeconds: 61.7, width: 1280, height: 720 },
        ...(existsSync(join(folder, 'tracks.jsonl'))
          ? [{ name: '0001-audio.webm', bytes: 5, durationSeconds: 61.7, width: 0, height: 0, track: VOICE }]
          : []),
      ],
      // Of the camera nothing was written; the microphone is in a storage by now, of which the finaliser knows nothing.
      ...(existsSync(join(folder, 'tracks.jsonl')) ? { emptyTracks: [CAMERA, VOICE] } : {}),
      ...(existsSync(join(folder, 'vod'))
        ? {
            vod: {
              bytes: 99,
              durationSeconds: 61.7,
              width: 1280,
              height: 720,
              rungs: 2,
              thumbnails: ['thumbnails-0.jpg', 'thumbnails-1.jpg'],
            },
          }
        : {}),
    }),
  });
  [studio, other] = [await makeStudio(platform), await makeStudio(platform)];
});

afterAll(() => platform.close());

async function call<T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  of: Studio = studio,
): Promise<{ status: number; body: T }> {
  const answer = await platform.web.inject({
    method,
    url: `/v2${path}`,
    headers: { authorization: `Bearer ${of.managementToken}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { payload: '{}' } : {}),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
}

/** One that was stopped, and whose files lie there. */
async function recorded(change: { readonly status?: 'running' | 'failed' } = {}): Promise<string> {
  const id = newObjectId();
  const destination = studio.template.body.destinations.hlsDestinations.default!;
  const settings = { record: true, rtmpUrls: [], resolution: { width: 1280, height: 720 }, destination };
  const of = {
    kind: 'recording',
    roomId: studio.roomId,
    sessionId: 's-1',
    node: 'test',
    destination: 'default',
  } as const;
  await platform.store.beams.create({ id, ...of, settings, startedBy: '' });
  await platform.store.beams.update(id, { status: change.status ?? 'post_processing' });
  const folder = join(platform.folder, 'recordings', id, RUN);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'v720.mp4'), CONTENT);
  return id;
}

const settled = (id: string): Promise<RecordingObject> =>
  waitFor('it is finished', async () => {
    const { body } = await call<RecordingObject>('GET', `/recordings/${id}`);
    return body.status === 'completed' || body.recording_assets ? body : undefined;
  });

describe('recordings and their files', () => {
  it('REC6: what was found unfinished is completed with its files, once', async () => {
    const id = await recorded({ status: 'running' });
    platform.archive.finalise({ kind: 'beam', id });
    platform.archive.finalise({ kind: 'beam', id });
    await platform.archive.idle();
    const recording = await settled(id);
    expect(recording).toMatchObject({
      id,
      status: 'completed',
      stopped_at: expect.any(String),
      asset_types: ['room-composite'],
    });
    expect(recording.recording_assets).toMatchObject([
      {
        type: 'room-composite',
        size: CONTENT.length,
        duration: 62,
        metadata: { resolution: { width: 1280, height: 720 } },
      },
      { size: 5, metadata: { resolution: { width: 640, height: 360 } } },
    ]);
    const failed = await recorded({ status: 'failed' });
    platform.archive.finalise({ kind: 'beam', id: failed });
    expect((await settled(failed)).status).toBe('failed');
  });

  it('REC38: a track of which nothing can be played is told as such; the list of tracks goes with the last of them', async () => {
    const receiver = await Receiver.start();
    const webhook = { enabled: true, url: receiver.url, headers: {} };
    await platform.store.webhooks.set({ workspaceId: studio.workspaceId, ...webhook });
    const id = await recorded();
    const folder = join(platform.folder, 'recordings', id, RUN);
    await writeFile(join(folder, 'tracks.jsonl'), '');
    await writeFile(join(folder, '0001-audio.webm'), CONTENT);
    platform.archive.finalise({ kind: 'beam', id });
    const told = (type: string) =>
      receiver.received.flatMap(({ body }) => (body.type === type && body.data.recording_id === id ? [body.data] : []));
    await waitFor('its files are told', () => told('beam.recording.success').length === 3);
    expect(told('track.recording.failure')).toMatchObject([{ track_id: 'cam', track_type: 'video' }]);
    for (const { id: assetId } of (await settled(id)).recording_assets!) {
      expect((await call('DELETE', `/recording-assets/${assetId}`)).status).toBe(204);
    }
    expect(existsSync(folder)).toBe(false);
    await platform.store.webhooks.set({ workspaceId: studio.workspaceId, ...webhook, enabled: false });
    await receiver.close();
  });

  it('REC5: what several processes wrote stands in the order in which it was made', async () => {
    const id = await recorded();
    const runs = ['1767604300000', '1767604100000'];
    for (const run of runs) await mkdir(join(platform.folder, 'recordings', id, run));
    platform.archive.finalise({ kind: 'beam', id });
    await platform.archive.idle();
    const { recording_assets: assets } = await settled(id);
    const made = assets!.map(({ path }) => /-(\d{13})/.exec(path)?.[1]);
    expect([...new Set(made)]).toEqual([runs[1], RUN, runs[0]]);
    expect(made).toEqual([...made].sort());
  });

  it('lists newest first, by room, session and status; others see nothing of it', async () => {
    const ids = [await recorded(), await recorded()];
    const page = await call<CursorList<RecordingObject>>('GET', '/recordings?limit=1');
    expect(page.body).toMatchObject({ limit: 1, last: ids[1], data: [{ id: ids[1], recording_assets: null }] });
    const next = await call<CursorList<RecordingObject>>('GET', `/recordings?limit=1&start=${page.body.last}`);
    expect(next.body.data).toMatchObject([{ id: ids[0] }]);
    const filtered = async (query: string) =>
      (await call<CursorList<RecordingObject>>('GET', `/recordings?${query}`)).body.data.length;
    expect(await filtered('status=starting')).toBe(0);
    expect(await filtered('session_id=other')).toBe(0);
    expect(await filtered(`room_id=${studio.roomId}&status=post_processing`)).toBe(2);
    expect((await call('GET', `/recordings/${ids[0]}`, other)).status).toBe(404);
    expect((await call<CursorList<object>>('GET', '/recordings', other)).body.data).toEqual([]);
    expect((await call<CursorList<object>>('GET', '/recording-assets', other)).body.data).toEqual([]);
  });

  it('starts and stops need a session, and something that runs', async () => {
    expect((await call('POST', `/recordings/room/${studio.roomId}/start`)).status).toBe(404);
    expect((await call('POST', `/recordings/room/${studio.roomId}/stop`)).status).toBe(404);
    const stopped = await call<{ message: string }>('POST', `/recordings/${await recorded()}/stop`);
    expect([stopped.status, stopped.body.message]).toEqual([404, 'no active beam found']);
    expect((await call('POST', `/recordings/room/${other.roomId}/start`)).status).toBe(404);
  });

  it('REC16: what does not run is not paused, nor what belongs to others', async () => {
    const id = await recorded();
    for (const what of ['pause', 'resume']) {
      const path = `/recordings/room/${studio.roomId}/${what}`;
      expect(await call('POST', path)).toMatchObject({ status: 404, body: { message: 'no active beam found' } });
      expect((await call('POST', path, other)).status).toBe(404);
      expect((await call('POST', `/live-streams/${id}/${what}-recording`)).status).toBe(404);
    }
    await platform.store.beams.update(id, { isPaused: true });
    expect((await call<RecordingObject>('GET', `/recordings/${id}`)).body.recording_paused).toBe(true);
  });

  it('REC3: files are got by links that are good for one file and a time, whole or in ranges', async () => {
    const id = await recorded();
    platform.archive.finalise({ kind: 'beam', id });
    await platform.archive.idle();
    const { data } = (await call<CursorList<RecordingAssetObject>>('GET', '/recording-assets?type=room-composite'))
      .body;
    const asset = data.find(({ job_id, size }) => job_id === id && size === CONTENT.length)!;
    expect(asset.path).toBe(`${studio.workspaceId}/beam/${studio.roomId}/20260105/Rec-${studio.roomId}-${RUN}.mp4`);
    const link = await call<PresignedUrl>('GET', `/recording-assets/${asset.id}/presigned-url?presign_duration=60`);
    expect(link.body).toMatchObject({ id: asset.id, path: asset.path, expiry: 60 });
    const { pathname, search } = new URL(link.body.url);
    const got = (url: string, options: { method?: 'GET' | 'HEAD'; range?: string } = {}) =>
      platform.web.inject({
        method: options.method ?? 'GET',
        url,
        headers: options.range ? { range: options.range } : {},
      });
    const whole = await got(pathname + search);
    expect([whole.statusCode, whole.body]).toEqual([200, CONTENT]);
    expect(whole.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-disposition': `attachment; filename="Rec-${studio.roomId}-${RUN}.mp4"`,
      'accept-ranges': 'bytes',
    });
    const part = await got(pathname + search, { range: 'bytes=5-7' });
    expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([
      206,
      'and',
      `bytes 5-7/${CONTENT.length}`,
    ]);
    expect((await got(pathname + search, { range: 'bytes=99-' })).statusCode).toBe(416);
    const head = await got(pathname + search, { method: 'HEAD' });
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', String(CONTENT.length)]);

    const another = data.find(({ id }) => id !== asset.id)!;
    for (const url of [
      pathname,
      pathname + search.replace(/signature=../, 'signature=xx'),
      pathname + search.replace(/expires=\d/, 'expires=9'),
      pathname.replace(asset.id, another.id) + search,
      `/recordings/${asset.id}/..%2F..%2Fnode`,
    ]) {
      expect((await got(url)).statusCode, url).toBe(403);
    }
    for (const url of ['/recordings/', `/recordings/${asset.id}`, '/recordings/../recordings.key']) {
      expect((await got(url)).statusCode, url).toBe(404);
    }
    platform.clock.advance(60_000);
    expect((await got(pathname + search)).statusCode).toBe(403);
  });

  /** A stream that was kept in both forms. */
  async function streamed(): Promise<RecordingAssetObject> {
    const id = newObjectId();
    await platform.store.liveStreams.create({
      ...{ id, roomId: studio.roomId, sessionId: 's-1', node: 'test', destination: 'default', startedBy: '' },
      settings: studio.template.body.destinations.hlsDestinations.default!,
      ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
      ...{ playbackUrl: 'http://localhost/hls/x/master.m3u8', isRecorded: true, hasVod: true },
    });
    await platform.store.liveStreams.update(id, { status: 'post_processing' });
    const folder = join(platform.folder, 'recordings', id, RUN, 'vod');
    await mkdir(folder, { recursive: true });
    for (const name of ['master.m3u8', 'v720.m3u8', 'v720.mp4', 'takes.jsonl', 'thumbnails.vtt', 'thumbnails-0.jpg']) {
      await writeFile(join(folder, name), `${name} as it is`);
    }
    platform.archive.finalise({ kind: 'live_stream', id });
    await platform.archive.idle();
    const stream = await call<LiveStreamObject>('GET', `/live-streams/${id}`);
    expect(stream.body).toMatchObject({ recording: { hls_vod: true, single_file_per_layer: true } });
    expect(stream.body.recording_assets).toHaveLength(3);
    const { data } = (await call<CursorList<RecordingAssetObject>>('GET', '/recording-assets?type=room-vod')).body;
    return data.find(({ job_id }) => job_id === id)!;
  }

  it('REC29: an audience gets the last stream of its room once it is over, if the owner says so for its role', async () => {
    const own = await makeStudio(platform);
    const tokenFor = async (role: string): Promise<string> => {
      const payload = { code: own.codes[role], user_id: 'mia' };
      return (await platform.web.inject({ method: 'POST', url: '/v2/token', payload })).json<{ token: string }>().token;
    };
    const told = async (role: string) => {
      const headers = { authorization: `Bearer ${await tokenFor(role)}` };
      const answer = await platform.web.inject({ url: '/v2/client/recorded-stream', headers });
      expect(answer.statusCode).toBe(200);
      // What was found is remembered for a second.
      platform.clock.advance(1_000);
      return recordedStream.parse(answer.json());
    };
    const offerTo = async (viewerRoles: readonly string[]): Promise<void> => {
      const { default: before } = own.template.body.destinations.hlsDestinations;
      const headers = { authorization: `Bearer ${own.managementToken}` };
      const payload = { hlsDestinations: { default: { ...before, recording: { hlsVod: true, viewerRoles } } } };
      const url = `/v2/templates/${own.template.id}/destinations`;
      expect((await platform.web.inject({ method: 'POST', url, headers, payload })).statusCode).toBe(200);
    };
    const nothing = { status: 'none', parts: [], expires_at: null };
    await offerTo(['hls-viewer']);
    expect(await told('hls-viewer')).toEqual(nothing);

    const id = newObjectId();
    await platform.store.liveStreams.create({
      ...{ id, roomId: own.roomId, sessionId: 's-1', node: 'test', destination: 'default', startedBy: '' },
      settings: own.template.body.destinations.hlsDestinations.default!,
      ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
      ...{ playbackUrl: 'http://localhost/hls/x/master.m3u8', isRecorded: false, hasVod: true },
    });
    for (const status of ['running', 'stopping', 'post_processing'] as const) {
      await platform.store.liveStreams.update(id, { status });
      expect(await told('hls-viewer')).toEqual({ ...nothing, status: 'processing' });
      expect(await told('broadcaster')).toEqual(nothing);
    }
    const folder = join(platform.folder, 'recordings', id, RUN, 'vod');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'master.m3u8'), 'as it was');
    platform.archive.finalise({ kind: 'live_stream', id });
    await platform.archive.idle();
    const { status, parts, expires_at: expiresAt } = await told('hls-viewer');
    expect([status, parts.map(({ duration }) => duration)]).toEqual(['ready', [61.7]]);
    const { pathname } = new URL(parts[0]!.url);
    expect((await platform.web.inject(pathname)).body).toBe('as it was');
    // What is taken back is so for streams of before, too.
    await offerTo(['broadcaster']);
    expect(await told('hls-viewer')).toEqual(nothing);
    expect((await told('broadcaster')).status).toBe('ready');
    platform.clock.advance(Date.parse(expiresAt!) - platform.clock.now());
    expect((await platform.web.inject(pathname)).statusCode).toBe(403);
    expect((await platform.web.inject('/v2/client/recorded-stream')).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${await tokenFor('broadcaster')}` };
    await platform.store.rooms.update(own.roomId, { enabled: false });
    expect((await platform.web.inject({ url: '/v2/client/recorded-stream', headers })).statusCode).toBe(403);
  });

  it('REC15 REC20: a stream that was kept for HLS is played by one link, from pages of every origin', async () => {
    const asset = await streamed();
    expect(asset).toMatchObject({
      type: 'room-vod',
      path: `${studio.workspaceId}/hls/${studio.roomId}/20260105/${RUN}/vod/master.m3u8`,
      size: 99,
      thumbnails: [0, 1].map(
        (number) => `${studio.workspaceId}/hls/${studio.roomId}/20260105/${RUN}/vod/thumbnails-${number}.jpg`,
      ),
      metadata: { num_layers: '2', max_width: 1280, max_height: 720 },
    });
    const link = await call<PresignedUrl>('GET', `/recording-assets/${asset.id}/presigned-url?presign_duration=60`);
    const { pathname, search } = new URL(link.body.url);
    expect(search).toBe('');
    const beside = (name: string): string => new URL(name, `http://here${pathname}`).pathname;
    const got = (url: string, headers = {}) => platform.web.inject({ method: 'GET', url, headers });
    const master = await got(pathname);
    expect([master.statusCode, master.body]).toEqual([200, 'master.m3u8 as it is']);
    expect(master.headers).toMatchObject({
      'content-type': expect.stringMatching(/mpegurl/),
      'access-control-allow-origin': '*',
    });
    expect((await got(beside('v720.m3u8'))).body).toBe('v720.m3u8 as it is');
    const range = await got(beside('v720.mp4'), { range: 'bytes=0-3' });
    expect([range.statusCode, range.body, range.headers['content-type']]).toEqual([206, 'v720', 'video/mp4']);
    expect(range.headers['access-control-expose-headers']).toContain('content-range');
    const track = await got(beside('thumbnails.vtt'));
    expect([track.statusCode, track.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/vtt/)]);
    const image = await got(beside('thumbnails-0.jpg'));
    expect([image.statusCode, image.headers['content-type']]).toEqual([200, 'image/jpeg']);
    const asked = await platform.web.inject({ method: 'OPTIONS', url: pathname });
    expect([asked.statusCode, asked.headers['access-control-allow-headers']]).toEqual([204, 'range']);

    for (const name of ['takes.jsonl', 'v360.m3u8', '..%2Fv720.mp4']) {
      expect((await got(beside(name))).statusCode, name).toBe(404);
    }
    const [, , id, expires, signature] = pathname.split('/');
    const rows = (await call<CursorList<RecordingAssetObject>>('GET', '/recording-assets')).body.data;
    const file = rows.find(({ type }) => type === 'room-composite')!;
    for (const url of [
      pathname.replace(id!, file.id),
      pathname.replace(expires!, '9999999999'),
      pathname.replace(signature!, 'x'),
    ]) {
      expect((await got(url)).statusCode, url).toBe(403);
    }
    platform.clock.advance(60_000);
    expect((await got(pathname)).statusCode).toBe(403);
  });

  it('REC14 REC15: with the playlist all that it names is removed, and nothing else', async () => {
    const asset = await streamed();
    const folder = join(platform.folder, 'recordings', asset.job_id, RUN);
    await writeFile(join(folder, 'v720.mp4'), CONTENT);
    expect((await call('DELETE', `/recording-assets/${asset.id}`)).status).toBe(204);
    expect(existsSync(join(folder, 'vod'))).toBe(false);
    expect(existsSync(join(folder, 'v720.mp4'))).toBe(true);
  });

  it.each(['0', '604801', 'x'])('a link for %s seconds is refused', async (seconds) => {
    const path = `/recording-assets/${newObjectId()}/presigned-url?presign_duration=${seconds}`;
    expect((await call('GET', path)).status).toBe(400);
  });

  it('REC14: files are removed once the recording is over, and nobody gets them any more', async () => {
    const id = await recorded();
    expect((await call('DELETE', `/recordings/${id}`)).status).toBe(409);
    platform.archive.finalise({ kind: 'beam', id });
    await platform.archive.idle();
    const { recording_assets: assets } = await settled(id);
    const [file, another] = assets!;
    const link = await call<PresignedUrl>('GET', `/recording-assets/${file!.id}/presigned-url`);
    const { pathname, search } = new URL(link.body.url);
    const folder = join(platform.folder, 'recordings', id);
    expect((await call('DELETE', `/recording-assets/${file!.id}`, other)).status).toBe(404);
    expect((await call('DELETE', `/recordings/${id}`, other)).status).toBe(404);
    expect(existsSync(join(folder, RUN, 'v720.mp4'))).toBe(true);
    expect((await call('DELETE', `/recording-assets/${file!.id}`)).status).toBe(204);
    expect((await call('GET', `/recording-assets/${file!.id}`)).status).toBe(404);
    expect((await platform.web.inject({ method: 'GET', url: pathname + search })).statusCode).toBe(404);
    expect((await settled(id)).recording_assets).toMatchObject([{ id: another!.id }]);
    expect((await call('DELETE', `/recordings/${id}`)).status).toBe(204);
    expect((await settled(id)).recording_assets).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it('REC13: back ends are told of files that are whole, with links that work', async () => {
    await platform.store.webhooks.set({
      workspaceId: studio.workspaceId,
      enabled: true,
      url: 'http://127.0.0.1:9/hooks',
      headers: {},
    });
    const told = async () => {
      const waiting = await platform.store.webhooks.waiting('test', { after: 0, limit: 100 });
      return waiting.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> });
    };
    const id = await recorded();
    platform.archive.finalise({ kind: 'beam', id });
    const events = await waitFor('both files are told', async () => {
      const own = (await told()).filter(({ data }) => data.recording_id === id);
      return own.length === 2 ? own : undefined;
    });
    expect(events[0]).toMatchObject({
      type: 'beam.recording.success',
      data: { room_id: studio.roomId, duration: 62, size: CONTENT.length, max_width: 1280, max_height: 720 },
    });
    const { pathname, search } = new URL(String(events[0]?.data.recording_presigned_url));
    expect((await platform.web.inject({ method: 'GET', url: pathname + search })).body).toBe(CONTENT);
  });
});
