import { afterEach, describe, expect, it, vi } from 'vitest';
import { Turns } from '../../src/sessions/turns.ts';
import { startTestHost, type TestHost } from './test-host.ts';
import type { WireClient, WireMessage } from './wire-client.ts';

let host: TestHost;

afterEach(() => host.close());

const track = (id: string) => ({
  track_id: id,
  stream_id: `stream-${id}`,
  type: 'video',
  source: 'regular',
  description: '',
  mute: false,
});

async function publish(client: WireClient, version: number, ...ids: string[]): Promise<WireMessage> {
  const sdp = JSON.stringify({ session: `pub-${client.peerId}`, version, tracks: ids });
  const tracks = Object.fromEntries(ids.map((id) => [id, track(id)]));
  return client.request('offer', { desc: { type: 'offer', sdp }, tracks });
}

/** Peers and their roles as a client knows them from all it was told. */
function known(client: WireClient): Record<string, string> {
  const roles: Record<string, string> = {};
  for (const { method, params } of client.inbox) {
    const of = params as {
      peer_id: string;
      role: string;
      realtime?: boolean;
      peers?: Record<string, { role: string }>;
    };
    if (method === 'peer-list') for (const [id, { role }] of Object.entries(of.peers ?? {})) roles[id] = role;
    if (method === 'on-peer-join' || method === 'on-peer-update') {
      if (of.realtime) roles[of.peer_id] = of.role;
      else delete roles[of.peer_id];
    }
    if (method === 'on-peer-leave') delete roles[of.peer_id];
  }
  return roles;
}

describe('role changes', () => {
  it('DEL23: twenty of one peer in a row end in what the last one says, for everyone', async () => {
    host = await startTestHost();
    const ann = await host.join('broadcaster');
    await publish(ann, 2, 'v-ann');
    const bo = await host.join('viewer-on-stage');
    const watcher = await host.join('viewer-realtime');
    await publish(bo, 2, 'v-bo');
    await watcher.next('on-track-add', ({ tracks }) => 'v-bo' in tracks);
    const roles = Array.from(
      { length: 21 },
      (_, i) => ['hls-viewer', 'viewer-on-stage', 'viewer-realtime'][i % 3] ?? '',
    );
    const answers = await Promise.all(
      roles.map((role) => ann.request('role-change-request', { requested_for: bo.peerId, role, force: true })),
    );
    expect(answers.every(({ result }) => result)).toBe(true);
    await Promise.all([ann, bo, watcher].map((client) => client.settled()));
    // Told of each, in order; the first policy came with its socket.
    expect(bo.all('on-policy-change').map(({ name }) => name)).toEqual(['viewer-on-stage', ...roles]);
    expect(ann.all('on-peer-update').map(({ role }) => role)).toEqual(roles);
    for (const client of [ann, watcher]) expect(known(client)[bo.peerId]).toBe('viewer-realtime');
    // Its track went with the first change and did not come back; of Ann's it knows again.
    const added = (client: WireClient, id: string) =>
      client.all('on-track-add').filter(({ tracks }) => id in tracks).length;
    const removed = (client: WireClient, id: string) =>
      client.all('on-track-remove').filter(({ tracks }) => id in tracks).length;
    expect([added(watcher, 'v-bo'), removed(watcher, 'v-bo')]).toEqual([1, 1]);
    const inList = 'v-ann' in (bo.all('peer-list').at(-1)?.peers[ann.peerId]?.tracks ?? {}) ? 1 : 0;
    expect(inList + added(bo, 'v-ann') - removed(bo, 'v-ann')).toBe(1);
    expect(host.sfu.router.tracks().map(({ trackId }) => trackId)).toEqual(['v-ann']);
    expect([...host.sfu.router.subscribing(bo.peerId).desired.keys()]).toEqual(['v-ann']);
    // What it publishes now is refused, as the last role says.
    await publish(bo, 3, 'v-bo2');
    expect(host.sfu.router.tracks().map(({ trackId }) => trackId)).toEqual(['v-ann']);
  });

  it('DEL22: of a whole audience are delivered in slices, and a ping comes in between', async () => {
    let now = 0;
    // Time passes with every look at the clock: a slice is so many deliveries.
    host = await startTestHost({ turns: new Turns({ sliceMs: 10, now: () => now++ }), limits: { peersPerToken: 100 } });
    const ann = await host.join('broadcaster');
    const viewers = await Promise.all(Array.from({ length: 30 }, () => host.join('hls-viewer')));
    const last = viewers.at(-1) as WireClient;
    await last.next('session-info');
    const before = ann.inbox.length;
    const change = ann.request('role-change-request', { roles: ['hls-viewer'], role: 'viewer-realtime', force: true });
    const ping = ann.request('ping', { timestamp: 1 });
    await change;
    await Promise.all(
      viewers.map((viewer) => viewer.next('on-policy-change', ({ name }) => name === 'viewer-realtime')),
    );
    // They came at once, so that the last of them here is not the last of the server's.
    await Promise.all(viewers.map(({ peerId }) => ann.next('on-peer-update', ({ peer_id }) => peer_id === peerId)));
    const pong = (await ping).id;
    const came = ann.inbox.slice(before);
    const at = came.findIndex(({ id }) => id === pong);
    const updates = came.filter(({ method }) => method === 'on-peer-update');
    expect(updates).toHaveLength(30);
    expect(came.slice(at).filter(({ method }) => method === 'on-peer-update').length).toBeGreaterThan(15);
    // Each is told of each other once, and never of itself.
    const all = await Promise.all(
      viewers.map((viewer) =>
        viewer.next('on-peer-update', ({ peer_id }) => peer_id === viewers[viewer === last ? 28 : 29]?.peerId),
      ),
    );
    expect(all).toHaveLength(30);
    for (const viewer of viewers) {
      expect(viewer.all('on-peer-update').some(({ peer_id }) => peer_id === viewer.peerId)).toBe(false);
      expect(known(viewer)[ann.peerId]).toBe('broadcaster');
    }
  });
});

describe('groups', () => {
  it('ROOM60: a hand is raised and lowered, for everyone who knows the peer and for itself', async () => {
    host = await startTestHost();
    const ann = await host.join('broadcaster');
    const viewer = await host.join('hls-viewer');
    const raised = await viewer.request('group-join', { name: '_handraise' });
    expect(raised.result).toEqual({ groups: ['_handraise'] });
    for (const client of [ann, viewer]) {
      expect(await client.next('on-peer-update')).toMatchObject({ peer_id: viewer.peerId, groups: ['_handraise'] });
    }
    const late = await host.join('hls-viewer');
    expect((await late.next('peer-list')).peers[viewer.peerId]).toMatchObject({ groups: ['_handraise'] });
    await ann.request('role-change-request', { requested_for: viewer.peerId, role: 'viewer-realtime', force: true });
    expect(await ann.next('on-peer-update')).toMatchObject({ role: 'viewer-realtime', groups: ['_handraise'] });
    expect((await ann.request('group-remove', { name: '_handraise', peer_id: viewer.peerId })).result).toEqual({
      groups: [],
    });
    expect(await viewer.next('on-peer-update')).toMatchObject({ peer_id: viewer.peerId, groups: [] });
  });

  it('ROOM62: everybody is told since when a hand is up, who comes later, too', async () => {
    host = await startTestHost();
    const ann = await host.join('broadcaster');
    const [first, second] = [await host.join('hls-viewer'), await host.join('hls-viewer')];
    const sinceOf = async ({ peerId }: WireClient) => {
      const update = await ann.next('on-peer-update', ({ peer_id }) => peer_id === peerId);
      return update.hand_raised_at ?? 0;
    };
    await second.request('group-join', { name: '_handraise' });
    const secondSince = await sinceOf(second);
    await vi.waitUntil(() => Date.now() > secondSince);
    await first.request('group-join', { name: '_handraise' });
    const firstSince = await sinceOf(first);
    expect(firstSince).toBeGreaterThan(secondSince);
    const { peers } = await (await host.join('broadcaster')).next('peer-list');
    expect([first, second].map(({ peerId }) => peers[peerId]?.hand_raised_at)).toEqual([firstSince, secondSince]);
    await first.request('group-leave', { name: '_handraise' });
    expect((await ann.next('on-peer-update')).hand_raised_at).toBeUndefined();
  });

  it('ROOM61: those of others need changeRole; unknown peers and too many groups are refused', async () => {
    host = await startTestHost();
    const ann = await host.join('broadcaster');
    const viewer = await host.join('hls-viewer');
    const code = async (client: WireClient, method: string, params: object) =>
      (await client.request(method, params)).error?.code;
    expect(await code(viewer, 'group-add', { name: 'x', peer_id: ann.peerId })).toBe(403);
    expect(await code(ann, 'group-add', { name: 'x', peer_id: 'nobody' })).toBe(404);
    expect(await code(ann, 'group-join', { name: '' })).toBe(400);
    for (let i = 0; i < 16; i++) expect(await code(ann, 'group-join', { name: `g${i}` })).toBeUndefined();
    expect(await code(ann, 'group-join', { name: 'g16' })).toBe(400);
  });
});

describe('session store', () => {
  it('ROOM70, ROOM71: values reach those who listen, also after a reconnect; a lost race is told', async () => {
    host = await startTestHost();
    const ann = await host.join('broadcaster');
    const viewer = await host.join('hls-viewer');
    await viewer.request('listen-metadata-change', { keys: ['pinned', 'chatState'] });
    expect((await viewer.next('on-metadata-change')).values).toMatchObject([
      { key: 'pinned', data: null },
      { key: 'chatState', data: null },
    ]);
    const set = await ann.request('set-metadata', { key: 'pinned', data: [{ text: 'hi' }] });
    expect(set.result).toMatchObject({ key: 'pinned', data: [{ text: 'hi' }], change_version: 1 });
    expect((await viewer.next('on-metadata-change')).values).toMatchObject([
      { key: 'pinned', data: [{ text: 'hi' }], updated_by: ann.peerId },
    ]);
    const lost = await ann.request('set-metadata', { key: 'pinned', data: 1, if_change_version: 0 });
    expect(lost.error?.code).toBe(409);
    expect((await ann.request('get-metadata', { key: 'pinned' })).result).toMatchObject({ data: [{ text: 'hi' }] });
    expect((await ann.request('set-metadata', { key: 'x'.repeat(129), data: 1 })).error?.code).toBe(400);
    expect((await ann.request('set-metadata', { key: 'big', data: 'x'.repeat(2_000) })).error?.code).toBe(413);
    await ann.settled();
    expect(ann.all('on-metadata-change')).toEqual([]);
  });
});

describe('remote mute', () => {
  it('ROOM80, ROOM81: mutes at once, asks for the rest', async () => {
    host = await startTestHost();
    const room = host.rooms.rooms.get('room-1')!;
    const { broadcaster } = room.template.roles;
    const permissions = { ...broadcaster!.permissions, mute: true, unmute: true };
    const roles = { ...room.template.roles, broadcaster: { ...broadcaster!, permissions } };
    host.rooms.rooms.set('room-1', { ...room, template: { ...room.template, roles } });
    const ann = await host.join('broadcaster');
    const bo = await host.join('viewer-on-stage');
    const watcher = await host.join('viewer-realtime');
    await publish(bo, 2, 'v-bo');
    await ann.next('on-track-add');
    const about = { requested_for: bo.peerId, track_id: 'v-bo', stream_id: 'stream-v-bo' };
    expect((await ann.request('track-update-request', { ...about, mute: true })).result).toEqual({});
    expect(await bo.next('on-track-update-request')).toMatchObject({
      requested_by: ann.peerId,
      track_id: 'v-bo',
      mute: true,
    });
    expect((await watcher.next('on-track-update')).tracks['v-bo']).toMatchObject({ mute: true });
    await ann.request('change-track-mute-state-request', { value: false, type: 'video' });
    expect(await bo.next('on-change-track-mute-state-request')).toEqual({
      requested_by: ann.peerId,
      type: 'video',
      value: false,
    });
    expect((await bo.request('track-update-request', { ...about, mute: true })).error?.code).toBe(403);
  });
});

describe('peers by request', () => {
  it('ROOM90 to ROOM94: the audience of a large room is found page by page', async () => {
    host = await startTestHost({ limits: { listedPeersPerRoom: 1 } });
    const ann = await host.join('broadcaster');
    const viewers = [];
    for (const name of ['Ada', 'Bea', 'Cleo']) viewers.push(await host.join('hls-viewer', { name }));
    expect(ann.all('on-peer-join')).toEqual([]);
    expect(await ann.next('room-info', ({ large_room_optimization: isLarge }) => isLarge)).toBeTruthy();
    const first = await ann.request('find-peer', { limit: 2, role: 'hls-viewer' });
    expect(first.result).toMatchObject({
      total: 3,
      eof: false,
      peers: [{ info: { name: 'Ada' } }, { info: { name: 'Bea' } }],
    });
    const { iterator } = first.result as { iterator: string };
    expect((await ann.request('peer-iter-next', { iterator, limit: 2 })).result).toMatchObject({
      eof: true,
      peers: [{ peer_id: viewers[2]?.peerId }],
    });
    expect((await ann.request('peer-name-search', { query: 'cle' })).result).toMatchObject({
      peers: [{ peer_id: viewers[2]?.peerId, name: 'Cleo' }],
      eof: true,
    });
    expect((await ann.request('get-peer', { peer_id: viewers[1]?.peerId })).result).toMatchObject({
      info: { name: 'Bea' },
    });
    expect((await ann.request('get-peer', { peer_id: 'nobody' })).error?.code).toBe(404);
    expect((await ann.request('peer-iter-next', { iterator: 'x', limit: 2 })).error?.code).toBe(400);
    expect((await ann.request('find-peer', { limit: 101 })).error?.code).toBe(400);
  });
});
