import { waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What happened in a session, from the socket to `GET /v2/sessions/{id}/events`. */

interface Events {
  readonly limit: number;
  readonly last: string;
  readonly data: readonly { readonly id: string; readonly type: string; readonly [key: string]: unknown }[];
}

let platform: PlatformServer;
let baseUrl: string;

beforeAll(async () => {
  platform = await startPlatform();
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());

async function get<T>(studio: Studio, path: string): Promise<{ status: number; body: T }> {
  const headers = { authorization: `Bearer ${studio.managementToken}` };
  const answer = await platform.web.inject({ url: `/v2${path}`, headers });
  return { status: answer.statusCode, body: answer.json() as T };
}

async function enter(studio: Studio, role: string, name: string): Promise<WireClient> {
  const payload = JSON.stringify({ code: studio.codes[role], user_id: `user-${name}` });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  const { token } = answer.json() as { token: string };
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
  expect(await client.request('join', { name, data: '' })).toMatchObject({ result: {} });
  return client;
}

it('EVT5: a session tells of people, roles and failures, newest first, page by page, to its workspace alone', async () => {
  const studio = await makeStudio(platform);
  const ann = await enter(studio, 'broadcaster', 'Ann');
  const { session_id: sessionId } = await ann.next('session-info');
  const vera = await enter(studio, 'hls-viewer', 'Vera');
  const info = { error_code: 2003, endpoint: 'wss://inner.example/ws' };
  ann.notify('analytics', { name: 'publish.failed', info });
  await ann.request('role-change-request', { requested_for: vera.peerId, role: 'viewer-on-stage', force: true });
  await ann.request('peer-leave-request', { requested_for: vera.peerId, reason: 'too loud' });
  await ann.request('end-room', { lock: true, reason: 'done' });
  const path = `/sessions/${sessionId}/events`;
  const all = await waitFor('the end is among the events', async () => {
    const { body } = await get<Events>(studio, `${path}?limit=100`);
    return body.data[0]?.type === 'session.close' ? body : undefined;
  });
  const types = all.data.map(({ type }) => type);
  expect(types.filter((type) => type !== 'room.locked').reverse()).toEqual([
    'session.open',
    'peer.join',
    'peer.join',
    'client.publish.failed',
    'peer.role-change',
    'peer.leave',
    'peer.leave',
    'session.close',
  ]);
  expect(types).toContain('room.locked');
  const of = (type: string) => all.data.find((event) => event.type === type);
  expect(of('peer.role-change')).toMatchObject({
    ...{ peer_id: vera.peerId, user_id: 'user-Vera', user_name: 'Vera', role: 'viewer-on-stage' },
    ...{ previous_role: 'hls-viewer', requested_by: ann.peerId, timestamp: expect.stringMatching(/Z$/) },
  });
  expect(all.data.findLast(({ type }) => type === 'peer.leave')).toMatchObject({
    ...{ user_name: 'Vera', reason: 'removed', requested_by: ann.peerId },
  });
  expect(of('session.close')).toMatchObject({ reason: 'done', requested_by: ann.peerId, peer_id: '' });
  expect(of('client.publish.failed')).toMatchObject({ peer_id: ann.peerId, user_name: 'Ann', role: 'broadcaster' });
  expect(JSON.stringify(all)).not.toContain('inner.example');

  const paged: string[] = [];
  for (let start = ''; ; ) {
    const { body } = await get<Events>(studio, `${path}?limit=2&start=${start}`);
    expect(body.data.length).toBeLessThanOrEqual(2);
    paged.push(...body.data.map(({ id }) => id));
    if (body.last === '') break;
    start = body.last;
  }
  expect(paged).toEqual(all.data.map(({ id }) => id));

  expect((await get(studio, `${path}?start=then`)).status).toBe(400);
  expect((await get(studio, `${path}?limit=101`)).status).toBe(400);
  expect((await get(studio, '/sessions/none/events')).status).toBe(404);
  expect((await get(await makeStudio(platform), path)).status).toBe(404);
  const publicEvents = await get<{ total: number; events: { type: string }[] }>(
    studio,
    `/analytics/events?room_id=${studio.roomId}`,
  );
  expect(publicEvents.body.events.map(({ type }) => type)).toEqual(['client.publish.failed']);
  ann.close();
  vera.close();
});
