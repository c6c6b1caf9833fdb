import { afterEach, describe, expect, it } from 'vitest';
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
    await ann.next('on-peer-update', ({ peer_id }) => peer_id === last.peerId);
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
