import { type AppView, composition, type KitView, type OwnerView, platformAnswers } from '@amphi/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeStudio, type PlatformServer, type Studio, startPlatform } from './platform-server.ts';

/** The platform API, as the dashboard uses it. */

let platform: PlatformServer;
let studio: Studio;
/** Cookie of the studio's owner. */
let cookie: string;
let email: string;
let ownerId: string;
let count = 0;
/** As destinations are until somebody says otherwise. */
const NOTHING_KEPT = { hlsVod: false, singleFilePerLayer: false, viewerRoles: [] };
const LIVE_AND_OPEN = {
  playlistType: 'live',
  dvrWindow: null,
  signedPlayback: false,
  av1: false,
  opus: false,
  alternate: null,
  recording: NOTHING_KEPT,
};
/** Holds the doctor's only check. */
let finishDoctor = (): void => {};
const doctorGate = new Promise<void>((resolve) => {
  finishDoctor = resolve;
});

beforeAll(async () => {
  platform = await startPlatform({
    doctorChecks: [
      {
        id: 'trial',
        title: 'Trial',
        timeoutMs: 60_000,
        run: async () => {
          await doctorGate;
          return [{ state: 'warn', what: 'nearly', remedy: 'Do.' }];
        },
      },
    ],
  });
});
afterAll(() => platform.close());
beforeEach(async () => {
  // The limits of earlier tests are forgotten.
  platform.clock.advance(120_000);
  studio = await makeStudio(platform);
  count += 1;
  email = `owner${count}@example.org`;
  ownerId = (await platform.store.owners.create({ workspaceId: studio.workspaceId, email })).id;
  cookie = await signInByLink();
  platform.clock.advance(120_000);
});

interface Sent {
  readonly payload?: unknown;
  readonly headers?: Record<string, string>;
}

async function send(method: 'GET' | 'POST' | 'DELETE', path: string, sent: Sent = {}) {
  return platform.web.inject({
    method,
    url: `/platform${path}`,
    headers: {
      host: 'localhost:8080',
      ...(sent.payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    ...(sent.payload === undefined ? {} : { payload: JSON.stringify(sent.payload) }),
  });
}

const get = (path: string) => send('GET', path, { headers: { cookie } });
const post = (path: string, payload: unknown) =>
  send('POST', path, { payload, headers: { cookie, origin: 'http://localhost:8080' } });

const cookieOf = (answer: Awaited<ReturnType<typeof send>>): string =>
  String(answer.headers['set-cookie']).split(';')[0]!;

async function signInByLink(): Promise<string> {
  const code = await platform.accounts.newSignInCode(ownerId);
  const answer = await send('POST', '/session/one-time', { payload: { code } });
  expect(answer.statusCode).toBe(200);
  return cookieOf(answer);
}

describe('signing in', () => {
  it('works once by a link, with a cookie that scripts and other sites do not get', async () => {
    const code = await platform.accounts.newSignInCode(ownerId);
    const answer = await send('POST', '/session/one-time', { payload: { code } });
    expect(answer.json()).toEqual({ owner: { email, role: 'owner', hasPassword: false } satisfies OwnerView });
    expect(answer.headers['set-cookie']).toMatch(/HttpOnly/i);
    expect(answer.headers['set-cookie']).toMatch(/SameSite=Strict/i);
    expect(answer.headers['set-cookie']).toMatch(/Path=\/platform/i);
    expect(answer.headers['cache-control']).toBe('no-store');
    const again = await send('POST', '/session/one-time', { payload: { code } });
    expect(again.statusCode).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it('does not work by an expired or made-up link', async () => {
    const code = await platform.accounts.newSignInCode(ownerId);
    platform.clock.advance(24 * 3600 * 1000);
    expect((await send('POST', '/session/one-time', { payload: { code } })).statusCode).toBe(401);
    expect((await send('POST', '/session/one-time', { payload: { code: 'x'.repeat(43) } })).statusCode).toBe(401);
    expect((await send('POST', '/session/one-time', { payload: { code: 7 } })).statusCode).toBe(400);
  });

  it('works by password once one is set, and tells nobody who has an account', async () => {
    const newPassword = 'correct horse battery';
    expect((await post('/password', { newPassword })).statusCode).toBe(204);
    const answer = await send('POST', '/session', { payload: { email: email.toUpperCase(), password: newPassword } });
    expect(answer.json()).toEqual({ owner: { email, role: 'owner', hasPassword: true } });
    platform.clock.advance(60_000);
    const wrong = await send('POST', '/session', { payload: { email, password: 'wrong' } });
    const nobody = await send('POST', '/session', { payload: { email: 'nobody@example.org', password: 'wrong' } });
    expect(wrong.statusCode).toBe(401);
    expect(nobody.body).toBe(wrong.body);
  });

  const attempt = (remoteAddress: string, password = 'guess') =>
    platform.web.inject({ method: 'POST', url: '/platform/session', remoteAddress, payload: { email, password } });

  it('API2, SEC5, BUD15: is slowed down after a few tries from one address', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await attempt('192.0.2.9')).statusCode);
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    const refused = await attempt('192.0.2.9');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
    expect((await attempt('192.0.2.10')).statusCode).toBe(401);
    platform.clock.advance(10_000);
    expect((await attempt('192.0.2.9')).statusCode).toBe(401);
  });

  it('API6, SEC5, BUD15: failures from many addresses keep out neither a link nor who signed in before', async () => {
    await post('/password', { newPassword: 'correct horse battery' });
    const home = '192.0.2.77';
    expect((await attempt(home, 'correct horse battery')).statusCode).toBe(200);
    platform.clock.advance(60_000);
    const statuses: number[] = [];
    for (let i = 0; i < 25; i += 1) statuses.push((await attempt(`198.51.100.${i}`)).statusCode);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    expect((await attempt('203.0.113.1', 'correct horse battery')).statusCode).toBe(429);
    expect((await attempt(home, 'correct horse battery')).statusCode).toBe(200);
    const code = await platform.accounts.newSignInCode(ownerId);
    const link = { method: 'POST', url: '/platform/session/one-time', remoteAddress: '203.0.113.2' } as const;
    expect((await platform.web.inject({ ...link, payload: { code } })).statusCode).toBe(200);
    // Whoever signs in rightly takes nothing from the others.
    platform.clock.advance(500);
    expect((await attempt('203.0.113.3', 'correct horse battery')).statusCode).toBe(200);
    expect((await attempt('203.0.113.4')).statusCode).toBe(401);
    expect((await attempt('203.0.113.5')).statusCode).toBe(429);
  });

  it('SEC5, BUD15: wrong current passwords count, too (L10)', async () => {
    await post('/password', { newPassword: 'the first password' });
    cookie = cookieOf(await send('POST', '/session', { payload: { email, password: 'the first password' } }));
    platform.clock.advance(120_000);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      statuses.push(
        (await post('/password', { currentPassword: `guess ${i}`, newPassword: 'another one' })).statusCode,
      );
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });

  it('BUD12: cookies that belong to no session count for the address; a right one passes', async () => {
    const ask = (value: string) =>
      platform.web.inject({ url: '/platform/session', remoteAddress: '192.0.2.88', headers: { cookie: value } });
    expect((await ask(cookie)).statusCode).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 70; i += 1) statuses.push((await ask(`amphi_session=made-up-${i}`)).statusCode);
    expect([statuses.indexOf(429), statuses.at(-1)]).toEqual([60, 429]);
    expect((await ask(cookie)).statusCode).toBe(200);
  });

  it('lasts a day after the last request, and ends by signing out', async () => {
    platform.clock.advance(23 * 3600 * 1000);
    const extended = await get('/session');
    expect(extended.statusCode).toBe(200);
    expect(cookieOf(extended)).toBe(cookie);
    platform.clock.advance(23 * 3600 * 1000);
    expect((await get('/session')).statusCode).toBe(200);
    const out = await send('DELETE', '/session', { headers: { cookie, origin: 'http://localhost:8080' } });
    expect(out.statusCode).toBe(204);
    expect((await get('/session')).statusCode).toBe(401);
    cookie = await signInByLink();
    platform.clock.advance(24 * 3600 * 1000);
    expect((await get('/session')).statusCode).toBe(401);
  });

  it('asks for the old password, except of who came by a link, and ends other sessions', async () => {
    await post('/password', { newPassword: 'the first password' });
    const signedIn = await send('POST', '/session', { payload: { email, password: 'the first password' } });
    const byLink = cookie;
    cookie = cookieOf(signedIn);
    expect((await post('/password', { newPassword: 'the second password' })).statusCode).toBe(403);
    expect((await post('/password', { currentPassword: 'wrong', newPassword: 'the second password' })).statusCode).toBe(
      403,
    );
    expect((await post('/password', { currentPassword: 'the first password', newPassword: 'short' })).statusCode).toBe(
      400,
    );
    const changed = await post('/password', {
      currentPassword: 'the first password',
      newPassword: 'the second password',
    });
    expect(changed.statusCode).toBe(204);
    expect((await get('/session')).statusCode).toBe(200);
    cookie = byLink;
    expect((await get('/session')).statusCode).toBe(401);
    cookie = await signInByLink();
    expect((await post('/password', { newPassword: 'the third password' })).statusCode).toBe(204);
  });
});

describe('requests that are not our own', () => {
  it.each<[string, Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port', { origin: 'http://localhost:8081' }],
    ['another site without Origin', { 'sec-fetch-site': 'cross-site' }],
  ])('are refused: %s', async (_what, headers) => {
    const answer = await send('POST', '/apps', { payload: {}, headers: { cookie, ...headers } });
    expect(answer.statusCode).toBe(403);
  });

  it('SEC2: with a publicUrl only that is our own origin, whatever name points to this machine (L6)', async () => {
    const behindName = await startPlatform({ settings: { publicUrl: 'https://live.example.org' } });
    const signIn = (host: string, origin: string) =>
      behindName.web.inject({
        method: 'POST',
        url: '/platform/session',
        headers: { host, origin, 'content-type': 'application/json' },
        payload: JSON.stringify({ email: 'nobody@example.org', password: 'a long wrong one' }),
      });
    try {
      for (const host of ['rebound.example', 'live.example.org']) {
        for (const scheme of ['http', 'https']) {
          expect((await signIn(host, `${scheme}://rebound.example`)).statusCode).toBe(403);
        }
        expect((await signIn(host, 'https://live.example.org')).statusCode).toBe(401);
      }
      expect((await signIn('live.example.org', 'http://live.example.org')).statusCode).toBe(403);
    } finally {
      await behindName.close();
    }
  });

  it('are refused as forms, which need no preflight', async () => {
    const answer = await platform.web.inject({
      method: 'POST',
      url: '/platform/session',
      headers: { 'content-type': 'text/plain' },
      payload: '{"email":"a@b.example","password":"x"}',
    });
    expect(answer.statusCode).toBe(415);
  });

  it('get nothing without a session, and no CORS headers', async () => {
    for (const path of ['/session', '/kits', '/apps', '/developer', `/apps/${studio.app.id}`]) {
      const answer = await send('GET', path, { headers: { origin: 'https://evil.example' } });
      expect([path, answer.statusCode]).toEqual([path, 401]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await send('GET', '/apps', { headers: { cookie: 'amphi_session=made-up' } })).statusCode).toBe(401);
  });
});

describe('apps', () => {
  const create = (body: Record<string, unknown>) => post('/apps', body);
  const viewOf = (answer: Awaited<ReturnType<typeof send>>): AppView => platformAnswers.app.parse(answer.json()).app;

  it('are made from the kits on offer', async () => {
    const kits = (await get('/kits')).json() as { kits: KitView[] };
    expect(kits.kits.map(({ id, roles }) => [id, roles])).toEqual([
      ['live_streaming', ['broadcaster', 'hls-viewer']],
      ['webinar', ['host', 'panelist', 'attendee']],
      ['video_conferencing', ['host', 'guest']],
      ['audio_room', ['moderator', 'speaker', 'listener']],
      ['custom', ['host', 'guest', 'viewer']],
    ]);
  });

  it('of the Live Streaming kit have two roles, a stream that is on, a room and a link for each role', async () => {
    const subdomain = `quiet-river-${count}`;
    const answer = await create({ kit: 'live_streaming', name: 'Quiet River', subdomain, region: 'in' });
    expect(answer.statusCode).toBe(201);
    const app = viewOf(answer);
    expect(app).toMatchObject({ name: 'Quiet River', subdomain, region: 'in', kit: 'live_streaming' });
    expect(app.roles.map(({ name, level }) => [name, level])).toEqual([
      ['broadcaster', 'stage'],
      ['hls-viewer', 'stream'],
    ]);
    expect(app.roles[0]).toMatchObject({
      publishes: ['audio', 'video', 'screen'],
      subscribesTo: ['broadcaster'],
      permissions: { hlsStreaming: true, changeRole: true, endRoom: true },
    });
    expect(app.roles[1]?.permissions).toMatchObject({
      hlsStreaming: false,
      rtmpStreaming: false,
      browserRecording: false,
    });
    expect(app.destination).toEqual({
      ...composition.parse({}),
      ...LIVE_AND_OPEN,
      enabled: true,
      layers: [
        { width: 1280, height: 720, videoBitrate: 2048, audioBitrate: 64 },
        { width: 640, height: 360, videoBitrate: 500, audioBitrate: 64 },
      ],
      layersReason: '2 cores, 30 pictures a second: without 960×540 and 852×480',
    });
    const [room] = app.rooms;
    expect(room?.links.map(({ role }) => role)).toEqual(['broadcaster', 'hls-viewer']);
    for (const { code, url } of room!.links) {
      expect(url).toBe(`http://localhost:8080/meeting/${code}`);
      const token = await platform.web.inject({ method: 'POST', url: '/v2/token', payload: JSON.stringify({ code }) });
      expect(token.statusCode).toBe(200);
    }
    expect(viewOf(await get(`/apps/${app.id}`))).toEqual(app);
    expect(platformAnswers.apps.parse((await get('/apps')).json()).apps[0]).toMatchObject({ id: app.id, subdomain });
  });

  it('have the audience and the guests that were asked for', async () => {
    const app = viewOf(
      await create({
        kit: 'live_streaming',
        name: 'All levels',
        subdomain: `all-levels-${count}`,
        region: 'us',
        options: { webinarAudience: true, guestsOnStage: true },
      }),
    );
    expect(app.roles.map(({ name, level, subscribesTo }) => [name, level, subscribesTo])).toEqual([
      ['broadcaster', 'stage', ['broadcaster', 'viewer-on-stage']],
      ['viewer-on-stage', 'stage', ['broadcaster', 'viewer-on-stage']],
      ['viewer-realtime', 'webinar', ['broadcaster', 'viewer-on-stage']],
      ['hls-viewer', 'stream', []],
    ]);
  });

  it('of the custom kit have a stream that is off until it is switched on', async () => {
    const app = viewOf(await create({ kit: 'custom', name: 'Own', subdomain: `own-${count}`, region: 'eu' }));
    expect(app.destination.enabled).toBe(false);
    const changed = viewOf(
      await post(`/apps/${app.id}/destination`, {
        enabled: true,
        layout: 'active_speaker',
        tileAspectRatio: '1:1',
        videoAspectRatio: '9:16',
      }),
    );
    expect(changed.destination).toEqual({
      ...composition.parse({}),
      ...LIVE_AND_OPEN,
      enabled: true,
      layout: 'active_speaker',
      tileAspectRatio: '1:1',
      videoAspectRatio: '9:16',
      layers: [
        { width: 720, height: 1280, videoBitrate: 2048, audioBitrate: 64 },
        { width: 360, height: 640, videoBitrate: 500, audioBitrate: 64 },
      ],
      layersReason: '2 cores, 30 pictures a second: without 540×960 and 480×852',
    });
    expect(viewOf(await get(`/apps/${app.id}`))).toEqual(changed);
  });

  it('keep how the stream is drawn, images too, and refuse what cannot be drawn by name and what is allowed', async () => {
    const app = viewOf(await create({ kit: 'live_streaming', name: 'Look', subdomain: `look-${count}`, region: 'eu' }));
    const image = `data:image/png;base64,${'A'.repeat(150_000)}`;
    const wanted = {
      ...composition.parse({}),
      enabled: true,
      layout: 'picture_in_picture',
      tileFit: 'crop',
      gap: 0,
      margin: 12,
      showNames: false,
      backgroundColor: '#203040',
      backgroundImage: image,
      logo: { image, corner: 'bottom_left' },
      standByText: 'Be right back',
    };
    const changed = viewOf(await post(`/apps/${app.id}/destination`, wanted));
    expect(changed.destination).toMatchObject(wanted);
    for (const [field, value, allowed] of [
      ['tileFit', 'stretch', /tileFit.*crop/],
      ['gap', 65, /gap.*64/],
      ['backgroundColor', 'red', /backgroundColor.*#0d1016/],
      ['backgroundImage', 'https://example.org/a.png', /backgroundImage.*data:image\/png/],
      ['logo', { image, corner: 'middle' }, /logo.*corner.*top_left/],
    ] as const) {
      const answer = await post(`/apps/${app.id}/destination`, { ...wanted, [field]: value });
      expect(answer.statusCode).toBe(400);
      expect(JSON.stringify(answer.json())).toMatch(allowed);
    }
    expect(viewOf(await get(`/apps/${app.id}`)).destination).toMatchObject(wanted);
    // What another has changed meanwhile stays.
    await post(`/apps/${app.id}/destination`, { gap: 31 });
    await post(`/apps/${app.id}/destination`, { showNames: false });
    const both = { ...wanted, gap: 31, showNames: false };
    expect(viewOf(await get(`/apps/${app.id}`)).destination).toMatchObject(both);
  });

  it('PRE6: keep how their room looks, all of it at a time, and name what cannot be', async () => {
    const app = viewOf(
      await create({
        kit: 'live_streaming',
        name: 'Room',
        subdomain: `room-${count}`,
        region: 'eu',
        options: { guestsOnStage: true },
      }),
    );
    const path = `/apps/${app.id}/look`;
    const lookOf = (answer: { json(): unknown }) => platformAnswers.look.parse(answer.json()).look;
    const { saved, defaults } = lookOf(await get(path));
    expect(saved).toEqual({ roles: {} });
    expect(Object.keys(defaults).sort()).toEqual(['broadcaster', 'hls-viewer', 'viewer-on-stage']);
    expect(defaults['hls-viewer']).not.toHaveProperty('spotlight');
    expect(defaults.broadcaster).toMatchObject({ joinGoesLive: true, onStageRole: 'viewer-on-stage' });

    const look = {
      logo: `data:image/png;base64,${'A'.repeat(15_000)}`,
      theme: { mode: 'light', accent: '#c2185b', background: '#fafafa' },
      font: 'Noto Serif',
      roles: { 'hls-viewer': { title: 'Welcome', chat: false }, broadcaster: { offStageRoles: ['hls-viewer'] } },
    };
    expect(lookOf(await post(path, look)).saved).toEqual(look);
    expect(lookOf(await get(path)).saved).toEqual(look);
    for (const [wrong, message] of [
      [{ logo: 'https://example.org/a.png' }, /logo.*data:image\/png/],
      [{ logo: `data:image/png;base64,${'A'.repeat(16_000)}` }, /logo.*12 kB/],
      [{ theme: { mode: 'dark', accent: '#c2185b', background: '#fafafa' } }, /theme\.background.*too light/],
      [{ theme: { mode: 'dark', accent: 'pink', background: '#000000' } }, /theme\.accent.*#0d5c54/],
      [{ font: 'a"}' }, /font.*letters/],
      [{ roles: { broadcaster: { title: ' ' } } }, /roles\.broadcaster\.title/],
      [{ roles: { emperor: {} } }, /roles\.emperor.*hls-viewer/],
      [{ roles: { broadcaster: { onStageRole: 'hls-viewer' } } }, /roles\.broadcaster\.onStageRole/],
      [{ roles: { broadcaster: { offStageRoles: ['broadcaster'] } } }, /roles\.broadcaster\.offStageRoles/],
    ] as const) {
      const answer = await post(path, wrong);
      expect(answer.statusCode, JSON.stringify(wrong).slice(0, 100)).toBe(400);
      expect(JSON.stringify(answer.json())).toMatch(message);
    }
    expect(lookOf(await get(path)).saved).toEqual(look);

    // A role that is renamed keeps what was said of it, also where others name it.
    const role = { method: 'POST', url: `/platform/v2/templates/${app.templateId}/roles/hls-viewer` } as const;
    const headers = { cookie, origin: 'http://localhost:8080', host: 'localhost:8080' };
    expect((await platform.web.inject({ ...role, headers, payload: { name: 'audience' } })).statusCode).toBe(200);
    const after = lookOf(await get(path));
    expect(after.saved.roles).toEqual({
      audience: { title: 'Welcome', chat: false },
      broadcaster: { offStageRoles: ['audience'] },
    });
    expect(lookOf(await post(path, {})).saved).toEqual({ roles: {} });

    const other = await makeStudio(platform);
    expect((await get(`/apps/${other.app.id}/look`)).statusCode).toBe(404);
    expect((await post(`/apps/${other.app.id}/look`, {})).statusCode).toBe(404);
  });

  it('keep how far back viewers can go and who may play; what is drawn otherwise changes nothing of it', async () => {
    const app = viewOf(await create({ kit: 'live_streaming', name: 'Back', subdomain: `back-${count}`, region: 'eu' }));
    const at = `/apps/${app.id}/destination`;
    const kept = { playlistType: 'event', dvrWindow: 600, signedPlayback: true, opus: true };
    expect(viewOf(await post(at, kept)).destination).toMatchObject({ ...kept, enabled: true });
    expect(viewOf(await post(at, { gap: 31 })).destination).toMatchObject({ ...kept, gap: 31 });
    const template = (await get(`/v2/templates/${app.templateId}`)).json();
    expect(template.destinations.hlsDestinations.default).toMatchObject(kept);
    expect(template.destinations.hlsDestinations.default).not.toHaveProperty('av1');
    for (const av1 of [true, false])
      expect(viewOf(await post(at, { av1 })).destination).toMatchObject({ ...kept, av1 });
    const whole = { ...kept, dvrWindow: null };
    expect(viewOf(await post(at, { dvrWindow: null })).destination).toMatchObject(whole);
    for (const wrong of [{ dvrWindow: 59 }, { dvrWindow: 7_201 }, { playlistType: 'vod' }, { signedPlayback: 'yes' }]) {
      expect((await post(at, wrong)).statusCode).toBe(400);
    }
    expect(viewOf(await get(`/apps/${app.id}`)).destination).toMatchObject(whole);
  });

  it('DSH7: keep what is kept of a stream and who is offered it; what the API alone can say of it stays', async () => {
    const app = viewOf(await create({ kit: 'live_streaming', name: 'Kept', subdomain: `kept-${count}`, region: 'eu' }));
    const at = `/apps/${app.id}/destination`;
    const ofTemplate = async () => (await get(`/v2/templates/${app.templateId}`)).json().destinations.hlsDestinations;
    await post(at, { gap: 31 });
    expect((await ofTemplate()).default).not.toHaveProperty('recording');
    const recording = { hlsVod: true, singleFilePerLayer: false, viewerRoles: ['hls-viewer'] };
    expect(viewOf(await post(at, { recording })).destination).toMatchObject({ recording, gap: 31 });
    const destinations = { hlsDestinations: await ofTemplate() };
    destinations.hlsDestinations.default.recording.presignDuration = 600;
    expect((await post(`/v2/templates/${app.templateId}/destinations`, destinations)).statusCode).toBe(200);
    const files = { hlsVod: false, singleFilePerLayer: true, viewerRoles: [] };
    expect(viewOf(await post(at, { recording: files })).destination.recording).toEqual(files);
    expect((await ofTemplate()).default.recording).toMatchObject({ ...files, presignDuration: 600 });
    const wrong = await post(at, { recording: { ...files, viewerRoles: ['nobody'] } });
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json().message).toBe(
      'Invalid body param: recording.viewerRoles: those of broadcaster, hls-viewer, got "nobody"',
    );
  });

  it('STR26: keep a second picture, of another shape than the first', async () => {
    const app = viewOf(await create({ kit: 'live_streaming', name: 'Two', subdomain: `two-${count}`, region: 'eu' }));
    const at = `/apps/${app.id}/destination`;
    expect(viewOf(await post(at, { alternate: '9:16' })).destination).toMatchObject({ alternate: '9:16' });
    expect(viewOf(await post(at, { gap: 31 })).destination).toMatchObject({ alternate: '9:16' });
    const template = async () => (await get(`/v2/templates/${app.templateId}`)).json();
    const made = await template();
    expect(made.destinations.hlsDestinations.default.alternate).toEqual({
      videoAspectRatio: '9:16',
      layout: 'grid',
      layers: [],
    });
    expect((await post(at, { alternate: '2:1' })).statusCode).toBe(400);
    // The first picture takes its shape.
    expect(viewOf(await post(at, { videoAspectRatio: '9:16' })).destination).toMatchObject({ alternate: null });
    expect(viewOf(await post(at, { alternate: '16:9' })).destination).toMatchObject({ alternate: '16:9' });
    expect(viewOf(await post(at, { alternate: null })).destination).toMatchObject({ alternate: null });
    expect((await template()).destinations.hlsDestinations.default).not.toHaveProperty('alternate');
  });

  it('have one subdomain each', async () => {
    const body = { kit: 'custom', name: 'Twice', subdomain: `twice-${count}`, region: 'eu' };
    expect((await create(body)).statusCode).toBe(201);
    const second = await create(body);
    expect(second.statusCode).toBe(409);
    expect((second.json() as { message: string }).message).toContain(body.subdomain);
    expect(platformAnswers.apps.parse((await get('/apps')).json()).apps).toHaveLength(2);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an empty name', { name: '  ' }, /name/],
    ['a subdomain in capitals', { subdomain: 'Quiet' }, /subdomain/],
    ['a subdomain with a dash at its end', { subdomain: 'quiet-' }, /subdomain/],
    ['an unknown region', { region: 'moon' }, /region/],
    ['an unknown kit', { kit: 'opera' }, /kit/],
  ])('are not made with %s', async (_what, wrong, message) => {
    const body = { kit: 'custom', name: 'Ok', subdomain: `ok-${count}`, region: 'eu', ...wrong };
    const answer = await create(body);
    expect(answer.statusCode).toBe(400);
    expect((answer.json() as { message: string }).message).toMatch(message);
  });

  it('of others cannot be seen or changed', async () => {
    const other = await makeStudio(platform);
    expect((await get(`/apps/${other.app.id}`)).statusCode).toBe(404);
    const destination = { enabled: false, layout: 'grid', tileAspectRatio: '16:9', videoAspectRatio: '16:9' };
    expect((await post(`/apps/${other.app.id}/destination`, destination)).statusCode).toBe(404);
    expect((await post(`/apps/${studio.app.id}/destination`, { ...destination, layout: 'spiral' })).statusCode).toBe(
      400,
    );
  });
});

it('shows the developer the keys, and a management token that works', async () => {
  const { developer } = platformAnswers.developer.parse((await get('/developer')).json());
  expect(developer).toMatchObject({
    accessKey: studio.key.accessKey,
    secret: studio.key.secret,
    apiUrl: 'http://localhost:8080/v2',
    tokenUrl: 'http://localhost:8080/v2/token',
    initUrl: 'http://localhost:8080/init',
  });
  const rooms = await platform.web.inject({
    url: '/v2/rooms',
    headers: { authorization: `Bearer ${developer.managementToken}` },
  });
  expect(rooms.statusCode).toBe(200);
});

describe('keys', () => {
  const keys = async () => platformAnswers.keys.parse((await get('/keys')).json()).keys;
  const remove = (accessKey: string) =>
    send('DELETE', `/keys/${accessKey}`, { headers: { cookie, origin: 'http://localhost:8080' } });

  it('DSH2: are several; a new one takes the place of an old one without a gap', async () => {
    const made = await post('/keys', undefined);
    expect(made.statusCode).toBe(201);
    const { key } = platformAnswers.key.parse(made.json());
    expect((await keys()).map(({ accessKey, signsWebhooks }) => [accessKey, signsWebhooks])).toEqual([
      [studio.key.accessKey, true],
      [key.accessKey, false],
    ]);
    const minted = await post(`/keys/${key.accessKey}/management-token`, { validForS: 3_600 });
    const { token } = platformAnswers.managementToken.parse(minted.json());
    const rooms = (bearer: string) =>
      platform.web.inject({ url: '/v2/rooms', headers: { authorization: `Bearer ${bearer}` } });
    expect((await rooms(token)).statusCode).toBe(200);
    expect((await remove(studio.key.accessKey)).statusCode).toBe(204);
    expect((await rooms(studio.managementToken)).statusCode).toBe(401);
    expect((await rooms(token)).statusCode).toBe(200);
    platform.clock.advance(3_601_000);
    expect((await rooms(token)).statusCode).toBe(401);
  });

  it('DSH2: the last one stays, and those of others are not there', async () => {
    const other = await makeStudio(platform);
    expect((await remove(studio.key.accessKey)).statusCode).toBe(409);
    expect((await remove(other.key.accessKey)).statusCode).toBe(404);
    const path = (accessKey: string) => `/keys/${accessKey}/management-token`;
    expect((await post(path(other.key.accessKey), { validForS: 3_600 })).statusCode).toBe(404);
    for (const validForS of [59, 90 * 86_400 + 1, 'ever']) {
      expect((await post(path(studio.key.accessKey), { validForS })).statusCode).toBe(400);
    }
  });
});

describe('REST v2 by the cookie', () => {
  it('DSH1: speaks for the workspace of who is signed in, and for no other', async () => {
    const other = await makeStudio(platform);
    const rooms = (await get('/v2/rooms')).json() as { data: { id: string }[] };
    expect(rooms.data.map(({ id }) => id)).toEqual([studio.roomId]);
    expect((await get(`/v2/templates/${studio.template.id}`)).statusCode).toBe(200);
    for (const path of [`/v2/rooms/${other.roomId}`, `/v2/templates/${other.template.id}`]) {
      expect((await get(path)).statusCode, path).toBe(404);
      expect((await post(path, other.template.body)).statusCode, path).toBe(404);
    }
  });

  it('DSH1: takes no management token, and nothing from other sites', async () => {
    const authorization = `Bearer ${studio.managementToken}`;
    expect((await send('GET', '/v2/rooms', { headers: { authorization } })).statusCode).toBe(401);
    expect((await send('GET', '/v2/rooms')).statusCode).toBe(401);
    const foreign = { cookie, origin: 'https://elsewhere.example' };
    const made = await send('POST', '/v2/rooms', { payload: { name: 'theirs' }, headers: foreign });
    expect(made.statusCode).toBe(403);
    expect((await platform.web.inject({ url: '/v2/rooms', headers: { cookie } })).statusCode).toBe(401);
  });

  it('DSH1: is the same, and described once', async () => {
    const { paths } = (await platform.web.inject('/v2/openapi.json')).json() as { paths: object };
    expect(Object.keys(paths).filter((path) => path.startsWith('/platform/v2'))).toEqual([]);
    const headers = { authorization: `Bearer ${studio.managementToken}` };
    const byToken = await platform.web.inject({ url: `/v2/rooms/${studio.roomId}`, headers });
    expect((await get(`/v2/rooms/${studio.roomId}`)).json()).toEqual(byToken.json());
  });
});

describe('the doctor', () => {
  it('is for owners only (DOC7)', async () => {
    expect((await send('POST', '/doctor')).statusCode).toBe(401);
    expect((await send('GET', '/doctor')).statusCode).toBe(401);
  });

  it('is run on demand, and tells how far it is (DOC7)', async () => {
    const report = async () => platformAnswers.lastDoctor.parse((await get('/doctor')).json()).report;
    expect(await report()).toBeNull();
    const started = await post('/doctor', {});
    expect(started.statusCode).toBe(202);
    expect(platformAnswers.doctor.parse(started.json()).report).toMatchObject({ findings: [], pending: ['Trial'] });
    expect((await report())?.finishedAt).toBeUndefined();
    finishDoctor();
    await vi.waitFor(async () => expect((await report())?.finishedAt).toBeDefined());
    expect(await report()).toMatchObject({
      findings: [{ check: 'trial', title: 'Trial', state: 'warn', what: 'nearly', remedy: 'Do.' }],
      pending: [],
    });
  });
});
