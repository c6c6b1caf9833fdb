import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@amphi/base';
import { hlsDestination, templateBody } from '@amphi/protocol';
import { newObjectId, openStore, type Store } from '@amphi/store';
import { VirtualClock } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBeamRecords } from './beam-records.ts';
import { takeUpSessions } from './earlier-sessions.ts';
import { createLiveStreamRecords } from './live-stream-records.ts';
import { ownedBy } from './owner-of.ts';
import { createRoomDirectory } from './room-directory.ts';
import { createSessionRecords } from './session-records.ts';

const SETTINGS = hlsDestination.parse({ name: 'default', layers: [{ width: 1280, height: 720, videoBitrate: 2500 }] });
const clock = new VirtualClock();
let store: Store;
let made = 0;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amphi-earlier-'));
  store = await openStore({ clock, dataDir: join(folder, 'database') });
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** A node that was killed with one session, one peer and a stream in it. */
async function killedNode() {
  made += 1;
  const node = `node-${made}`;
  const { workspace } = await store.workspaces.create({ name: 'Studio' });
  const { app, template } = await store.apps.create({
    workspaceId: workspace.id,
    name: 'Show',
    subdomain: `show-${made}`,
    region: 'eu',
    kit: 'custom',
    template: templateBody.parse({ name: `show-${made}`, roles: { host: { name: 'host' } } }),
  });
  const room = await store.rooms.upsert({
    workspaceId: workspace.id,
    name: `room-${made}`,
    template: { id: template.id, appId: app.id },
  });
  const sessionId = `session-${made}`;
  const streamId = newObjectId();
  const sessions = createSessionRecords({ store, node, logger: silentLogger });
  await sessions.open({ id: sessionId, roomId: room.id, startedAt: clock.now() });
  const peer = {
    peerId: 'peer-000001',
    tokenHash: 'hash',
    claims: { access_key: 'k', version: 2, type: 'app', room_id: room.id, role: 'host', iat: 1, exp: 2 },
    role: 'host',
    name: 'Ann',
    data: '',
    joinedAt: clock.now(),
    sfuNodeId: undefined,
    autoVideo: true,
    groups: ['_handraise'],
    handRaisedAt: clock.now(),
    listens: ['pinnedMessages'],
  } as const;
  await sessions.savePeers(sessionId, [peer]);
  await sessions.saveState(sessionId, [{ key: 'b', content: { kind: 'barred', tokenHash: 'removed' } }]);
  const records = createLiveStreamRecords(store, ownedBy(node));
  await records.create({
    id: streamId,
    roomId: room.id,
    sessionId,
    destination: 'default',
    settings: SETTINGS,
    ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
    isRecorded: false,
    hasVod: false,
    playbackUrl: `http://localhost/hls/${streamId}/9/signature/master.m3u8`,
    startedBy: peer.peerId,
  });
  const startedAt = clock.now();
  await records.update(streamId, { status: 'running', startedAt: new Date(startedAt) });
  const takeUp = (change: Partial<Parameters<typeof takeUpSessions>[0]> = {}) =>
    takeUpSessions({
      store,
      rooms: createRoomDirectory(store),
      node,
      served: [{ streamId, state: 'playable' }],
      now: clock.now(),
      logger: silentLogger,
      ...change,
    });
  const status = async () => (await store.liveStreams.find(streamId))?.status;
  return { node, room, sessionId, streamId, peer, startedAt, records, takeUp, status };
}

it('RST1, RST2: gives back the session with its peers and its stream', async () => {
  const { room, sessionId, streamId, peer, startedAt, takeUp, status } = await killedNode();
  clock.advance(20_000);
  expect((await takeUp()).goOn).toMatchObject([
    {
      id: sessionId,
      room: { id: room.id },
      startedAt,
      peers: [peer],
      state: [{ key: 'b', content: { kind: 'barred', tokenHash: 'removed' } }],
      stream: {
        streamId,
        path: `/hls/${streamId}/9/signature/master.m3u8`,
        destination: 'default',
        settings: SETTINGS,
        initialisedAt: startedAt,
        startedAt,
        isPlayable: true,
      },
    },
  ]);
  expect(await status()).toBe('running');
});

it('REC18: what is kept of the stream, or of the stage, goes on paused when it was', async () => {
  const { node, room, sessionId, records, streamId, takeUp } = await killedNode();
  const beams = createBeamRecords(store, ownedBy(node));
  const id = newObjectId();
  const settings = { record: true, rtmpUrls: [], resolution: { width: 1280, height: 720 }, destination: SETTINGS };
  const of = { roomId: room.id, sessionId, destination: 'default', startedBy: '' };
  await beams.create({ id, kind: 'recording', ...of, settings });
  const paused = async () => (await takeUp()).goOn.map(({ stream, beam }) => [stream?.isPaused, beam?.isPaused]);
  expect(await paused()).toEqual([[false, false]]);
  await records.update(streamId, { isPaused: true });
  await beams.update(id, { isPaused: true });
  expect(await paused()).toEqual([[true, true]]);
});

it('RST4: a row that the database does not take keeps no other from being written', async () => {
  const { node, sessionId, peer } = await killedNode();
  const told: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void told.push(fields) };
  const sessions = createSessionRecords({ store, node, logger });
  const named = (peerId: string, name: string) => ({ ...peer, peerId, name });
  await sessions.savePeers(sessionId, [
    named('peer-000001', 'Ann B.'),
    named('peer-000002', 'a zero \u0000'),
    named('peer-000003', 'half a pair \ud83d'),
  ]);
  const content = { kind: 'barred', tokenHash: 'removed' } as const;
  await sessions.saveState(sessionId, [
    { key: 'zero \u0000', content },
    { key: 'c', content },
  ]);
  const [session] = await store.sessions.ofNode(node);
  expect(session?.peers.map(({ name }) => name)).toEqual(['Ann B.', 'half a pair �']);
  expect(session?.state.map(({ key }) => key)).toEqual(['b', 'c']);
  expect(told).toEqual([
    { sessionId, peerId: 'peer-000002', error: expect.stringContaining('invalid byte sequence') },
    { sessionId, key: 'zero \u0000', error: expect.stringContaining('invalid byte sequence') },
  ]);
  // Whatever else is wrong is for whoever asked, without the values.
  const failed: unknown = await sessions.savePeers('no session', [peer]).catch((error: unknown) => error);
  expect(failed).toMatchObject({ message: expect.stringContaining('foreign key') });
  expect(String(failed)).not.toContain(peer.name);
});

it('RST2: a stream that the origin does not have begins again under its id; one that has ended there does not', async () => {
  const { takeUp, status } = await killedNode();
  expect((await takeUp({ served: [] })).goOn).toMatchObject([{ stream: { isPlayable: false } }]);
  expect(await status()).toBe('running');
  const other = await killedNode();
  const served = [{ streamId: other.streamId, state: 'ended' as const }];
  expect((await other.takeUp({ served })).goOn[0]?.stream).toBeUndefined();
  expect(await other.status()).toBe('failed');
});

it('RST1, RST3: peers are given up after some 70 s, streams after 5 min, and what is over is recorded', async () => {
  const { node, takeUp, status } = await killedNode();
  clock.advance(71_000);
  expect((await takeUp()).goOn).toMatchObject([{ peers: [], stream: {} }]);
  clock.advance(240_000);
  expect(await takeUp()).toEqual({ goOn: [], unfinished: [] });
  expect(await status()).toBe('failed');
  expect(await store.sessions.ofNode(node)).toEqual([]);
});

it('RST3: a stream that was being stopped is not put on air again', async () => {
  const { streamId, records, takeUp, status } = await killedNode();
  await records.update(streamId, { status: 'stopping', stoppedBy: 'peer-000001' });
  expect((await takeUp()).goOn[0]?.stream).toBeUndefined();
  expect(await status()).toBe('failed');
});

it('RST6: a start touches nothing of another node, until that is gone for good', async () => {
  const one = await killedNode();
  const other = await killedNode();
  expect((await one.takeUp()).goOn).toHaveLength(1);
  expect(await other.status()).toBe('running');
  expect(await store.sessions.ofNode(other.node)).toHaveLength(1);
  clock.advance(601_000);
  await store.sessions.markSeen(one.node);
  await one.takeUp();
  expect(await other.status()).toBe('failed');
  expect(await store.sessions.ofNode(other.node)).toEqual([]);
});
