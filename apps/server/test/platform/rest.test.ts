import {
  type CursorList,
  composition,
  type Destinations,
  type LiveStreamObject,
  type RoomCodeObject,
  type RoomObject,
  type TemplateBody,
} from '@amphi/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signToken } from '../../src/tokens/sign-token.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** REST v2, as back ends and the public server SDK use it. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

beforeAll(async () => {
  platform = await startPlatform({ settings: { limits: { peersPerLargeRoom: 10_500 } } });
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());
beforeEach(async () => {
  studio = await makeStudio(platform);
});

interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T & { code?: number; message?: string; details?: string[] };
}

async function call<T>(
  method: 'GET' | 'POST',
  path: string,
  payload?: unknown,
  token: string | null = studio.managementToken,
): Promise<Answer<T>> {
  const answer = await platform.web.inject({
    method,
    url: `/v2${path}`,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}

const get = <T = Record<string, unknown>>(path: string) => call<T>('GET', path);
const post = <T = Record<string, unknown>>(path: string, payload?: unknown) => call<T>('POST', path, payload);

describe('management tokens', () => {
  const now = (): number => Math.floor(platform.clock.now() / 1000);
  const token = (claims: Record<string, unknown> = {}, secret = studio.key.secret) =>
    signToken(
      {
        access_key: studio.key.accessKey,
        type: 'management',
        version: 2,
        iat: now(),
        nbf: now(),
        exp: now() + 60,
        ...claims,
      },
      secret,
    );

  it.each<[string, () => string | null, string]>([
    ['no token', () => null, 'Authorization header with a Bearer token is missing'],
    ['garbage', () => 'x.y.z', 'token is not a JWT'],
    ['an unknown key', () => token({ access_key: 'f'.repeat(24) }), 'access_key is unknown or revoked'],
    ['another secret', () => token({}, 'other'), 'signature is wrong'],
    ['version 1', () => token({ version: 1 }), 'version must be 2'],
    ['a client token', () => token({ type: 'app' }), 'type must be "management"'],
    ['a token for later', () => token({ nbf: now() + 61 }), 'token is not valid yet'],
    ['an expired token', () => token({ exp: now() }), 'token expired at 20'],
    ['one that expired, with the clock that says so', () => token({ exp: now() - 5 }), ", by this server's clock"],
    ['91 days', () => token({ exp: now() + 91 * 86_400 }), 'token is valid for more than 90 days'],
  ])('API2, SEC1: refuses %s with 401 and the reason', async (_what, make, reason) => {
    const { status, body } = await call('GET', '/rooms', undefined, make());
    expect(status).toBe(401);
    expect(body).toEqual({
      code: 401,
      message: expect.stringMatching(/^(Token val|Auth)/),
      details: [expect.stringContaining(reason)],
    });
  });

  it('takes clocks that are a minute ahead, and tokens for 90 days', async () => {
    const ahead = { iat: now() + 59, nbf: now() + 59, exp: now() + 59 + 90 * 86_400 };
    expect((await call('GET', '/rooms', undefined, token(ahead))).status).toBe(200);
  });

  it('BUD38: refuses what only looks like a token that is known, and that one when its time is over', async () => {
    const made = token({ exp: now() + 5 });
    expect((await call('GET', '/rooms', undefined, made)).status).toBe(200);
    const forged = [`${made}A`, made.slice(0, -1), made.replace(/\.[^.]+$/, '.'), token({ exp: now() + 5 }, 'other')];
    for (const other of forged) expect((await call('GET', '/rooms', undefined, other)).status, other).toBe(401);
    expect((await call('GET', '/rooms', undefined, made)).status).toBe(200);
    platform.clock.advance(5_000);
    const { status, body } = await call('GET', '/rooms', undefined, made);
    expect([status, body.details]).toEqual([401, [expect.stringContaining('token expired at')]]);
  });

  it('API2, SEC1, BUD38: refuses a revoked key, also by a token that was good before', async () => {
    const made = token();
    expect((await call('GET', '/rooms', undefined, made)).status).toBe(200);
    await platform.store.workspaces.addKey(studio.workspaceId);
    await platform.store.workspaces.revokeKey(studio.workspaceId, studio.key.accessKey);
    expect((await call('GET', '/rooms', undefined, made)).status).toBe(401);
  });

  it('checks the token before the body', async () => {
    expect((await call('POST', '/rooms', { size: 'wrong' }, null)).status).toBe(401);
  });
});

describe('rooms', () => {
  it('creates a room on the default template, and finds it by id and by name', async () => {
    const { status, body } = await post<RoomObject>('/rooms', { name: 'Friday-Show', description: 'weekly' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Friday-Show',
      enabled: true,
      description: 'weekly',
      customer_id: studio.workspaceId,
      customer: studio.workspaceId,
      app_id: studio.app.id,
      template_id: studio.template.id,
      template: studio.template.name,
      recording_info: { enabled: false },
      region: 'auto',
      large_room: false,
    });
    expect(body.id).toMatch(/^[0-9a-f]{24}$/);
    expect(body).not.toHaveProperty('size');
    expect((await get(`/rooms/${body.id}`)).body).toEqual(body);
    expect((await get<CursorList<RoomObject>>('/rooms?name=friday-show')).body.data).toEqual([body]);
  });

  it('BUD19, BUD37: show what was just written, however often they were looked at', async () => {
    const { body: room } = await post<RoomObject>('/rooms', { name: 'looked-at' });
    const look = async () => [
      (await get<RoomObject>(`/rooms/${room.id}`)).body.description,
      (await get<CursorList<RoomObject>>('/rooms')).body.data[0]!.description,
      (await get(`/templates/${room.template_id}`)).body.name,
    ];
    const first = [...(await look()), ...(await look())];
    expect(first).toEqual(['', '', room.template, '', '', room.template]);
    await post(`/rooms/${room.id}`, { description: 'now with a text' });
    const { roles, settings } = (await get(`/templates/${room.template_id}`)).body;
    const changed = await post(`/templates/${room.template_id}`, { name: 'another-name', roles, settings });
    expect(changed.status).toBe(200);
    expect(await look()).toEqual(['now with a text', 'now with a text', 'another-name']);
    expect((await get<CursorList<RoomObject>>('/rooms')).body.data[0]!.template).toBe('another-name');
    await post('/rooms', { name: 'newer' });
    expect((await get<CursorList<RoomObject>>('/rooms?limit=1')).body.data[0]!.name).toBe('newer');
  });

  it('makes a name, and takes no body, no content type and a slash at the end', async () => {
    const { status, body } = await post<RoomObject>('/rooms/');
    expect(status).toBe(200);
    expect(body.name).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('updates the room of a known name', async () => {
    const first = await post<RoomObject>('/rooms', { name: 'show', size: 10 });
    const second = await post<RoomObject>('/rooms', { name: 'SHOW', description: 'new', max_duration_seconds: 3600 });
    expect(second.body).toMatchObject({
      id: first.body.id,
      size: 10,
      description: 'new',
      max_duration_seconds: 3600,
    });
  });

  it('updates single fields, enables and disables', async () => {
    const { body } = await post<RoomObject>('/rooms', { name: 'show', description: 'kept' });
    expect((await post(`/rooms/${body.id}`, { enabled: false })).body).toMatchObject({
      enabled: false,
      description: 'kept',
    });
    const listed = await get<CursorList<RoomObject>>('/rooms?enabled=true');
    expect(listed.body.data.map(({ id }) => id)).not.toContain(body.id);
    expect((await post(`/rooms/${body.id}`, { enabled: true, name: 'other' })).body).toMatchObject({
      enabled: true,
      name: 'other',
    });
  });

  it('is read from memory for seconds, in which a change of it or of its template is seen at once', async () => {
    const { body } = await post<RoomObject>('/rooms', { name: 'kept-in-mind' });
    const read = async () => (await get<RoomObject>(`/rooms/${body.id}`)).body;
    await read();
    const { statements } = platform.store;
    expect(await read()).toEqual(body);
    expect(platform.store.statements).toBe(statements);
    await post(`/rooms/${body.id}`, { description: 'changed' });
    expect(await read()).toMatchObject({ description: 'changed' });
    await post(`/templates/${studio.template.id}`, { ...studio.template.body, name: 'Renamed' });
    expect(await read()).toMatchObject({ template: 'Renamed' });
  });

  it('refuses the name of another room with 400', async () => {
    await post('/rooms', { name: 'taken' });
    const { body } = await post<RoomObject>('/rooms', { name: 'free' });
    expect((await post(`/rooms/${body.id}`, { name: 'Taken' })).status).toBe(400);
  });

  it.each<[string, unknown, RegExp]>([
    ['a name with a space', { name: 'two words' }, /name/],
    ['a duration that is too short', { max_duration_seconds: 60 }, /max_duration_seconds.*got 60/],
    ['a wrong type', { size: '12' }, /size/],
    ['the field of old', { template: 'x' }, /Use template_id/],
    ['an unknown template', { template_id: 'f'.repeat(24) }, /template not found/],
    ['an unknown region', { region: 'moon' }, /region/],
    ['a text that no database keeps', { description: 'a\u0000b' }, /U\+0000/],
    ['no object', [1], /Invalid body param/],
  ])('refuses %s with 400', async (_what, payload, message) => {
    const { status, body } = await post('/rooms', payload);
    expect(status).toBe(400);
    expect(body.code).toBe(400);
    expect(body.message).toMatch(message);
    expect(Array.isArray(body.details)).toBe(true);
  });

  it('asks for large_room above 2500 peers', async () => {
    const { status, body } = await post('/rooms', { size: 3000 });
    expect(status).toBe(400);
    expect(body).toEqual({
      code: 400,
      message: 'Invalid body param',
      details: ['Invalid body param: room size greater than 2500, set large_room flag as true'],
    });
    expect((await post('/rooms', { size: 3000, large_room: true })).status).toBe(200);
  });

  it('BUD39: refuses a size for which there is no place here', async () => {
    expect((await post('/rooms', { size: 10_000, large_room: true })).status).toBe(200);
    const { status, body } = await post('/rooms', { size: 10_001, large_room: true });
    expect([status, body.details]).toEqual([
      400,
      [
        'Invalid body param: room size greater than 10000, for which this server has places (limits.peersPerLargeRoom), got 10001',
      ],
    ]);
  });

  it('pages newest first until last is empty, and refuses limits out of range', async () => {
    const ids: string[] = [studio.roomId];
    for (const name of ['a', 'b', 'c']) ids.unshift((await post<RoomObject>('/rooms', { name })).body.id);
    const seen: string[] = [];
    let start = '';
    do {
      const { body } = await get<CursorList<RoomObject>>(`/rooms?limit=2&start=${start}`);
      expect(body.limit).toBe(2);
      seen.push(...body.data.map(({ id }) => id));
      start = body.last;
    } while (start !== '');
    expect(seen).toEqual(ids);
    for (const limit of ['0', '101', 'x']) expect((await get(`/rooms?limit=${limit}`)).status).toBe(400);
    expect((await get('/rooms?start=nonsense')).status).toBe(400);
  });

  it('are found by a part of the name, in any case, and by their id', async () => {
    const { body: weekly } = await post<RoomObject>('/rooms', { name: 'Weekly_Show' });
    await post('/rooms', { name: 'weekly-talk' });
    const found = async (search: string) =>
      (await get<CursorList<RoomObject>>(`/rooms?search=${encodeURIComponent(search)}`)).body.data.map(
        ({ name }) => name,
      );
    expect(await found('WEEKLY')).toEqual(['weekly-talk', 'Weekly_Show']);
    expect(await found('y_s')).toEqual(['Weekly_Show']);
    expect(await found('%')).toEqual([]);
    expect(await found(weekly.id)).toEqual(['Weekly_Show']);
  });

  it('shows nothing of other workspaces', async () => {
    const other = await makeStudio(platform);
    expect((await get(`/rooms/${other.roomId}`)).body).toEqual({ code: 404, message: 'Room not found', details: [] });
    expect((await post(`/rooms/${other.roomId}`, { enabled: false })).status).toBe(404);
    const { body } = await get<CursorList<RoomObject>>('/rooms?limit=100');
    expect(body.data.map(({ id }) => id)).toEqual([studio.roomId]);
    expect((await post('/rooms', { template_id: other.template.id })).status).toBe(400);
  });
});

describe('fields of rooms and streams that are not supported', () => {
  it.each<[string, unknown, unknown]>([['recording_info', { enabled: true }, { enabled: false }]])(
    '%s is refused by its name, but for what asks for nothing',
    async (field, asking, harmless) => {
      const refused = await post('/rooms', { name: `wants-${field}`, [field]: asking });
      expect([refused.status, refused.body.message]).toEqual([
        400,
        expect.stringMatching(new RegExp(`${field}: not supported by this server`)),
      ]);
      expect((await post('/rooms', { name: `wants-no-${field}`, [field]: harmless })).status).toBe(200);
      expect((await post(`/rooms/${studio.roomId}`, { [field]: asking })).status).toBe(400);
    },
  );

  it('transcription of a stream is refused by its name, but when it is off', async () => {
    const path = `/live-streams/room/${studio.roomId}/start`;
    for (const asking of [{ enabled: true }, { modes: ['live'] }, 'on']) {
      const refused = await post(path, { transcription: asking });
      expect([refused.status, refused.body.message]).toEqual([
        400,
        expect.stringMatching(/transcription: not supported/),
      ]);
    }
    // No session runs.
    expect((await post(path, { transcription: { enabled: false, modes: ['live'] } })).status).toBe(404);
  });

  it('fields that nobody knows are ignored', async () => {
    expect((await post('/rooms', { name: 'with-more', of_a_later_version: { x: 1 } })).status).toBe(200);
  });

  it('lists rooms by the time of their creation', async () => {
    const first = await post<RoomObject>('/rooms', { name: 'by-time-1' });
    platform.clock.advance(1_000);
    const second = await post<RoomObject>('/rooms', { name: 'by-time-2' });
    const namesOf = async (query: string) =>
      (await get<{ data: RoomObject[] }>(`/rooms?${query}`)).body.data.map(({ name }) => name);
    expect(await namesOf(`after=${second.body.created_at}`)).toEqual(['by-time-2']);
    expect(await namesOf(`after=${first.body.created_at}&before=${second.body.created_at}&limit=2`)).toEqual([
      'by-time-2',
      'by-time-1',
    ]);
    expect(await namesOf(`before=${first.body.created_at}`)).not.toContain('by-time-2');
    expect((await get('/rooms?after=yesterday')).body.message).toMatch(/after: a time such as/);
  });
});

describe('room codes', () => {
  it('creates codes for all roles once, which the list has, too', async () => {
    const room = (await post<RoomObject>('/rooms', { name: 'coded' })).body;
    const created = await post<{ data: RoomCodeObject[] }>(`/room-codes/room/${room.id}`);
    expect(created.status).toBe(200);
    expect(created.body.data.map(({ role }) => role)).toEqual(Object.keys(studio.template.body.roles));
    expect((await post(`/room-codes/room/${room.id}`, {})).body).toEqual(created.body);
    const listed = await get<CursorList<RoomCodeObject>>(`/room-codes/room/${room.id}`);
    expect(listed.body).toMatchObject({ limit: 20, last: '' });
    expect(listed.body.data).toEqual(expect.arrayContaining(created.body.data));
  });

  it('adds a code for a role, filters, disables and enables', async () => {
    const path = `/room-codes/room/${studio.roomId}`;
    const { body } = await post<RoomCodeObject>(`${path}/role/hls-viewer`);
    expect(body).toMatchObject({ role: 'hls-viewer', enabled: true, room_id: studio.roomId });
    expect(body.code).not.toBe(studio.codes['hls-viewer']);
    expect((await post('/room-codes/code', { code: body.code, enabled: false })).body).toMatchObject({
      code: body.code,
      enabled: false,
    });
    const disabled = await get<CursorList<RoomCodeObject>>(`${path}?enabled=false&role=hls-viewer`);
    expect(disabled.body.data.map(({ code }) => code)).toEqual([body.code]);
    expect((await post('/room-codes/code', { code: body.code, enabled: true })).body.enabled).toBe(true);
  });

  it('refuses what is unknown, disabled or malformed', async () => {
    const path = `/room-codes/room/${studio.roomId}`;
    expect((await post(`/room-codes/room/${'f'.repeat(24)}`)).status).toBe(404);
    expect((await post(`${path}/role/emperor%20of%20all`)).status).toBe(404);
    expect((await post('/room-codes/code', { code: 'zzz-zzzz-zzz', enabled: true })).status).toBe(404);
    expect((await post('/room-codes/code', { code: studio.codes.broadcaster, enabled: 'yes' })).status).toBe(400);
    expect((await post('/room-codes/code', { code: studio.codes.broadcaster, enabled: true, x: 1 })).status).toBe(400);
    const other = await makeStudio(platform);
    expect((await post('/room-codes/code', { code: other.codes.broadcaster, enabled: false })).status).toBe(404);
    await platform.store.rooms.update(studio.roomId, { enabled: false });
    expect((await post(path)).status).toBe(403);
    expect((await get(path)).status).toBe(403);
  });
});

describe('templates', () => {
  it('lists and reads them with ids, owners and every part', async () => {
    const { body } = await get(`/templates/${studio.template.id}`);
    expect(body).toMatchObject({
      id: studio.template.id,
      _id: studio.template.id,
      customerId: studio.workspaceId,
      customer: studio.workspaceId,
      appId: studio.app.id,
      default: true,
      settings: { region: 'eu' },
    });
    expect(Object.keys(body.roles as object)).toEqual([
      'broadcaster',
      'viewer-on-stage',
      'viewer-realtime',
      'hls-viewer',
    ]);
    const list = await get<CursorList<{ id: string }>>('/templates');
    expect(list.body.data).toEqual([body]);
    const role = await get(`/templates/${studio.template.id}/roles/viewer-on-stage`);
    expect(role.body).toEqual((body.roles as Record<string, unknown>)['viewer-on-stage']);
    expect((await get(`/templates/${studio.template.id}/destinations`)).body).toEqual(body.destinations);
    expect((await get(`/templates/${studio.template.id}/settings`)).body).toEqual(body.settings);
  });

  it('does not find unknown and foreign ones', async () => {
    const other = await makeStudio(platform);
    expect((await get(`/templates/${other.template.id}`)).status).toBe(404);
    expect((await get('/templates/nonsense')).status).toBe(404);
    expect((await get(`/templates/${studio.template.id}/roles/emperor`)).status).toBe(404);
  });
});

async function audience(role = 'hls-viewer'): Promise<WireClient> {
  const answer = await platform.web.inject({
    method: 'POST',
    url: '/v2/token',
    payload: JSON.stringify({ code: studio.codes[role] }),
  });
  const { token } = answer.json() as { token: string };
  const init = await platform.web.inject({
    url: '/init',
    headers: { authorization: `Bearer ${token}`, host: new URL(baseUrl).host },
  });
  const { endpoint } = init.json() as { endpoint: string };
  const client = await new WireClient(endpoint, { token }).opened();
  await client.next('on-policy-change');
  expect((await client.request('join', { name: 'Mia', data: '' })).result).toBeDefined();
  return client;
}

describe('active rooms', () => {
  const path = (rest = ''): string => `/active-rooms/${studio.roomId}${rest}`;

  it('are 404 without a session, and for rooms of others', async () => {
    for (const answer of [
      await get(path()),
      await get(path('/peers')),
      await get(path('/peers/p')),
      await post(path('/peers/p'), {}),
      await post(path('/send-message'), { message: 'hi' }),
      await post(path('/remove-peers'), { role: 'hls-viewer' }),
      await post(path('/end-room'), {}),
    ]) {
      expect(answer).toEqual({ status: 404, body: { code: 404, message: 'session not found', details: [] } });
    }
    const client = await audience();
    studio = await makeStudio(platform);
    expect((await get(`/active-rooms/${studio.roomId}`)).status).toBe(404);
    client.close();
  });

  it('tell who is there, with filters', async () => {
    const mia = await audience();
    const host = await audience('broadcaster');
    const { body } = await get<{ session: { peers: string[] } }>(path());
    expect(body).toMatchObject({ id: studio.roomId, customer_id: studio.workspaceId });
    expect(body.session.peers).toEqual([mia.peerId, host.peerId]);
    const one = await get(path(`/peers/${mia.peerId}`));
    expect(one.body).toMatchObject({ id: mia.peerId, name: 'Mia', metadata: '', role: 'hls-viewer', tracks: {} });
    const { tracks: _tracks, ...listed } = one.body;
    expect((await get(path('/peers?role=hls-viewer'))).body).toEqual({ peers: { [mia.peerId]: listed } });
    expect((await get(path('/peers?role=hls-viewer&user_id=nobody'))).body).toEqual({ peers: {} });
    expect((await get(path('/peers/nobody'))).status).toBe(404);
    for (const client of [mia, host]) client.close();
  });

  it('BE2, BE3: messages and changes reach people at once', async () => {
    const mia = await audience();
    const host = await audience('broadcaster');
    const said = await post(path('/send-message'), { message: 'for you', peerId: mia.peerId });
    expect([said.status, said.body]).toEqual([200, { message: 'message sent' }]);
    expect(await mia.next('on-broadcast')).toMatchObject({ private: true, info: { type: 'chat', message: 'for you' } });
    const change = { name: 'Mia B', metadata: '{"x":1}', role: 'viewer-realtime' };
    const changed = await post(path(`/peers/${mia.peerId}`), change);
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining(change)]);
    expect(await mia.next('on-policy-change')).toMatchObject({ name: 'viewer-realtime' });
    expect(await mia.next('on-peer-update')).toMatchObject({ info: { name: 'Mia B' } });
    expect(await host.next('on-peer-update', ({ info }) => info.name === 'Mia B')).toMatchObject({
      role: 'viewer-realtime',
    });
    await host.settled();
    expect(host.all('on-broadcast')).toEqual([]);
    expect((await post(path(`/peers/${mia.peerId}`), { role: 'king' })).status).toBe(404);
    expect((await post(path('/send-message'), {})).body.message).toMatch(/message/);
    for (const client of [mia, host]) client.close();
  });

  it('BE4, BE5: removed ones do not come back; a locked room lets nobody in', async () => {
    const mia = await audience();
    const host = await audience('broadcaster');
    expect((await post(path('/remove-peers'), {})).status).toBe(400);
    expect((await post(path('/remove-peers'), { role: 'hls-viewer', reason: 'thanks' })).status).toBe(200);
    expect(await mia.next('on-peer-leave-request')).toEqual({ reason: 'thanks', room_end: false });
    const again = await new WireClient(mia.url, { token: mia.token, peerId: mia.peerId }).opened();
    expect(await again.next('on-error')).toMatchObject({ code: 403 });
    const ended = await post(path('/end-room'), { reason: 'late', lock: true });
    expect([ended.status, ended.body]).toEqual([200, { message: 'session is ending' }]);
    expect(await host.next('on-peer-leave-request')).toEqual({ reason: 'late', room_end: true });
    expect((await get(path())).status).toBe(404);
    await expect.poll(async () => (await get<RoomObject>(`/rooms/${studio.roomId}`)).body.enabled).toBe(false);
    for (const client of [mia, host]) client.close();
  });
});

describe('live streams', () => {
  const start = () => post<LiveStreamObject>(`/live-streams/room/${studio.roomId}/start`, {});

  it('needs a running session', async () => {
    expect((await start()).status).toBe(404);
    expect((await post(`/live-streams/room/${studio.roomId}/stop`)).status).toBe(404);
    expect((await post(`/live-streams/room/${'f'.repeat(24)}/start`)).status).toBe(404);
  });

  it('SIG45: a room that is switched off puts out who is inside, and nobody comes back while it is off', async () => {
    const client = await audience();
    const path = `/rooms/${studio.roomId}`;
    expect((await post(path, { enabled: false })).status).toBe(200);
    expect(await client.next('on-peer-leave-request')).toMatchObject({ room_end: true });
    client.close();
    await client.closed;
    const again = await new WireClient(client.url, { token: client.token, peerId: client.peerId }).opened();
    expect(await again.next('on-error')).toMatchObject({ code: 403 });
    expect((await post(path, { enabled: true })).status).toBe(200);
    const back = await new WireClient(client.url, { token: client.token, peerId: client.peerId }).opened();
    await back.next('on-policy-change');
    back.close();
  });

  it('SIG46: a code that is switched off puts out who came by it, previews too, and lets nobody in while it is off', async () => {
    const joined = await audience();
    const preview = await new WireClient(joined.url, { token: joined.token }).opened();
    await preview.next('on-policy-change');
    const other = await audience('broadcaster');
    const switchCode = (enabled: boolean) => post('/room-codes/code', { code: studio.codes['hls-viewer'], enabled });
    expect((await switchCode(false)).status).toBe(200);
    for (const client of [joined, preview]) {
      expect(await client.next('on-peer-leave-request')).toMatchObject({
        reason: 'the room code was switched off',
        room_end: false,
      });
      client.close();
      await client.closed;
    }
    expect(await other.next('on-peer-leave')).toMatchObject({ peer_id: joined.peerId });
    const again = await new WireClient(joined.url, { token: joined.token, peerId: joined.peerId }).opened();
    expect(await again.next('on-error')).toMatchObject({ code: 403 });
    expect((await switchCode(true)).status).toBe(200);
    const back = await new WireClient(joined.url, { token: joined.token, peerId: joined.peerId }).opened();
    await back.next('on-policy-change');
    for (const client of [back, other]) client.close();
  });

  it('SIG47: a session ends after max_duration_seconds of its room', async () => {
    expect((await post(`/rooms/${studio.roomId}`, { max_duration_seconds: 120 })).status).toBe(200);
    const client = await audience();
    // Less at a time than the silence that ends a socket.
    for (let seconds = 0; seconds < 120; seconds += 10) {
      expect(client.all('on-peer-leave-request')).toEqual([]);
      platform.clock.advance(10_000);
      if (seconds < 110) await client.settled();
    }
    expect(await client.next('on-peer-leave-request')).toMatchObject({
      reason: 'maximum duration of 120 s reached',
      room_end: true,
    });
    client.close();
  });

  it('starts, lists, reads and stops the stream of a session', async () => {
    const client = await audience();
    const started = await start();
    expect(started.status).toBe(200);
    expect(started.body).toMatchObject({
      room_id: studio.roomId,
      status: 'starting',
      destination: 'default',
      started_at: null,
      stopped_at: null,
      started_by: '',
      recording_assets: null,
    });
    // STR22: what the machine has chosen is told at once, and stays.
    expect(started.body.ladder).toEqual({
      layers: [
        { id: 'v720', width: 1280, height: 720, bitrate: 2_048_000, frame_rate: 30 },
        { id: 'v360', width: 640, height: 360, bitrate: 500_000, frame_rate: 30 },
      ],
      chosen_by: 'machine',
      reason: '2 cores, 30 pictures a second: without 960×540 and 852×480',
    });
    expect(started.body.playback.url).toMatch(/\/hls\/.+\.m3u8$/);
    expect((await start()).status).toBe(400);
    platform.origin.announce(started.body.id);
    await client.next('on-hls-update', (update) => JSON.stringify(update).includes('"started"'));
    const read = await get<LiveStreamObject>(`/live-streams/${started.body.id}`);
    expect(read.body).toMatchObject({ id: started.body.id, status: 'running', ladder: started.body.ladder });
    expect(read.body.started_at).not.toBeNull();

    const stopped = await post<LiveStreamObject>(`/live-streams/${started.body.id}/stop`);
    expect(stopped.status).toBe(200);
    expect(stopped.body).toMatchObject({ id: started.body.id, session_id: started.body.session_id });
    await client.next('on-hls-update', (update) => !JSON.stringify(update).includes('"started"'));
    const list = await get<CursorList<LiveStreamObject>>(`/live-streams?room_id=${studio.roomId}`);
    expect(list.body.data.map(({ id }) => id)).toEqual([started.body.id]);
    expect((await get<CursorList<LiveStreamObject>>('/live-streams?status=failed')).body.data).toEqual([]);
    expect((await get('/live-streams?status=nonsense')).status).toBe(400);
    client.close();
  });

  it('STR26, STR27, STR42: tells of a second picture, of layers in AV1, and why it has ended', async () => {
    const { body: template } = await get<TemplateBody>(`/templates/${studio.template.id}`);
    const [[name, destination]] = Object.entries(template.destinations.hlsDestinations) as [[string, object]];
    const layers = [{ width: 640, height: 360, videoBitrate: 500, audioBitrate: 64 }];
    const path = `/templates/${studio.template.id}/destinations`;
    const hlsDestinations = { [name]: { ...destination, layers, av1: {}, alternate: { layers } } };
    expect((await post(path, { hlsDestinations })).status).toBe(200);
    const client = await audience();
    const started = await start();
    expect(started.body.reason).toBeNull();
    expect(started.body.troubles).toEqual([]);
    expect(started.body.ladder?.layers.map(({ codec }) => codec)).toContain('av1');
    expect(started.body.ladder?.alternate).toMatchObject({
      aspect_ratio: '9:16',
      playback: { url: expect.stringContaining('/hls/') },
      layers: expect.arrayContaining([expect.objectContaining({ width: 360, height: 640 })]),
    });
    const stopped = await post<LiveStreamObject>(`/live-streams/${started.body.id}/stop`);
    expect(stopped.body.reason).toBe('client request');
    expect((await post(path, { hlsDestinations: { [name]: destination } })).status).toBe(200);
    client.close();
  });

  it('ADDR5: tells of a playlist under the address by which each request came', async () => {
    const client = await audience();
    const started = await start();
    const path = `/hls/${started.body.id}/master.m3u8`;
    const ask = async (url: string) =>
      (
        await platform.web.inject({
          url: `/v2${url}`,
          headers: { authorization: `Bearer ${studio.managementToken}`, host: 'live.example.org:8443' },
        })
      ).json();
    const address = `http://live.example.org:8443${path}`;
    expect(await ask(`/live-streams/${started.body.id}`)).toMatchObject({ playback: { url: address } });
    const listed = await ask(`/live-streams?room_id=${studio.roomId}`);
    expect(listed).toMatchObject({ data: [{ playback: { url: address } }] });
    const usual = (await get<LiveStreamObject>(`/live-streams/${started.body.id}`)).body.playback.url;
    expect([new URL(usual).pathname, usual === address]).toEqual([path, false]);
    client.close();
  });

  it('stops by room and answers a list', async () => {
    const client = await audience();
    const started = await start();
    platform.origin.announce(started.body.id);
    await client.next('on-hls-update', (update) => JSON.stringify(update).includes('"started"'));
    const stopped = await post<CursorList<LiveStreamObject>>(`/live-streams/room/${studio.roomId}/stop`);
    expect(stopped.body.data.map(({ id }) => id)).toEqual([started.body.id]);
    expect((await post(`/live-streams/${started.body.id}/stop`)).body).toMatchObject({ code: 404 });
    client.close();
  });

  it('STR19: are drawn otherwise while they run; what cannot be is told by its name', async () => {
    const client = await audience();
    const path = `/live-streams/room/${studio.roomId}/composition`;
    expect((await post(path, { layout: 'sidebar' })).status).toBe(404);
    await start();
    const changed = await post(path, { layout: 'sidebar', gap: 16 });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ composition: composition.parse({ layout: 'sidebar', gap: 16 }) });
    expect((await post(path, {})).body).toEqual(changed.body);
    const wrong = await post(path, { layout: 'spiral', videoAspectRatio: '9:16' });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(wrong.body)).toMatch(/layout.*picture_in_picture/);
    const other = await makeStudio(platform);
    expect((await call('POST', path, { gap: 1 }, other.managementToken)).status).toBe(404);
    client.close();
  });

  it('TPL5: are drawn as their destination says from now on, but for what was changed of the stream alone', async () => {
    const client = await audience();
    await start();
    const drawn = `/live-streams/room/${studio.roomId}/composition`;
    await post(drawn, { layout: 'sidebar' });
    const { body } = await get<Destinations>(`/templates/${studio.template.id}/destinations`);
    const [name, destination] = Object.entries(body.hlsDestinations)[0]!;
    const changed = { ...destination, composition: { ...destination.composition, gap: 24, videoAspectRatio: '9:16' } };
    const hlsDestinations = { [name]: changed, other: { ...destination, name: 'other', composition: { gap: 1 } } };
    expect((await post(`/templates/${studio.template.id}/destinations`, { hlsDestinations })).status).toBe(200);
    expect((await post(drawn, {})).body).toMatchObject({
      composition: { layout: 'sidebar', gap: 24, videoAspectRatio: '16:9' },
    });
    client.close();
  });

  it('knows the destination, and streams of its workspace only', async () => {
    const client = await audience();
    const wrong = await post(`/live-streams/room/${studio.roomId}/start`, { destination: 'nowhere' });
    expect(wrong.status).toBe(400);
    expect((await get(`/live-streams/${'f'.repeat(24)}`)).status).toBe(404);
    const started = await start();
    const other = await makeStudio(platform);
    const foreign = await call('GET', `/live-streams/${started.body.id}`, undefined, other.managementToken);
    expect(foreign.status).toBe(404);
    client.close();
  });
});

it('describes itself in OpenAPI', async () => {
  const answer = await platform.web.inject('/v2/openapi.json');
  expect(answer.statusCode).toBe(200);
  const document = answer.json() as { openapi: string; paths: Record<string, Record<string, { summary?: string }>> };
  expect(document.openapi).toMatch(/^3\.1/);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) expect(operation.summary, path).toBeTruthy();
  }
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v2/rooms', '/v2/token', '/v2/live-streams/room/{roomId}/start', '/platform/apps']),
  );
});
