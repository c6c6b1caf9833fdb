import { createHmac } from 'node:crypto';
import { initAnswer, uiLayoutAnswer } from '@amphi/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../src/tokens/sign-token.ts';
import { WireClient } from '../sessions/wire-client.ts';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** What clients ask over HTTP before and beside their socket. */

let platform: PlatformServer;
let baseUrl: string;
let studio: Studio;

beforeAll(async () => {
  const turn = [
    { urls: ['turn:a.example.org?transport=udp', 'turns:a.example.org:443'], secret: 'the secret of a.' },
    { urls: 'turn:b.example.org', secret: 'the secret of b.', lifetimeS: 600 },
  ];
  platform = await startPlatform({ settings: { rtc: { iceServers: [{ urls: 'stun:stun.example.org' }], turn } } });
  baseUrl = await platform.listen();
  studio = await makeStudio(platform);
});
afterAll(() => platform.close());

const asJson = (text: string): { code: number; message: string; details: string[] } => JSON.parse(text);

/** As browsers send it: JSON under the label `text/plain`. */
const askToken = (body: unknown) =>
  platform.web.inject({
    method: 'POST',
    url: '/v2/token',
    headers: { 'content-type': 'text/plain;charset=UTF-8', origin: 'https://elsewhere.example' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });

const init = (token: string | undefined, headers: Record<string, string> = {}) =>
  platform.web.inject({
    method: 'GET',
    url: '/init?peer_id=5b0c7b0e-0000-4000-8000-000000000000&user_agent_v2=os:web_Linux,sdk:web',
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });

async function tokenOf(role: string): Promise<string> {
  const answer = await askToken({ code: studio.codes[role], user_id: 'mia' });
  return (answer.json() as { token: string }).token;
}

/** A token with these claims in place of the right ones. */
function forged(claims: Record<string, unknown>, secret = studio.key.secret): string {
  const now = Math.floor(platform.clock.now() / 1000);
  return signToken(
    {
      access_key: studio.key.accessKey,
      type: 'app',
      version: 2,
      room_id: studio.roomId,
      role: 'broadcaster',
      user_id: 'mia',
      iat: now,
      nbf: now,
      exp: now + 60,
      ...claims,
    },
    secret,
  );
}

describe('POST /v2/token', () => {
  it('gives a token whose payload survives atob, for 24 hours', async () => {
    const answer = await askToken({ code: studio.codes.broadcaster, user_id: 'Müller >?~ 🎥' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    const { token, expires_at, expiresAt } = answer.json() as Record<string, string>;
    expect(expires_at).toBe(expiresAt);
    expect(Date.parse(expires_at!) - platform.clock.now()).toBeGreaterThan(86_398_000);
    // What public clients do: the second part through atob, with nothing replaced before.
    const claims = JSON.parse(atob(token!.split('.')[1]!)) as Record<string, unknown>;
    expect(claims).toMatchObject({
      access_key: studio.key.accessKey,
      type: 'app',
      version: 2,
      room_id: studio.roomId,
      role: 'broadcaster',
      user_id: 'Müller >?~ 🎥',
    });
  });

  it('gives a user id to those who bring none, and takes codes in capitals', async () => {
    const answer = await askToken({ code: studio.codes['hls-viewer']!.toUpperCase() });
    const claims = JSON.parse(atob((answer.json() as { token: string }).token.split('.')[1]!)) as { user_id: string };
    expect(claims.user_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['an unknown code', { code: 'zzz-zzzz-zzz' }, 404],
    ['a code of another shape', { code: 'not a code' }, 404],
    ['a code that is no text', { code: 7 }, 400],
    ['no code', {}, 400],
    ['nothing', '', 400],
    ['no JSON', '{"code":', 400],
    ['JSON without end', `{"code":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['an array', [], 400],
    ['a character that no database keeps', { code: 'abc\u0000' }, 400],
    ['a user_id that no database keeps', { code: 'abc-defg-hij', user_id: '\u0000' }, 400],
  ])('refuses %s', async (_what, body, status) => {
    const answer = await askToken(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    const error = asJson(answer.body);
    expect(error.code).toBe(status);
    // Never the runtime's own words.
    expect(error.message).not.toMatch(/call stack| in JSON|Unexpected/);
    expect(error.message.length).toBeGreaterThan(10);
  });

  it('refuses disabled codes and rooms with 403', async () => {
    const other = await makeStudio(platform);
    await platform.store.roomCodes.setEnabled(other.codes.broadcaster!, false);
    const disabledCode = await askToken({ code: other.codes.broadcaster });
    expect([disabledCode.statusCode, asJson(disabledCode.body).code]).toEqual([403, 403]);
    await platform.store.rooms.update(other.roomId, { enabled: false });
    const disabledRoom = await askToken({ code: other.codes['hls-viewer'] });
    expect(disabledRoom.statusCode).toBe(403);
    expect(asJson(disabledRoom.body).message).toContain('room is not active');
  });
});

describe('GET /init', () => {
  it('tells where the session is, by the address the client used', async () => {
    const token = await tokenOf('broadcaster');
    const answer = await init(token, { host: '192.0.2.7:8080' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      endpoint: 'ws://192.0.2.7:8080/ws',
      rtcConfiguration: { ice_servers: expect.arrayContaining([{ urls: 'stun:stun.example.org' }]) },
      config: {
        enabledFlags: ['subscribeDegradation', 'simulcast', 'nonWebRTCDisableOffer', 'publishStats', 'subscribeStats'],
        publishStats: { maxSampleWindowSize: 30, maxSamplePushInterval: 60 },
        subscribeStats: { maxSampleWindowSize: 10, maxSamplePushInterval: 60 },
        networkHealth: {
          url: 'http://192.0.2.7:8080/v2/network-health',
          timeout: 10_000,
          scoreMap: expect.objectContaining({ 1: { low: 0, high: 300 }, 5: { low: 4_000 } }),
        },
      },
    });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('SIG39: tells public clients to take pictures on demand where the setting says so', async () => {
    const onDemand = await startPlatform({ settings: { rtc: { onDemandTracks: true } } });
    const { codes } = await makeStudio(onDemand);
    const { token } = (
      await onDemand.web.inject({ method: 'POST', url: '/v2/token', payload: { code: codes['hls-viewer'] } })
    ).json() as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    const answer = await onDemand.web.inject({ url: '/init?peer_id=5b0c7b0e-0000-4000-8000-000000000001', headers });
    expect(initAnswer.parse(answer.json()).config.enabledFlags).toContain('onDemandTracks');
    await onDemand.close();
  });

  it('gives each peer credentials of its own for each TURN server (TURN1)', async () => {
    const token = await tokenOf('broadcaster');
    const iceServers = async (peerId: string) => {
      const answer = await platform.web.inject({
        url: `/init?peer_id=${encodeURIComponent(peerId)}`,
        headers: { authorization: `Bearer ${token}` },
      });
      return initAnswer.parse(answer.json()).rtcConfiguration!.ice_servers!;
    };
    const nowS = Math.floor(platform.clock.now() / 1000);
    const [, a, b] = await iceServers('5b0c7b0e-0000-4000-8000-000000000000');
    const username = `${nowS + 86_400}:5b0c7b0e-0000-4000-8000-000000000000`;
    expect(a).toEqual({
      urls: ['turn:a.example.org?transport=udp', 'turns:a.example.org:443'],
      username,
      credential: createHmac('sha1', 'the secret of a.').update(username).digest('base64'),
    });
    expect(b!.username).toBe(`${nowS + 600}:5b0c7b0e-0000-4000-8000-000000000000`);
    const [, other] = await iceServers('x:\n"y" é');
    expect(other!.username).toBe(`${nowS + 86_400}:xy`);
  });

  it('gives no credentials to who is not let in (TURN3)', async () => {
    const locked = await makeStudio(platform);
    const { token } = (await askToken({ code: locked.codes.broadcaster })).json() as { token: string };
    await platform.store.rooms.update(locked.roomId, { enabled: false });
    for (const refused of [await init(undefined), await init('no token'), await init(token)]) {
      expect([401, 403]).toContain(refused.statusCode);
      expect(refused.body).not.toContain('credential');
    }
  });

  it('does not repeat a host that is none', async () => {
    const answer = await init(await tokenOf('broadcaster'), { host: 'a"b@evil' });
    expect((answer.json() as { endpoint: string }).endpoint).toMatch(/^ws:\/\/localhost/);
  });

  it('answers the preflight of its Authorization header', async () => {
    const answer = await platform.web.inject({
      method: 'OPTIONS',
      url: '/init?peer_id=x',
      headers: {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-headers']).toContain('authorization');
  });

  it.each<[string, () => string | undefined, RegExp]>([
    ['no token', () => undefined, /missing/],
    ['garbage', () => 'not-a-token', /not a JWT/],
    ['another secret', () => forged({}, 'another secret'), /signature/],
    ['an unknown key', () => forged({ access_key: 'f'.repeat(24) }), /access_key/],
    ['an expired token', () => forged({ exp: platform.clock.now() / 1000 - 1 }), /expired/],
    ['a token for later', () => forged({ nbf: platform.clock.now() / 1000 + 120 }), /not valid yet/],
    ['a token for a year', () => forged({ exp: platform.clock.now() / 1000 + 365 * 86_400 }), /90 days/],
    ['a management token', () => studio.managementToken, /type/],
    ['a token without a room', () => forged({ room_id: undefined }), /room_id/],
    ['version 1', () => forged({ version: 1 }), /version/],
  ])('API2, SEC1: refuses %s with 401', async (_what, token, message) => {
    const answer = await init(token());
    expect(answer.statusCode).toBe(401);
    expect(asJson(answer.body)).toMatchObject({ code: 401, message: expect.stringMatching(message) });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('API2, SEC1: refuses a token that names no algorithm, or another one', async () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = forged({}).split('.')[1];
    for (const alg of ['none', 'HS512', 'RS256']) {
      const answer = await init(`${part({ alg, typ: 'JWT' })}.${claims}.AAAA`);
      expect(answer.statusCode).toBe(401);
    }
  });

  it('API2, SEC1: refuses rooms that are unknown, foreign or disabled, and unknown roles, but never with 404', async () => {
    const foreign = await makeStudio(platform);
    const inForeignRoom = await init(forged({ room_id: foreign.roomId }));
    expect(inForeignRoom.statusCode).toBe(401);
    expect(asJson(inForeignRoom.body).message).toMatch(/another workspace/);
    const unknown = await init(forged({ room_id: 'f'.repeat(24) }));
    expect([401, 403]).toContain(unknown.statusCode);
    const role = await init(forged({ role: 'emperor' }));
    expect([401, 403]).toContain(role.statusCode);
    expect(asJson(role.body).message).toMatch(/role/);
    await platform.store.rooms.update(foreign.roomId, { enabled: false });
    const disabled = await init(
      forged({ room_id: foreign.roomId, access_key: foreign.key.accessKey }, foreign.key.secret),
    );
    expect(disabled.statusCode).toBe(403);
  });
});

describe('a peer that comes back', () => {
  it('is let in with a token that expired and into a room that was disabled meanwhile; nobody else is', async () => {
    const own = await makeStudio(platform);
    const claims = { room_id: own.roomId, access_key: own.key.accessKey, role: 'hls-viewer' };
    const token = forged(claims, own.key.secret);
    const client = await new WireClient(`${baseUrl.replace('http', 'ws')}/ws`, { token }).opened();
    await client.next('on-policy-change');
    expect((await client.request('join', { name: 'Mia', data: '' })).result).toBeDefined();
    await platform.store.rooms.update(own.roomId, { enabled: false });
    platform.clock.advance(61_000);
    const again = (peerId: string, bearer: string) =>
      platform.web.inject({ url: `/init?peer_id=${peerId}`, headers: { authorization: `Bearer ${bearer}` } });
    expect((await again(client.peerId, token)).statusCode).toBe(200);
    const fresh = forged(claims, own.key.secret);
    expect((await again(client.peerId, fresh)).statusCode).toBe(403);
    expect((await again('someone-else', token)).statusCode).toBe(401);
    client.close();
  });
});

describe('GET /v2/network-health', () => {
  const measured = () =>
    platform.web.inject({ url: '/v2/network-health?1793000000000', headers: { origin: 'https://elsewhere.example' } });

  it('NET1: is told to who publishes when they come, and to nobody else', async () => {
    const told = async (role: string) =>
      initAnswer.parse((await init(await tokenOf(role))).json()).config.networkHealth;
    expect(await told('broadcaster')).toBeDefined();
    expect(await told('viewer-on-stage')).toBeDefined();
    for (const role of ['viewer-realtime', 'hls-viewer']) expect(await told(role)).toBeUndefined();
  });

  it('NET1: gives any page bytes that nobody keeps, bounded by address', async () => {
    const answer = await measured();
    expect([answer.statusCode, answer.body.length]).toEqual([200, 262_144]);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'no-store, no-transform',
      'content-length': '262144',
    });
    for (let more = 1; more < 60; more += 1) expect((await measured()).statusCode).toBe(200);
    const refused = await measured();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    platform.clock.advance(1_000);
    expect((await measured()).statusCode).toBe(200);
  });
});

describe('GET /v2/layouts/ui', () => {
  const layouts = (token: string) =>
    platform.web.inject({ url: '/v2/layouts/ui', headers: { authorization: `Bearer ${token}` } });

  it("PRE1: gives the token's role first, then all others", async () => {
    for (const role of Object.keys(studio.codes)) {
      const answer = await layouts(await tokenOf(role));
      expect(answer.statusCode).toBe(200);
      const { data } = uiLayoutAnswer.parse(answer.json());
      expect(data[0]?.role).toBe(role);
      expect(data.map((layout) => layout.role).sort()).toEqual(Object.keys(studio.codes).sort());
    }
  });

  it('PRE2: has exactly one screen for each role, as its level asks for', async () => {
    const { data } = uiLayoutAnswer.parse((await layouts(await tokenOf('broadcaster'))).json());
    const screens = Object.fromEntries(data.map(({ role, screens }) => [role, Object.keys(screens.conferencing)]));
    expect(screens).toEqual({
      broadcaster: ['default'],
      'viewer-on-stage': ['default'],
      'viewer-realtime': ['default'],
      'hls-viewer': ['hls_live_streaming'],
    });
    const elementsOf = (role: string): Record<string, unknown> => {
      const screen = data.find((layout) => layout.role === role)!.screens.conferencing;
      return 'default' in screen ? screen.default.elements : screen.hls_live_streaming.elements;
    };
    const broadcaster = data[0]!.screens.preview.default.elements.join_form;
    expect(broadcaster.join_btn_type).toBe('JOIN_BTN_TYPE_JOIN_AND_GO_LIVE');
    expect(elementsOf('broadcaster').on_stage_exp).toMatchObject({
      on_stage_role: 'viewer-on-stage',
      off_stage_roles: ['viewer-realtime', 'hls-viewer'],
    });
    expect(elementsOf('hls-viewer')).toHaveProperty('hand_raise');
    expect(elementsOf('viewer-on-stage')).not.toHaveProperty('hand_raise');
    // Several places of public clients read through `null` without a look.
    expect(JSON.stringify(data)).not.toContain('null');
  });

  it('PRE2: offers no go-live where the destination is off', async () => {
    const custom = await makeStudio(platform, { kit: 'custom' });
    const token = forged({ room_id: custom.roomId, role: 'host', access_key: custom.key.accessKey }, custom.key.secret);
    const { data } = uiLayoutAnswer.parse((await layouts(token)).json());
    expect(data[0]!.screens.preview.default.elements.join_form.join_btn_type).toBe('JOIN_BTN_TYPE_JOIN_ONLY');
  });

  it('refuses a role that is not in the template, and no token', async () => {
    expect((await layouts(forged({ role: 'emperor' }))).statusCode).toBe(403);
    expect((await platform.web.inject('/v2/layouts/ui')).statusCode).toBe(401);
  });
});

it.each<[string, 'GET' | 'POST', string]>([
  ['/v2/layouts/ui', 'GET', 'authorization'],
  ['/v2/client/feedback', 'POST', 'authorization'],
  ['/v2/client/report', 'POST', 'authorization,content-type,user_agent_v2'],
])('PRE5: the preflight of %s is answered to pages of any origin', async (url, method, headers) => {
  const answer = await platform.web.inject({
    method: 'OPTIONS',
    url,
    headers: {
      origin: 'https://elsewhere.example',
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  });
  expect(answer.statusCode).toBe(204);
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(answer.headers['access-control-allow-methods']).toContain(method);
  const allowed = String(answer.headers['access-control-allow-headers']);
  for (const header of headers.split(',')) expect(allowed).toContain(header);
});

it('PRE5: a refusal is read by pages of any origin, too', async () => {
  const refused = await platform.web.inject({
    url: '/v2/layouts/ui',
    headers: { origin: 'https://elsewhere.example' },
  });
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, '*']);
});

it('POST /v2/client/report takes what clients report', async () => {
  const answer = await platform.web.inject({
    method: 'POST',
    url: '/v2/client/report',
    headers: { 'content-type': 'text/plain' },
    payload: '{"x":1}',
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe('*');
});

// The last one: nothing is accepted after it.
it('refuses new work while it drains', async () => {
  const token = await tokenOf('broadcaster');
  expect((await platform.web.inject('/readyz')).statusCode).toBe(200);
  platform.readiness.drain();
  expect((await platform.web.inject('/readyz')).statusCode).toBe(503);
  for (const answer of [await init(token), await askToken({ code: studio.codes.broadcaster })]) {
    expect([answer.statusCode, asJson(answer.body).code]).toEqual([503, 503]);
  }
});
