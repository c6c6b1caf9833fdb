import { randomUUID } from 'node:crypto';
import type { StreamKeyObject } from '@amphi/protocol';
import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FakePublishing } from '../sessions/fake-sfu.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { Receiver } from './receiver.ts';
import { type RestClient, restClient } from './rest-client.ts';

/** Encoders that send in by WHIP: all but their media, which the SFU in memory only says to have. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
let rest: RestClient;
const entered: WireClient[] = [];

beforeAll(async () => {
  platform = await startPlatform({ settings: { webhooks: { allowPrivateAddresses: true } } });
  baseUrl = await platform.listen();
  rest = restClient(platform, () => studio.managementToken);
});
afterAll(async () => {
  let isClosed = false;
  const closing = platform.close().finally(() => {
    isClosed = true;
  });
  // Streams drain by the clock.
  await waitFor('all is closed', () => {
    platform.clock.advance(1_000);
    return isClosed;
  });
  await closing;
});
beforeEach(async () => {
  studio = await makeStudio(platform);
});
afterEach(() => {
  for (const client of entered.splice(0)) client.socket.terminate();
});

const section = (kind: 'audio' | 'video', mid: number): string[] => [
  `m=${kind} 9 UDP/TLS/RTP/SAVPF 96`,
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:a3b4',
  'a=ice-pwd:0123456789abcdefghijklmn',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:active',
  `a=mid:${mid}`,
  'a=sendonly',
  'a=msid:Encoder own',
  'a=rtcp-mux',
  `a=rtpmap:96 ${kind === 'audio' ? 'opus/48000/2' : 'VP8/90000'}`,
];

function offerOf(...kinds: ('audio' | 'video')[]): string {
  const group = `a=group:BUNDLE ${kinds.map((_, mid) => mid).join(' ')}`;
  const head = ['v=0', 'o=- 4489045141692799359 2 IN IP4 127.0.0.1', 's=-', 't=0 0', group];
  return [...head, ...kinds.flatMap(section), ''].join('\r\n');
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
  url: string,
  options: { token?: string; body?: string; type?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await platform.web.inject({
    method,
    url,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': options.type ?? 'application/sdp' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { payload: options.body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

async function newKey(): Promise<string> {
  return (await rest.post<StreamKeyObject>(`/stream-keys/room/${studio.roomId}`)).body.key;
}

async function tokenFor(role: string): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes[role] });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  return (JSON.parse(answer.body) as { token: string }).token;
}

const send = (token: string, offer = offerOf('audio', 'video'), query = ''): Promise<Answer> =>
  ask('POST', `/whip${query}`, { token, body: offer });

async function enter(role: string): Promise<WireClient> {
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token: await tokenFor(role) }).opened();
  entered.push(client);
  await client.next('on-policy-change');
  expect(await client.request('join', { name: role, data: '' })).toMatchObject({ result: {} });
  return client;
}

/** The encoder's half at the SFU. */
function publishingOf(answer: Answer): FakePublishing {
  expect([answer.status, answer.text]).toEqual([201, expect.stringMatching(/^v=0/)]);
  const publishing = platform.sfu.router.publishings.at(-1);
  if (!publishing) throw new Error('nothing is sent in');
  return publishing;
}

interface Peers {
  readonly peers: Readonly<Record<string, { readonly name: string; readonly role: string }>>;
}

async function namesInside(): Promise<string[]> {
  const { body } = await rest.get<Partial<Peers>>(`/active-rooms/${studio.roomId}/peers`);
  return Object.values(body.peers ?? {}).map(({ name }) => name);
}

const gone = (): Promise<boolean> =>
  waitFor('the encoder is out', async () => !(await namesInside()).includes('Encoder'));

/** An encoder that is put out leaves the list of people at once, and its own address when it has been told. */
const out = ({ headers }: Answer): Promise<boolean> =>
  waitFor('the encoder has no address any more', async () => {
    const { status } = await ask('DELETE', String(headers.location), { token: randomUUID() });
    return status === 404;
  });

describe('stream keys', () => {
  it('ING1: a room has one key, which is made, shown with where to send, and switched off for good', async () => {
    const path = `/stream-keys/room/${studio.roomId}`;
    expect(await rest.get(path)).toMatchObject({ status: 404 });
    expect(await rest.get(`${path}?allow_empty=true`)).toMatchObject({ status: 200, body: { data: [], last: '' } });
    expect(await rest.post(`${path}/disable`)).toMatchObject({ status: 404 });
    const { body: key } = await rest.post<StreamKeyObject>(path);
    expect(key).toMatchObject({
      room_id: studio.roomId,
      customer_id: studio.workspaceId,
      app_id: studio.app.id,
      enabled: true,
      key: expect.stringMatching(/^[\w-]{32}$/),
      whip_url: expect.stringMatching(/^http.*\/whip$/),
    });
    expect(await rest.post(path)).toMatchObject({ status: 400, body: { message: 'Active key already exists' } });
    expect((await rest.get(path)).body).toEqual({ data: [key], last: key.id });
    expect((await rest.post(`${path}/disable`)).body).toEqual({ message: 'key disabled successfully' });
    expect(await rest.get(path)).toMatchObject({ status: 404 });
    expect((await rest.post<StreamKeyObject>(path)).body.key).not.toBe(key.key);
  });

  it('ING1: without the room, or while it is off, there is none: 404, 403; on again it works as before', async () => {
    const key = await newKey();
    expect(await rest.post(`/stream-keys/room/${'f'.repeat(24)}`)).toMatchObject({ status: 404 });
    await rest.post(`/rooms/${studio.roomId}`, { enabled: false });
    expect(await rest.get(`/stream-keys/room/${studio.roomId}`)).toMatchObject({ status: 403 });
    expect(await send(key)).toMatchObject({ status: 403 });
    await rest.post(`/rooms/${studio.roomId}`, { enabled: true });
    expect(await send(key)).toMatchObject({ status: 201 });
  });
});

describe('who may send in', () => {
  it('ING2: the bearer of a stream key or a client auth token; anybody else gets 401', async () => {
    for (const token of ['nobodys', 'a.b.c', studio.managementToken]) {
      expect(await send(token), token).toMatchObject({ status: 401 });
    }
    expect(await ask('POST', '/whip', { body: offerOf('audio') })).toMatchObject({ status: 401 });
    expect(await send(await tokenFor('broadcaster'))).toMatchObject({ status: 201 });
  });

  it('ING2: a key that was switched off is 403; wrong keys are slowed down by address', async () => {
    const key = await newKey();
    await rest.post(`/stream-keys/room/${studio.roomId}/disable`);
    expect(await send(key)).toMatchObject({ status: 403, text: expect.stringContaining('stream key disabled') });
    const statuses: number[] = [];
    for (let tried = 0; tried < 40; tried++) statuses.push((await send(`guess-${tried}`)).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.at(-1)).toBe(429);
    platform.clock.advance(60_000);
  });

  it('ING4: the role decides what is taken: 403 for one that publishes nothing of it', async () => {
    expect(await send(await tokenFor('hls-viewer'))).toMatchObject({
      status: 403,
      text: expect.stringMatching(/role hls-viewer publishes nothing/),
    });
  });

  it('ING4: a full role is 403, and nobody is left behind', async () => {
    const roles = studio.template.body.roles;
    const full = { ...roles, broadcaster: { ...roles.broadcaster!, maxPeerCount: 1 } };
    await rest.post(`/templates/${studio.template.id}`, { ...studio.template.body, roles: full });
    await enter('broadcaster');
    expect(await send(await newKey())).toMatchObject({ status: 403 });
    expect(await namesInside()).toEqual(['broadcaster']);
  });

  it('ING4: one bearer begins a bounded number of times', async () => {
    const token = await tokenFor('hls-viewer');
    const statuses: number[] = [];
    for (let tried = 0; tried < 22; tried++) statuses.push((await send(token)).status);
    expect(statuses).toEqual([...Array(20).fill(403), 429, 429]);
  });
});

describe('an encoder', () => {
  it('ING3: is a peer with a role, whose tracks others get like any’s; it gets no connection to receive by', async () => {
    const viewer = await enter('viewer-on-stage');
    const answer = await send(await newKey(), offerOf('audio', 'video'), '?name=Studio%20A');
    const publishing = publishingOf(answer);
    const joined = await viewer.next('on-peer-join');
    expect(joined).toMatchObject({ info: { name: 'Studio A' }, role: 'broadcaster' });
    const { tracks } = (await viewer.next('on-track-add')) as { tracks: Record<string, { type: string }> };
    expect(Object.values(tracks).map(({ type }) => type)).toEqual(['audio', 'video']);
    expect(Object.keys(tracks)).toEqual(publishing.tracks().map(({ trackId }) => trackId));
    expect(Object.keys(tracks)).not.toContain('own');
    expect(publishing.limits?.video.maxBitrateBps).toBeGreaterThan(0);
    expect(platform.sfu.router.subscribings.some(({ peerId }) => peerId === publishing.peerId)).toBe(false);
  });

  it('ING3: by a token it has the role that the token names', async () => {
    await send(await tokenFor('viewer-on-stage'));
    const { body } = await rest.get<Peers>(`/active-rooms/${studio.roomId}/peers`);
    expect(Object.values(body.peers)).toMatchObject([{ role: 'viewer-on-stage', name: 'Encoder' }]);
  });

  it('ING5: is told its own address and ICE session by the answer, and ends by DELETE', async () => {
    const key = await newKey();
    const answer = await send(key);
    publishingOf(answer);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/sdp',
      etag: '"1"',
      'cache-control': 'no-store',
    });
    const location = String(answer.headers.location);
    expect(location).toMatch(/^\/whip\/[\w-]{36}$/);
    expect(await ask('DELETE', location)).toMatchObject({ status: 401 });
    expect(await ask('DELETE', location, { token: 'nobodys' })).toMatchObject({ status: 401 });
    expect(await namesInside()).toEqual(['Encoder']);
    expect(await ask('DELETE', location, { token: key })).toMatchObject({ status: 200, text: '' });
    await gone();
    expect(await ask('DELETE', location, { token: key })).toMatchObject({ status: 404 });
  });

  it('ING6: trickles in vain and restarts ICE, with the ETag it knows', async () => {
    const key = await newKey();
    const answer = await send(key);
    const location = String(answer.headers.location);
    const patch = (body: string, headers: Record<string, string>) =>
      ask('PATCH', location, { token: key, body, type: 'application/trickle-ice-sdpfrag', headers });
    const candidates = 'a=ice-ufrag:a3b4\r\na=ice-pwd:0123456789abcdefghijklmn\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n';
    expect(await patch(candidates, {})).toMatchObject({ status: 428 });
    expect(await patch(candidates, { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    expect(await patch(candidates, { 'if-match': '"1"' })).toMatchObject({ status: 204, text: '' });
    const restarted = await patch('a=ice-ufrag:wxyz\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n', { 'if-match': '*' });
    expect(restarted).toMatchObject({
      status: 200,
      headers: { etag: '"2"', 'content-type': 'application/trickle-ice-sdpfrag' },
      text: expect.stringContaining('a=ice-ufrag:of-wxyz'),
    });
    expect(await patch(candidates, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await patch('a=ice-ufrag:x\r\n', { 'if-match': '*' })).toMatchObject({ status: 400 });
  });

  it('ING7: is out when its media do not come, are lost and not back in time, or have ended', async () => {
    const key = await newKey();
    await send(key);
    platform.clock.advance(30_000);
    await gone();
    const lost = publishingOf(await send(key));
    lost.setState('connected');
    lost.setState('disconnected');
    platform.clock.advance(9_000);
    lost.setState('connected');
    platform.clock.advance(9_000);
    expect(await namesInside()).toEqual(['Encoder']);
    lost.setState('disconnected');
    platform.clock.advance(10_000);
    await gone();
    const ended = publishingOf(await send(key));
    ended.setState('connected');
    ended.setState('closed');
    await gone();
  });

  it('ING7: is out when its key is switched off, it is removed, or the room is switched off', async () => {
    const key = await newKey();
    publishingOf(await send(key)).setState('connected');
    await rest.post(`/stream-keys/room/${studio.roomId}/disable`);
    await gone();
    const another = await newKey();
    const answer = await send(another);
    await rest.post(`/active-rooms/${studio.roomId}/remove-peers`, { role: 'broadcaster' });
    await out(answer);
    // As for any token: it is barred from this session.
    expect(await send(another)).toMatchObject({ status: 403 });
    const last = await send(await tokenFor('broadcaster'));
    await rest.post(`/rooms/${studio.roomId}`, { enabled: false });
    await out(last);
  });

  it('ING7: is out with the media worker, and may come again', async () => {
    const key = await newKey();
    publishingOf(await send(key)).setState('connected');
    platform.sfu.router.die();
    await gone();
    expect(await send(key)).toMatchObject({ status: 201 });
  });

  it('ING8: one sends by a key at a time; one whose media do not come keeps nobody out', async () => {
    const key = await newKey();
    const first = publishingOf(await send(key));
    const second = publishingOf(await send(key));
    expect(first.isClosed).toBe(true);
    second.setState('connected');
    expect(await send(key)).toMatchObject({ status: 409, text: expect.stringContaining('already connected') });
    second.setState('disconnected');
    expect(await send(key)).toMatchObject({ status: 201 });
    expect(await namesInside()).toEqual(['Encoder']);
  });

  it('ING9: by a key the live stream starts; by a token it does not', async () => {
    const list = () =>
      rest.get<{ data: { status: string }[] }>(`/live-streams?room_id=${studio.roomId}`).then(({ body }) => body.data);
    publishingOf(await send(await tokenFor('broadcaster'))).setState('connected');
    expect(await list()).toEqual([]);
    publishingOf(await send(await newKey())).setState('connected');
    await waitFor('the stream starts', async () => (await list()).length === 1);
  });

  it('ING11: is unmuted when somebody asks who may, and publishes again what a role gave back', async () => {
    const host = await enter('broadcaster');
    const publishing = publishingOf(await send(await newKey()));
    const { peer, tracks } = (await host.next('on-track-add')) as {
      peer: { peer_id: string };
      tracks: Record<string, { track_id: string; stream_id: string; type: string }>;
    };
    const sound = Object.values(tracks).find(({ type }) => type === 'audio')!;
    const mute = (value: boolean) =>
      host.request('track-update-request', {
        requested_for: peer.peer_id,
        track_id: sound.track_id,
        stream_id: sound.stream_id,
        mute: value,
      });
    await mute(true);
    await waitFor('it is muted', () => publishing.muted.get(sound.track_id) === true);
    await mute(false);
    await waitFor('it is unmuted', () => publishing.muted.get(sound.track_id) === false);
    const change = (role: string) =>
      host.request('role-change-request', { requested_for: peer.peer_id, role, force: true });
    await change('hls-viewer');
    await waitFor('its tracks are taken', () => publishing.tracks().length === 0);
    await change('broadcaster');
    await waitFor('its tracks are back', () => publishing.tracks().length === 2);
  });
});

describe('back ends', () => {
  it('ING10: are told when an encoder is connected, when it is gone and why, and when it was not let in', async () => {
    const receiver = await Receiver.start();
    const told = (type: string) =>
      receiver.received.filter(({ body }) => body.type === type).map(({ body }) => body.data);
    try {
      const { workspaceId, app, template, roomId } = studio;
      await platform.store.webhooks.set({ workspaceId, enabled: true, url: receiver.url, headers: {} });
      const base = { account_id: workspaceId, app_id: app.id, room_id: roomId, template_id: template.id };
      const key = await newKey();
      const answer = await send(key);
      publishingOf(answer).setState('connected');
      await waitFor('the start is told', () => told('ingest.start.success').length === 1);
      const [started] = told('ingest.start.success');
      const [stream] = (await rest.get<{ data: { id: string }[] }>('/live-streams')).body.data;
      expect(started).toEqual({
        ...base,
        ingest_id: expect.stringMatching(/^[0-9a-f]{24}$/),
        stream_id: stream?.id,
        started_at: expect.any(String),
      });
      expect(await send(key)).toMatchObject({ status: 409 });
      platform.clock.advance(5_000);
      await ask('DELETE', String(answer.headers.location), { token: key });
      await waitFor('the end is told', () => told('ingest.end.success').length === 1);
      expect(told('ingest.end.success')[0]).toMatchObject({
        ...started,
        duration: 5,
        reason: 'stream closed',
        completed_at: expect.any(String),
        last_disconnected_at: expect.any(String),
      });
      expect(told('ingest.start.failure')).toEqual([{ ...base, error_message: 'already connected' }]);
      const lost = publishingOf(await send(key));
      lost.setState('connected');
      lost.setState('failed');
      await waitFor('the loss is told', () => told('ingest.end.success').length === 2);
      expect(told('ingest.end.success')[1]).toMatchObject({ reason: 'reconnection window expired' });
      await rest.post(`/stream-keys/room/${roomId}/disable`);
      await send(key);
      await waitFor('the refusal is told', () => told('ingest.start.failure').length === 2);
      expect(told('ingest.start.failure')[1]).toEqual({ ...base, error_message: 'stream key disabled' });
    } finally {
      await receiver.close();
    }
  });
});

describe('what is asked otherwise', () => {
  it('ING12: is told by its code: other methods, other bodies, too large ones, no SDP, nothing that sends', async () => {
    const token = await tokenFor('broadcaster');
    for (const method of ['GET', 'PUT'] as const) {
      expect(await ask(method, '/whip')).toMatchObject({ status: 405, headers: { allow: 'OPTIONS, POST' } });
      expect(await ask(method, '/whip/x')).toMatchObject({ status: 405, headers: { allow: 'DELETE, OPTIONS, PATCH' } });
    }
    expect(await ask('POST', '/whip', { token, body: '{}', type: 'application/json' })).toMatchObject({ status: 415 });
    expect(await ask('POST', '/whip', { token })).toMatchObject({ status: 400 });
    expect(await ask('POST', '/whip', { token, body: 'x'.repeat(70_000) })).toMatchObject({ status: 413 });
    expect(await send(token, 'v=0\r\n')).toMatchObject({ status: 400, text: expect.stringContaining('o=') });
    expect(await send(token, offerOf('audio').replace('a=sendonly', 'a=recvonly'))).toMatchObject({ status: 400 });
    expect(await ask('PATCH', '/whip/x', { token })).toMatchObject({ status: 404 });
    expect(await namesInside()).toEqual([]);
  });

  it('ING12: pages of every origin may ask', async () => {
    const headers = {
      origin: 'https://elsewhere.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,if-match',
    };
    const preflight = await ask('OPTIONS', '/whip/x', { headers });
    expect(preflight.status).toBeLessThan(300);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    expect(preflight.headers['access-control-allow-headers']).toContain('if-match');
    expect(preflight.headers['accept-post']).toBe('application/sdp');
    const answer = await ask('POST', '/whip', {
      token: await tokenFor('broadcaster'),
      body: offerOf('audio'),
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.headers['access-control-expose-headers']).toContain('location');
  });
});
