import { waitFor } from '@amphi/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FakeProgramSource, FakeViewing } from '../sessions/fake-sfu.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';
import { type RestClient, restClient } from './rest-client.ts';

/** Players that watch by WHEP: all but their media, which the SFU in memory only says to have. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;
let rest: RestClient;
const entered: WireClient[] = [];

beforeAll(async () => {
  platform = await startPlatform();
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
afterEach(async () => {
  for (const client of entered.splice(0)) client.socket.terminate();
  await rest.post(`/rooms/${studio.roomId}`, { enabled: false });
  await waitFor('nobody watches', async () => (await playersTold()) === '0');
});

function offerOf(...codecs: ('opus/48000/2' | 'H264/90000' | 'VP8/90000')[]): string {
  const body = codecs.flatMap((codec, mid) => [
    `m=${codec.startsWith('opus') ? 'audio' : 'video'} 9 UDP/TLS/RTP/SAVPF ${96 + mid}`,
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:a3b4',
    'a=ice-pwd:0123456789abcdefghijklmn',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
    'a=setup:actpass',
    `a=mid:${mid}`,
    'a=recvonly',
    'a=rtcp-mux',
    `a=rtpmap:${96 + mid} ${codec}`,
    ...(codec.startsWith('H264') ? [`a=fmtp:${96 + mid} packetization-mode=1;profile-level-id=42e01f`] : []),
  ]);
  const head = ['v=0', 'o=- 4489045141692799359 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];
  return [...head, `a=group:BUNDLE ${codecs.map((_, mid) => mid).join(' ')}`, ...body, ''].join('\r\n');
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

async function tokenFor(role: string): Promise<string> {
  const payload = JSON.stringify({ code: studio.codes[role] });
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload });
  return (JSON.parse(answer.body) as { token: string }).token;
}

const codeFor = (role: string): string => studio.codes[role]!;

const watch = (token: string, offer = offerOf('opus/48000/2', 'H264/90000'), query = ''): Promise<Answer> =>
  ask('POST', `/whep${query}`, { token, body: offer });

async function enter(role: string): Promise<WireClient> {
  const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token: await tokenFor(role) }).opened();
  entered.push(client);
  await client.next('on-policy-change');
  expect(await client.request('join', { name: role, data: '' })).toMatchObject({ result: {} });
  return client;
}

/** The host is there, and the stream runs. */
async function goLive(): Promise<WireClient> {
  const host = await enter('broadcaster');
  expect(await host.request('hls-start', {})).toMatchObject({ result: {} });
  return host;
}

const sourceOf = (): FakeProgramSource => {
  const source = platform.sfu.router.programs.at(-1);
  if (!source) throw new Error('no program is sent');
  return source;
};

/** The player's half at the SFU. */
function viewingOf(answer: Answer): FakeViewing {
  expect([answer.status, answer.text]).toEqual([201, expect.stringMatching(/^v=0/)]);
  return sourceOf().viewings.at(-1)!;
}

async function namesInside(): Promise<string[]> {
  const { body } = await rest.get<{ peers?: Record<string, { name: string }> }>(`/active-rooms/${studio.roomId}/peers`);
  return Object.values(body.peers ?? {}).map(({ name }) => name);
}

const gone = (): Promise<boolean> =>
  waitFor('the player is out', async () => !(await namesInside()).includes('Player'));

/** Who is put out leaves the list of people at once, and its media end when it has been told. */
const closed = (viewing: { readonly isClosed: boolean }): Promise<boolean> =>
  waitFor('its media are closed', () => viewing.isClosed);

const playersTold = async (): Promise<string | undefined> =>
  /^amphi_whep_players (\d+)$/m.exec((await ask('GET', '/metrics')).text)?.[1];

describe('who may watch', () => {
  it('WHEP1: the bearer of a client auth token or a room code; anybody else gets 401', async () => {
    await goLive();
    for (const token of ['nobodys', 'a.b.c', studio.managementToken]) {
      expect(await watch(token), token).toMatchObject({ status: 401 });
    }
    expect(await ask('POST', '/whep', { body: offerOf('opus/48000/2') })).toMatchObject({ status: 401 });
    expect(await watch(await tokenFor('hls-viewer'))).toMatchObject({ status: 201 });
    expect(await watch(codeFor('viewer-on-stage'))).toMatchObject({ status: 201 });
  });

  it('WHEP1: a code that was switched off is 403, and so is a room; wrong codes are slowed down by address', async () => {
    await goLive();
    await rest.post('/room-codes/code', { code: codeFor('viewer-on-stage'), enabled: false });
    expect(await watch(codeFor('viewer-on-stage'))).toMatchObject({ status: 403 });
    await rest.post(`/rooms/${studio.roomId}`, { enabled: false });
    expect(await watch(codeFor('hls-viewer'))).toMatchObject({ status: 403 });
    const statuses: number[] = [];
    for (let tried = 0; tried < 40; tried++) statuses.push((await watch(`guess-${tried}`)).status);
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    platform.clock.advance(60_000);
  });

  it('WHEP2: it is a peer with the role of its token, under its name, and a full role is 403', async () => {
    const roles = studio.template.body.roles;
    const full = { ...roles, 'hls-viewer': { ...roles['hls-viewer']!, maxPeerCount: 1 } };
    await rest.post(`/templates/${studio.template.id}`, { ...studio.template.body, roles: full });
    const host = await goLive();
    expect(await watch(codeFor('hls-viewer'), undefined, '?name=Lobby%20screen')).toMatchObject({ status: 201 });
    expect(await host.next('on-peer-join')).toMatchObject({ info: { name: 'Lobby screen' }, role: 'hls-viewer' });
    expect(await watch(codeFor('hls-viewer'))).toMatchObject({ status: 403 });
    expect(await namesInside()).toEqual(['broadcaster', 'Lobby screen']);
    await waitFor('who was not let in is counted no more', async () => (await playersTold()) === '1');
  });

  it('WHEP12: what begins with one bearer from one address is bounded', async () => {
    await enter('broadcaster');
    const token = await tokenFor('hls-viewer');
    const statuses: number[] = [];
    for (let tried = 0; tried < 42; tried++) statuses.push((await watch(token)).status);
    expect(statuses).toEqual([...Array(40).fill(409), 429, 429]);
  });
});

describe('what is watched', () => {
  it('WHEP4: without a live stream it is 409 and nobody is in the room; the player is told when to come again', async () => {
    await enter('broadcaster');
    expect(await watch(codeFor('hls-viewer'))).toMatchObject({ status: 409, headers: { 'retry-after': '5' } });
    expect(await namesInside()).toEqual(['broadcaster']);
  });

  it('WHEP4: a program that does not come is 503', async () => {
    await rest.post(`/rooms/${studio.roomId}`, { name: 'program-never-comes' });
    await goLive();
    const asked = watch(codeFor('hls-viewer'));
    let answer: Answer | undefined;
    void asked.then((given) => {
      answer = given;
    });
    await waitFor('it is given up', () => {
      platform.clock.advance(1_000);
      return answer !== undefined;
    });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(await namesInside()).toEqual(['broadcaster']);
  });

  it('WHEP3: an offer that takes neither Opus nor H.264 is 400', async () => {
    await goLive();
    expect(await watch(codeFor('hls-viewer'), offerOf('VP8/90000'))).toMatchObject({ status: 400 });
    expect(await watch(codeFor('hls-viewer'), 'hello')).toMatchObject({ status: 400 });
  });

  it('WHEP8: the program is sent from the first player until the last is gone, once for all', async () => {
    await goLive();
    const [one, two] = [await watch(codeFor('hls-viewer')), await watch(codeFor('hls-viewer'))];
    const source = sourceOf();
    expect(source.viewings).toHaveLength(2);
    expect(platform.sfu.router.programs).toHaveLength(1);
    expect(await playersTold()).toBe('2');
    await ask('DELETE', String(one.headers.location), { token: codeFor('hls-viewer') });
    expect(source.isClosed).toBe(false);
    await ask('DELETE', String(two.headers.location), { token: codeFor('hls-viewer') });
    await waitFor('nobody is counted', async () => (await playersTold()) === '0');
    expect(await watch(codeFor('hls-viewer'))).toMatchObject({ status: 201 });
    expect(sourceOf()).not.toBe(source);
  });
});

describe('a player', () => {
  it('WHEP5: is told its own address and ICE session, and ends by DELETE of who began it', async () => {
    await goLive();
    const token = await tokenFor('hls-viewer');
    const answer = await watch(token);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/sdp',
      etag: '"1"',
      'cache-control': 'no-store',
    });
    const location = String(answer.headers.location);
    expect(location).toMatch(/^\/whep\/[\w-]{36}$/);
    expect(await ask('DELETE', location)).toMatchObject({ status: 401 });
    expect(await ask('DELETE', location, { token: codeFor('hls-viewer') })).toMatchObject({ status: 401 });
    expect(await namesInside()).toContain('Player');
    expect(await ask('DELETE', location, { token })).toMatchObject({ status: 200, text: '' });
    await gone();
    expect(await ask('DELETE', location, { token })).toMatchObject({ status: 404 });
  });

  it('WHEP6: trickles in vain and restarts ICE, with the ETag it knows', async () => {
    await goLive();
    const token = await tokenFor('hls-viewer');
    const location = String((await watch(token)).headers.location);
    const patch = (body: string, headers: Record<string, string>) =>
      ask('PATCH', location, { token, body, type: 'application/trickle-ice-sdpfrag', headers });
    const candidates = 'a=ice-ufrag:a3b4\r\na=ice-pwd:0123456789abcdefghijklmn\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n';
    expect(await patch(candidates, {})).toMatchObject({ status: 428 });
    expect(await patch(candidates, { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    expect(await patch(candidates, { 'if-match': '"1"' })).toMatchObject({ status: 204, text: '' });
    const restarted = await patch('a=ice-ufrag:wxyz\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n', { 'if-match': '*' });
    expect(restarted).toMatchObject({
      status: 200,
      headers: { etag: '"2"', 'content-type': 'application/trickle-ice-sdpfrag' },
      text: expect.stringContaining('a=ice-ufrag:server1'),
    });
    expect(await patch(candidates, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
  });

  it('WHEP7: is out when its media do not come', async () => {
    await goLive();
    const viewing = viewingOf(await watch(codeFor('hls-viewer')));
    platform.clock.advance(30_000);
    await gone();
    await closed(viewing);
  });

  it('WHEP7: is out when its media are lost and not back in time', async () => {
    await goLive();
    const viewing = viewingOf(await watch(codeFor('hls-viewer')));
    viewing.setState('connected');
    viewing.setState('disconnected');
    platform.clock.advance(9_000);
    viewing.setState('connected');
    platform.clock.advance(9_000);
    expect(await namesInside()).toContain('Player');
    viewing.setState('disconnected');
    platform.clock.advance(10_000);
    await gone();
    await closed(viewing);
  });

  it('WHEP7: is out when its media have ended', async () => {
    await goLive();
    const viewing = viewingOf(await watch(codeFor('hls-viewer')));
    viewing.setState('connected');
    viewing.setState('closed');
    await gone();
  });

  it('WHEP7: is out when it is removed, its code is switched off, or the stream ends', async () => {
    const host = await goLive();
    const begin = async (role: string) => {
      const viewing = viewingOf(await watch(codeFor(role)));
      viewing.setState('connected');
      return viewing;
    };
    const removed = await begin('hls-viewer');
    await rest.post(`/active-rooms/${studio.roomId}/remove-peers`, { role: 'hls-viewer' });
    await gone();
    await closed(removed);
    // Others, and it itself, come by the same code all the same.
    await begin('hls-viewer');
    await rest.post('/room-codes/code', { code: codeFor('hls-viewer'), enabled: false });
    await gone();
    const last = await begin('viewer-on-stage');
    expect(await host.request('hls-stop', {})).toMatchObject({ result: {} });
    await gone();
    await closed(last);
  });

  it('WHEP7: is out with the media worker, and may come again', async () => {
    await goLive();
    viewingOf(await watch(codeFor('hls-viewer'))).setState('connected');
    platform.sfu.router.die();
    await gone();
    expect(await watch(codeFor('hls-viewer'))).toMatchObject({ status: 201 });
  });
});

describe('the door', () => {
  it('WHEP11: says what it is not asked by, and what it takes', async () => {
    await goLive();
    const location = String((await watch(codeFor('hls-viewer'))).headers.location);
    expect(await ask('GET', '/whep')).toMatchObject({ status: 405, headers: { allow: 'OPTIONS, POST' } });
    expect(await ask('POST', location)).toMatchObject({ status: 405, headers: { allow: 'DELETE, OPTIONS, PATCH' } });
    const token = codeFor('hls-viewer');
    expect(await ask('POST', '/whep', { token, body: '{}', type: 'application/json' })).toMatchObject({ status: 415 });
    const large = 'v=0\r\n'.padEnd(65 * 1024, 'x');
    expect(await ask('POST', '/whep', { token, body: large })).toMatchObject({ status: 413 });
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' };
    expect((await ask('OPTIONS', '/whep', { headers })).headers).toMatchObject({
      'access-control-allow-origin': '*',
      'accept-post': 'application/sdp',
    });
  });
});
