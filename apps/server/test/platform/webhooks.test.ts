import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@amphi/base';
import type { CursorList, RoomObject, SessionObject } from '@amphi/protocol';
import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FactWriter } from '../../src/history/fact-writer.ts';
import { WebhookDispatcher } from '../../src/webhooks/dispatcher.ts';
import { signatureOf, WebhookCaller } from '../../src/webhooks/webhook-caller.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { Receiver } from './receiver.ts';

/** What back ends are told, and what is remembered of sessions. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
let receiver: Receiver;
const entered: WireClient[] = [];

beforeAll(async () => {
  platform = await startPlatform({ settings: { webhooks: { allowPrivateAddresses: true } } });
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());
beforeEach(async () => {
  studio = await makeStudio(platform);
  receiver = await Receiver.start();
});
afterEach(async () => {
  for (const client of entered.splice(0)) client.socket.terminate();
  await receiver.close();
});

async function get<T>(path: string): Promise<T> {
  const headers = { authorization: `Bearer ${studio.managementToken}` };
  return JSON.parse((await platform.web.inject({ url: `/v2${path}`, headers })).body) as T;
}

async function post(path: string, payload: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${studio.managementToken}` };
  const answer = await platform.web.inject({ method: 'POST', url: `/v2${path}`, headers, payload });
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}

const tellWorkspace = () =>
  platform.store.webhooks.set({
    workspaceId: studio.workspaceId,
    enabled: true,
    url: receiver.url,
    headers: { 'X-Key': 's3cr3t' },
  });

async function tokenOf(role: string, name: string): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes[role], user_id: `user-${name}` });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  return (JSON.parse(answer.body) as { token: string }).token;
}

async function enter(role: string, name: string): Promise<WireClient> {
  const token = await tokenOf(role, name);
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  entered.push(client);
  await client.next('on-policy-change');
  expect(await client.request('join', { name, data: `data of ${name}` })).toMatchObject({ result: {} });
  return client;
}

describe('webhooks', () => {
  it('WH1: a back end is told of a session from its first peer to its end, in order, with headers and signature', async () => {
    await tellWorkspace();
    const host = await enter('broadcaster', 'Ann');
    const viewer = await enter('hls-viewer', 'Vera');
    platform.clock.advance(2_000);
    await host.request('role-change-request', { requested_for: viewer.peerId, role: 'viewer-on-stage', force: true });
    viewer.notify('leave', {});
    await host.next('on-peer-leave');
    platform.clock.advance(1_000);
    await host.request('end-room', { lock: false });
    await receiver.settled(8);
    expect(receiver.types).toEqual([
      'session.open.success',
      'peer.join.success',
      'peer.join.success',
      'role.change.success',
      'peer.leave.success',
      'peer.leave.success',
      'room.end.success',
      'session.close.success',
    ]);
    const [opened, joined, , changed, left] = receiver.received;
    const sessionId = opened?.body.data.session_id;
    expect(joined?.body).toMatchObject({
      version: '2.0',
      account_id: studio.workspaceId,
      app_id: studio.app.id,
      template_id: studio.template.id,
      data: {
        room_id: studio.roomId,
        session_id: sessionId,
        peer_id: host.peerId,
        user_id: 'user-Ann',
        user_name: 'Ann',
        user_data: 'data of Ann',
        role: 'broadcaster',
        type: 'regular',
      },
    });
    expect(changed?.body.data).toMatchObject({
      peer_id: viewer.peerId,
      role: 'viewer-on-stage',
      previous_role: 'hls-viewer',
      role_change_requested_by: host.peerId,
    });
    expect(left?.body.data).toMatchObject({ peer_id: viewer.peerId, duration: 2, reason: 'client request' });
    expect(receiver.received.at(-1)?.body.data).toMatchObject({ session_id: sessionId, session_duration: 3 });
    for (const { headers, text } of receiver.received) {
      expect(headers['x-key']).toBe('s3cr3t');
      expect(headers['content-type']).toBe('application/json');
      expect(headers['x-100ms-signature']).toBe(signatureOf(text, studio.key.secret));
    }
    expect(new Set(receiver.received.map(({ body }) => body.id)).size).toBe(8);
  });

  it('WH2: what is not answered by 200 is sent again after 1, 3 and 10 s with the same id, then given up, and the next goes on', async () => {
    await tellWorkspace();
    receiver.answers.push(500, 201, 404, 503);
    await enter('broadcaster', 'Ann');
    const tries = [1_000, 3_000, 10_000];
    for (const [index, waitMs] of tries.entries()) {
      await receiver.settled(index + 1);
      // The answer is heard a little later than it was given.
      await waitFor('the retry is due', () => {
        platform.clock.advance(waitMs / 10);
        return receiver.received.length > index + 1;
      });
    }
    await receiver.settled(5);
    // With so much time gone by, she may have left meanwhile.
    expect(receiver.types.slice(0, 5)).toEqual([...Array(4).fill('session.open.success'), 'peer.join.success']);
    expect(new Set(receiver.received.slice(0, 4).map(({ body }) => body.id)).size).toBe(1);
    interface History {
      readonly events: readonly { event_name: string; payload: Record<string, unknown> }[];
      readonly pagination: object;
    }
    const failed = await waitFor('the failure is remembered', async () => {
      const history = await get<History>('/analytics/webhooks?status=failed');
      return history.events.length > 0 ? history : undefined;
    });
    expect(failed.events).toMatchObject([
      {
        event_name: 'reporter.webhook.delivery.failed',
        payload: { original_event_name: 'session.open.success', error_reason: 'answered 503' },
      },
    ]);
    expect(failed.pagination).toMatchObject({ total_items: 1, has_next: false });
  });

  it('WH3: a receiver that does not answer keeps no other from being told', async () => {
    const dead = createServer(() => {});
    await once(dead.listen(0, '127.0.0.1'), 'listening');
    await platform.store.webhooks.set({
      workspaceId: studio.workspaceId,
      enabled: true,
      url: `http://127.0.0.1:${(dead.address() as AddressInfo).port}`,
      headers: {},
    });
    await enter('broadcaster', 'Ann');
    studio = await makeStudio(platform);
    await tellWorkspace();
    await enter('broadcaster', 'Ben');
    await receiver.settled(2);
    dead.closeAllConnections();
    dead.close();
  });

  it("WH4: a room's own webhook takes the place of its workspace's", async () => {
    await tellWorkspace();
    const own = await Receiver.start();
    const answer = await post(`/rooms/${studio.roomId}`, { webhook: { url: own.url, headers: { 'x-room': '1' } } });
    expect(answer.body as unknown as RoomObject).toMatchObject({
      webhook: { url: own.url, headers: { 'x-room': '1' } },
    });
    await enter('broadcaster', 'Ann');
    await own.settled(2);
    expect(own.received[0]?.headers['x-room']).toBe('1');
    expect(receiver.received).toEqual([]);
    await own.close();
  });

  it('WH5: what an earlier process had not delivered is delivered by the next, in its order', async () => {
    const { store, clock } = platform;
    const place = { workspaceId: studio.workspaceId, roomId: studio.roomId, url: receiver.url, headers: {} };
    const rows = Array.from({ length: 25 }, (_, index) => ({
      ...place,
      eventId: `event-${index}`,
      sessionId: `session-${index % 2}`,
      type: 'peer.join.success',
      at: new Date(clock.now()),
      node: 'killed',
      body: JSON.stringify({ id: `event-${index}`, type: String(index), data: {} }),
    }));
    await store.webhooks.enqueue(rows);
    const caller = new WebhookCaller({ allowPrivate: true, timeoutMs: 5_000 });
    const next = new WebhookDispatcher({
      store,
      node: 'killed',
      call: (call) => caller.call(call),
      clock,
      logger: silentLogger,
    });
    next.start();
    await receiver.settled(25);
    const told = receiver.types.map(Number);
    for (const parity of [0, 1]) {
      const ofSession = told.filter((index) => index % 2 === parity);
      expect(ofSession).toEqual([...ofSession].sort((a, b) => a - b));
    }
    await next.close();
    caller.close();
    const left = await store.webhooks.waiting('killed', { after: 0, limit: 100 });
    expect(left.filter(({ url }) => url === receiver.url)).toEqual([]);
  });

  it('WH9: each node tells of its own, and none of what another has to tell', async () => {
    const { store, clock } = platform;
    const row = (node: string) => ({
      ...{ workspaceId: studio.workspaceId, roomId: studio.roomId, url: receiver.url, headers: {}, node },
      ...{ eventId: `of ${node}`, sessionId: node, type: 'peer.join.success', at: new Date(clock.now()) },
      body: JSON.stringify({ id: `of ${node}`, type: `of ${node}`, data: {} }),
    });
    await store.webhooks.enqueue(['first', 'second', 'first', ''].map(row));
    const told = { first: [] as string[], second: [] as string[] };
    const dispatchers = (['first', 'second'] as const).map((node) => {
      const call = async ({ body }: { readonly body: string }) => {
        told[node].push((JSON.parse(body) as { id: string }).id);
        return undefined;
      };
      return new WebhookDispatcher({ store, node, call, clock, logger: silentLogger });
    });
    await store.webhooks.adopt('second');
    for (const dispatcher of dispatchers) dispatcher.start();
    await waitFor('all are told', () => told.first.length + told.second.length === 4);
    for (const dispatcher of dispatchers) await dispatcher.close();
    expect(told.first).toEqual(['of first', 'of first']);
    expect(told.second.sort()).toEqual(['of ', 'of second']);
  });

  it('WH9: a node that is gone for good: what it had to tell is told by another, then that its sessions have ended', async () => {
    await tellWorkspace();
    const { store, clock } = platform;
    const { workspaceId, roomId } = studio;
    await store.nodes.markSeen('gone');
    const lastSeenAt = clock.now();
    await store.history.open([
      { id: 'lost', workspaceId, roomId, node: 'gone', startedAt: new Date(lastSeenAt - 5_000) },
    ]);
    const place = { workspaceId, roomId, url: receiver.url, headers: {}, node: 'gone', sessionId: 'lost' };
    // More than are taken over in one transaction.
    const rows = Array.from({ length: 600 }, (_, index) => ({
      ...place,
      ...{ eventId: `${index}`, type: 'peer.join.success', at: new Date(clock.now()) },
      body: JSON.stringify({ id: `${index}`, type: `${index}`, data: {} }),
    }));
    await store.webhooks.enqueue(rows);
    const told: { type: string; data: { session_stopped_at?: string } }[] = [];
    const call = async ({ body }: { readonly body: string }) => {
      told.push(JSON.parse(body));
      return undefined;
    };
    const dispatcher = new WebhookDispatcher({ store, node: 'other', call, clock, logger: silentLogger });
    const writer = new FactWriter({
      ...{ store, ownerOf: () => 'other', linkOf: () => '', gatherMs: 0, clock, logger: silentLogger },
      onDeliveries: (deliveries) => dispatcher.add(deliveries),
    });
    dispatcher.start();
    const before = new Date(lastSeenAt + 1);
    expect(await writer.takeOver('gone', before)).toMatchObject({ nodes: 0, deliveries: 0 });
    expect(await writer.takeOver('other', before)).toEqual({ nodes: 1, sessions: 1, deliveries: 600, replays: [] });
    expect(await writer.takeOver('other', before)).toMatchObject({ nodes: 0 });
    await waitFor('all are told', () => told.length === 601);
    expect(told.slice(0, 600).map(({ type }) => type)).toEqual(rows.map(({ eventId }) => eventId));
    expect(told[600]).toMatchObject({
      type: 'session.close.success',
      data: { session_stopped_at: new Date(lastSeenAt).toISOString() },
    });
    expect((await store.history.find('lost'))?.endedAt).toEqual(new Date(lastSeenAt));
    await writer.close();
    await dispatcher.close();
  });

  it('WH10: failures are told: who is not let in, gets no role that is full, and a session that cannot be ended', async () => {
    await tellWorkspace();
    const { template } = studio;
    await post(`/active-rooms/${studio.roomId}/end-room`, { reason: 'over', lock: true });
    await receiver.settled(1);
    expect(receiver.received[0]?.body).toMatchObject({
      type: 'room.end.failure',
      data: { error_code: 404, error_message: 'session not found', reason: 'over', lock_room: true, source: 'api' },
    });
    const role = { ...template.body.roles.broadcaster!, maxPeerCount: 1 };
    await platform.store.apps.changeTemplate(template.id, (body) => ({
      ...body,
      roles: { ...body.roles, broadcaster: role },
    }));
    await enter('broadcaster', 'Ann');
    const viewer = await enter('hls-viewer', 'Vera');
    const refused = new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, {
      token: await tokenOf('broadcaster', 'Ben'),
    });
    await refused.opened();
    entered.push(refused);
    expect(await refused.request('join', { name: 'Ben', data: '' })).toMatchObject({ error: { code: 403 } });
    const change = await post(`/active-rooms/${studio.roomId}/peers/${viewer.peerId}`, { role: 'broadcaster' });
    expect(change.status).toBe(403);
    await receiver.settled(6);
    expect(receiver.types.slice(1)).toEqual([
      'session.open.success',
      'peer.join.success',
      'peer.join.success',
      'peer.join.failure',
      'role.change.failure',
    ]);
    expect(receiver.received.at(-2)?.body.data).toMatchObject({
      ...{ user_id: 'user-Ben', user_name: 'Ben', role: 'broadcaster', error_message: 'role not allowed' },
      joined_at: '0001-01-01T00:00:00Z',
    });
    expect(receiver.received.at(-1)?.body.data).toMatchObject({
      ...{ peer_id: viewer.peerId, role: 'broadcaster', error_message: 'role limit reached' },
    });
    await post(`/active-rooms/${studio.roomId}/remove-peers`, { peer_id: viewer.peerId, reason: 'spam' });
    await post(`/active-rooms/${studio.roomId}/end-room`, { reason: 'over' });
    await receiver.settled(10);
    const [left, , ended] = receiver.received.slice(6);
    expect(left?.body.data).toMatchObject({ reason: 'peer kicked', message: 'spam' });
    expect(ended?.body).toMatchObject({
      type: 'room.end.success',
      data: { source: 'api', reason: 'over', lock_room: false },
    });
  });

  it('WH10: who leaves without having joined is told as a failure, once for each connection', async () => {
    await tellWorkspace();
    await enter('broadcaster', 'Ann');
    await receiver.settled(2);
    const early = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, {
      token: await tokenOf('hls-viewer', 'Vera'),
    }).opened();
    await early.next('on-policy-change');
    early.notify('leave', {});
    early.notify('leave', {});
    await early.closed;
    await receiver.settled(3);
    expect(receiver.received[2]?.body).toMatchObject({
      type: 'peer.leave.failure',
      data: {
        ...{ peer_id: early.peerId, user_id: 'user-Vera', role: 'hls-viewer', duration: 0 },
        ...{ joined_at: '0001-01-01T00:00:00Z', left_at: '0001-01-01T00:00:00Z', error_message: 'peer not joined' },
      },
    });
  });

  it('WH11: what failed is told again on demand, ten a second, under its id, and says so', async () => {
    await tellWorkspace();
    const { store, clock } = platform;
    const rows = await store.webhooks.enqueue(
      Array.from({ length: 12 }, (_, index) => ({
        ...{ workspaceId: studio.workspaceId, roomId: studio.roomId, sessionId: 's', headers: {}, node: 'gone' },
        ...{ type: index === 0 ? 'peer.leave.success' : 'peer.join.success', at: new Date(clock.now()) },
        ...{ eventId: `event-${index}`, url: 'http://127.0.0.1:9/gone' },
        body: JSON.stringify({ id: `event-${index}`, type: 'x', data: {} }),
      })),
    );
    await store.webhooks.settle(rows.map(({ seq }) => ({ seq, attempts: 4, error: 'answered 500' })));
    const asked = { event_names: ['peer.join.success'], limit: 11 };
    const begun = await post('/analytics/webhooks/replay', asked);
    expect(begun.body).toMatchObject({
      status: 'started',
      filters: { event_types: ['peer.join.success'], room_id: '' },
    });
    const again = await post('/analytics/events/webhooks/replay?limit=11', { event_names: ['peer.join.success'] });
    expect(again.body).toMatchObject({ status: 'already_running', workflow_id: begun.body.workflow_id });
    await receiver.settled(10);
    expect(receiver.received).toHaveLength(10);
    await waitFor('the last is told', () => {
      clock.advance(1_000);
      return receiver.received.length === 11;
    });
    expect(receiver.received.map(({ body }) => body.id)).toEqual(rows.slice(1).map(({ eventId }) => eventId));
    expect(receiver.received.every(({ body }) => body.is_replay === true)).toBe(true);
    const at = `/analytics/webhooks/replay/${begun.body.workflow_id}`;
    const done = await waitFor('it is over', async () => {
      clock.advance(1_000);
      const state = await get<{ status: string }>(at);
      return state.status === 'completed' ? state : undefined;
    });
    expect(done).toMatchObject({ progress: { total: 11, completed: 11, failed: 0 }, result: { failed_events: [] } });
    studio = await makeStudio(platform);
    expect(await get(at)).toMatchObject({ code: 404, message: 'workflow not found' });
  });

  it('WH6: bad ones are refused by name', async () => {
    const refused = async (webhook: object): Promise<string> => {
      const { status, body } = await post(`/rooms/${studio.roomId}`, { webhook });
      expect(status).toBe(400);
      return JSON.stringify(body);
    };
    expect(await refused({ url: 'ftp://example.org' })).toContain('an http or https URL');
    expect(await refused({ url: 'https://me:secret@example.org' })).toContain('put secrets into headers');
    expect(await refused({ url: 'https://example.org', headers: { 'content-length': '1' } })).toContain('none of host');
    expect(await refused({ url: 'https://example.org', headers: { a: 'x\r\ny: z' } })).toContain('printable ASCII');
    expect(await refused({ headers: {} })).toContain('url');
  });

  it('WH7: what became of an event is kept for a time; what is on its way is in no backup', async () => {
    const { store, clock } = platform;
    const event = {
      ...{ workspaceId: studio.workspaceId, roomId: studio.roomId, sessionId: 'kept', type: 'peer.join.success' },
      ...{ at: new Date(clock.now()), url: receiver.url, headers: {}, node: 'other', body: '{"data":{}}' },
    };
    const rows = await store.webhooks.enqueue([
      { ...event, eventId: 'told' },
      { ...event, eventId: 'untold' },
    ]);
    const [told, untold] = rows.map(({ seq }) => ({ seq, attempts: 1 }));
    await store.webhooks.settle([told!]);
    const kept = async () =>
      (await get<{ events: { event_id: string }[] }>('/analytics/webhooks')).events.map(({ event_id }) => event_id);
    expect(await kept()).toEqual(['told']);
    await store.webhooks.purge(new Date(clock.now()));
    expect(await kept()).toEqual(['told']);
    await store.webhooks.purge(new Date(clock.now() + 1));
    expect(await kept()).toEqual([]);
    expect((await store.webhooks.waiting('other', { after: 0, limit: 100 })).map(({ eventId }) => eventId)).toContain(
      'untold',
    );
    const tables = new Set<string>();
    await store.dump({ begin: async () => {}, write: async ({ table }) => void tables.add(table) });
    expect(tables).toContain('workspaces');
    expect(tables).not.toContain('webhook_deliveries');
    await store.webhooks.settle([untold!]);
  });

  it('API7, WH8: addresses of this machine are not called unless the setting says so', async () => {
    const caller = new WebhookCaller({ allowPrivate: false, timeoutMs: 5_000 });
    const port = new URL(receiver.url).port;
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', 'localhost', '0x7f.1']) {
      const error = await caller.call({ url: `http://${host}:${port}/`, headers: {}, body: '{}', secret: 'x' });
      expect(error).toContain('is not a public address; the setting webhooks.allowPrivateAddresses permits such');
    }
    expect(receiver.received).toEqual([]);
    caller.close();
  });
});

describe('sessions', () => {
  it('HIST1: a session and who was in it can be read during and after it', async () => {
    const host = await enter('broadcaster', 'Ann');
    const viewer = await enter('hls-viewer', 'Vera');
    const running = await waitFor('the session is remembered', async () => {
      const { data } = await get<CursorList<SessionObject>>(`/sessions?room_id=${studio.roomId}&active=true`);
      return Object.keys(data[0]?.peers ?? {}).length === 2 ? data[0] : undefined;
    });
    expect(running.peers[host.peerId]).toMatchObject({ name: 'Ann', role: 'broadcaster', left_at: null });
    viewer.notify('leave', {});
    await host.next('on-peer-leave');
    await host.request('end-room', { lock: false });
    const ended = await waitFor('its end is remembered', async () => {
      const session = await get<SessionObject>(`/sessions/${running.id}`);
      return session.active ? undefined : session;
    });
    expect(ended.peers[viewer.peerId]?.left_at).toEqual(expect.any(String));
    expect((await get<CursorList<SessionObject>>('/sessions?active=true')).data).toEqual([]);
    const stranger = await makeStudio(platform);
    studio = stranger;
    expect(await get(`/sessions/${running.id}`)).toMatchObject({ code: 404, message: 'session not found' });
  });

  it('HIST2: pages go on where the last ended, newest first', async () => {
    const { store, clock } = platform;
    const at = clock.now();
    const rows = Array.from({ length: 25 }, (_, index) => ({
      id: `paged-${studio.roomId}-${index}`,
      workspaceId: studio.workspaceId,
      roomId: studio.roomId,
      node: 'elsewhere',
      // Several began in the same millisecond.
      startedAt: new Date(at + Math.floor(index / 4)),
    }));
    await store.history.open(rows);
    const seen: string[] = [];
    for (let start = '', more = true; more; ) {
      const { data, last } = await get<CursorList<SessionObject>>(`/sessions?limit=10&start=${start}`);
      seen.push(...data.map(({ id }) => id));
      start = last;
      more = last !== '';
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(rows.map(({ id }) => id)));
    expect(seen[0]).toBe(rows[24]!.id);
  });

  it('HIST3, EVT6: what a killed server left open is ended by the next, and back ends are told', async () => {
    await tellWorkspace();
    const { store, clock } = platform;
    const startedAt = new Date(clock.now());
    const open = (id: string) => ({
      id,
      workspaceId: studio.workspaceId,
      roomId: studio.roomId,
      node: 'killed',
      startedAt,
    });
    await store.history.open([open('left-open'), open('goes-on')]);
    const peer = { peerId: 'p', userId: '', name: 'Ann', role: 'host', joinedAt: startedAt };
    await store.history.join([{ ...peer, sessionId: 'left-open' }]);
    const told: string[] = [];
    const writer = new FactWriter({
      store,
      ownerOf: () => 'killed',
      linkOf: () => '',
      gatherMs: 0,
      onDeliveries: (deliveries) => told.push(...deliveries.map(({ type, sessionId }) => `${type} ${sessionId}`)),
      clock,
      logger: silentLogger,
    });
    await writer.endAbandoned('killed', ['goes-on']);
    expect(told).toEqual(['session.close.success left-open']);
    expect((await store.history.find('left-open'))?.peers[0]).toMatchObject({ leftWhy: 'lost' });
    expect((await store.history.find('goes-on'))?.endedAt).toBeNull();
    const [ending] = await store.analytics.ofSession('left-open', ['session.close'], { limit: 9 });
    expect(ending?.data).toEqual({ reason: 'lost' });
    await writer.close();
  });
});
