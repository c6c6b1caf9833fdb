import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page, SDK } from '@100mslive/server-sdk';
import { newObjectId } from '@amphi/store';
import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/**
 * The genuine `@100mslive/server-sdk`, unmodified, against this server (server API, 9.1 and appendix A). It has no option
 * for the address of the API: the one of its HTTP client is set.
 */

// It tells of each request otherwise.
vi.hoisted(() => {
  vi.stubEnv('NODE_ENV', 'production');
});

type Service = Record<string, (...given: unknown[]) => Promise<Page> & AsyncIterable<Page>>;

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
let sdk: SDK;
const service = (name: string): Service => sdk[name] as Service;

beforeAll(async () => {
  platform = await startPlatform({
    finalise: async () => ({
      files: [{ name: 'v720.mp4', bytes: 14, durationSeconds: 61.7, width: 1280, height: 720 }],
    }),
  });
  baseUrl = await platform.listen();
  studio = await makeStudio(platform);
  sdk = new SDK(studio.key.accessKey, studio.key.secret);
  sdk.api.axios.defaults.baseURL = `${baseUrl}/v2`;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

async function collect(pages: AsyncIterable<Page>): Promise<Page[]> {
  const all: Page[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

it('makes, finds, lists and disables rooms', async () => {
  const rooms = service('rooms');
  const made = await rooms.create!({ name: 'sdk-room', description: 'by the SDK' });
  expect(await rooms.create!({ name: 'sdk-room' })).toMatchObject({ id: made.id });
  expect(await rooms.retrieveById!(made.id)).toMatchObject({ id: made.id, name: 'sdk-room' });
  expect(await rooms.retrieveByName!('sdk-room')).toMatchObject({ id: made.id });
  for (const name of ['b', 'c', 'd']) await rooms.create!({ name });
  const listed = await collect(rooms.list!({ limit: 2 }));
  expect(listed.map(({ id }) => id)).toContain(made.id);
  expect(listed).toHaveLength(5);
  await rooms.enableOrDisable!(made.id, false);
  expect((await collect(rooms.list!({ enabled: true }))).map(({ id }) => id)).not.toContain(made.id);
  expect(await rooms.update!(made.id, { size: 7, enabled: true })).toMatchObject({ size: 7, enabled: true });
  await expect(rooms.retrieveById!('f'.repeat(24))).rejects.toMatchObject({ code: 404, message: 'Room not found' });
});

it('makes room codes, lists and disables them', async () => {
  const codes = service('roomCodes');
  const made = (await codes.create!(studio.roomId)) as unknown as Page[];
  const listed = await collect(codes.list!(studio.roomId));
  expect(listed.map(({ code }) => code)).toEqual(expect.arrayContaining(made.map(({ code }) => code)));
  const another = await codes.createForRole!(studio.roomId, 'broadcaster');
  expect(await codes.enableOrDisable!(another.code, false)).toMatchObject({ enabled: false, role: 'broadcaster' });
});

it('tells of who is in a room, acts on them, streams, and reads the session afterwards', async () => {
  const { token } = await sdk.auth.getAuthToken({ roomId: studio.roomId, role: 'broadcaster', userId: 'u-1' });
  const host = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  expect(await host.request('join', { name: 'Ann', data: '' })).toMatchObject({ result: {} });
  const active = service('activeRooms');
  const room = await active.retrieve!(studio.roomId);
  const session = room.session as { id: string; peers: string[] };
  expect(session.peers).toEqual([host.peerId]);
  expect(await active.retrieveActivePeers!(studio.roomId)).toMatchObject({ [host.peerId]: { user_id: 'u-1' } });
  expect(await active.retrievePeerDetails!(studio.roomId, host.peerId)).toMatchObject({ id: host.peerId, tracks: {} });
  expect(await active.updatePeer!(studio.roomId, host.peerId, { name: 'Anna' })).toMatchObject({ name: 'Anna' });
  const told = host.next('on-broadcast');
  await active.sendMessage!(studio.roomId, { message: 'to you', peerId: host.peerId, type: 'note' });
  expect(await told).toMatchObject({ private: true, info: { type: 'note', message: 'to you' } });

  const streams = service('liveStreams');
  const stream = await streams.start!(studio.roomId, {});
  expect(stream).toMatchObject({ session_id: session.id, status: 'starting' });
  expect((await collect(streams.list!({ room_id: studio.roomId }))).map(({ id }) => id)).toEqual([stream.id]);
  expect(await streams.stop!(stream.id)).toMatchObject({ id: stream.id, session_id: session.id });
  expect(await streams.retrieve!(stream.id)).toMatchObject({ id: stream.id, room_id: studio.roomId });
  await expect(streams.stopAll!(studio.roomId)).rejects.toMatchObject({ code: 404, message: 'hls not running' });

  const sessions = service('sessions');
  await waitFor('the session is remembered', async () => (await collect(sessions.list!({}))).length > 0);
  expect(await sessions.retrieveActiveByRoom!(studio.roomId)).toMatchObject({ id: session.id, active: true });
  await active.end!(studio.roomId, { reason: 'over', lock: false });
  const over = await waitFor('the session is over', async () => {
    const read = await sessions.retrieveById!(session.id);
    return read.active === false ? read : undefined;
  });
  expect(over).toMatchObject({ peers: { [host.peerId]: { user_id: 'u-1', role: 'broadcaster' } } });
  host.close();
});

it('lists events of tracks and recordings to their end', async () => {
  const own = await makeStudio(platform);
  const { roomId } = own;
  const { token } = await sdk.auth.getAuthToken({ roomId: studio.roomId, role: 'broadcaster', userId: 'u-2' });
  const host = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  const offer = (version: number, tracks: readonly string[]) => ({
    ...{ type: 'offer', sdp: JSON.stringify({ session: 'p', version, tracks, ufrag: 'u' }) },
  });
  await host.request('join', { name: 'Ann', data: '', offer: offer(1, []) });
  const of = (id: string) => ({
    track_id: id,
    stream_id: 's',
    type: 'audio',
    source: 'regular',
    description: '',
    mute: false,
  });
  for (const [index, id] of ['a1', 'a2', 'a3'].entries()) {
    await host.request('offer', { desc: offer(index + 2, [id]), tracks: { [id]: of(id) } });
  }
  const analytics = service('analytics');
  const type = ['track.add.success', 'track.remove.success'];
  const listed = await waitFor('all tracks are remembered', async () => {
    const found = await collect(analytics.listTrackEvents!({ type, room_id: studio.roomId, limit: 2 }));
    return found.length === 5 ? found : undefined;
  });
  expect(listed.map(({ data }) => (data as Page).track_id)).toEqual(['a3', 'a2', 'a2', 'a1', 'a1']);
  expect(listed.every(({ data }) => (data as Page).room_id === studio.roomId)).toBe(true);
  await expect(collect(analytics.listTrackEvents!({ type, room_id: roomId }))).rejects.toMatchObject({ code: 404 });
  host.close();

  const id = newObjectId();
  const destination = studio.template.body.destinations.hlsDestinations.default!;
  const settings = { record: true, rtmpUrls: [], resolution: { width: 1280, height: 720 }, destination };
  const beam = {
    id,
    kind: 'recording',
    roomId: studio.roomId,
    sessionId: 's',
    node: 'test',
    destination: 'default',
  } as const;
  await platform.store.beams.create({ ...beam, settings, startedBy: '' });
  await platform.store.beams.update(id, { status: 'post_processing' });
  await mkdir(join(platform.folder, 'recordings', id, '1767604206000'), { recursive: true });
  platform.archive.finalise({ kind: 'beam', id });
  const recorded = await waitFor('the recording is told', async () => {
    const filter = { type: 'beam.recording.success', room_id: studio.roomId, beam_id: id };
    return (await collect(analytics.listRecordingEvents!(filter)))[0];
  });
  expect(recorded).toMatchObject({
    ...{ version: '2.0', type: 'beam.recording.success' },
    data: { beam_id: id, session_id: 's', duration: 62, size: 14, max_width: 1280, recording_path: expect.any(String) },
  });
  const link = new URL(String((recorded.data as Page).recording_presigned_url));
  expect(link.pathname).toMatch(/^\/recordings\//);
});

it('reads and writes templates by its own calls', async () => {
  const template = await sdk.api.post('/templates', { name: 'by-sdk', roles: { host: {}, guest: {} } });
  expect(await sdk.api.get(`/templates/${template.id}`)).toMatchObject({ name: 'by-sdk' });
  const poll = await sdk.api.post('/polls', { title: 'Which?' });
  expect(await sdk.api.get(`/polls/${poll.id}`)).toMatchObject({ title: 'Which?' });
});
