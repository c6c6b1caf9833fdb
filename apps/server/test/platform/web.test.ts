import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '@amphi/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { makeStudio, type PlatformServer, startPlatform } from './platform-server.ts';

/** Pages, headers, health, and what becomes of requests that fit nowhere. */

let platform: PlatformServer;
let baseUrl: string;
const logged: string[] = [];

const recorder: Logger = {
  child: () => recorder,
  debug: (fields, message) => logged.push(JSON.stringify({ fields, message })),
  info: (fields, message) => logged.push(JSON.stringify({ fields, message })),
  warn: (fields, message) => logged.push(JSON.stringify({ fields, message })),
  error: (fields, message) => logged.push(JSON.stringify({ fields, message })),
};

beforeAll(async () => {
  platform = await startPlatform({ settings: { metricsToken: 'a-long-enough-token' }, logger: recorder });
  baseUrl = await platform.listen();
});
afterAll(() => platform.close());

const get = (url: string, headers: Record<string, string> = {}) => platform.web.inject({ url, headers });

describe('web apps', () => {
  it('say what to do while they are not built', async () => {
    for (const path of ['/dashboard/', '/dashboard/apps/new', '/meeting/abc-defg-hij']) {
      const answer = await get(path);
      expect([path, answer.statusCode]).toEqual([path, 503]);
      expect(answer.body).toContain('npm run setup');
    }
  });

  it('are served once they are built, without a restart', async () => {
    for (const [name, folder] of Object.entries(platform.builds)) {
      await mkdir(join(folder, 'assets'), { recursive: true });
      await writeFile(join(folder, 'index.html'), `<!doctype html><title>${name}</title>`);
      await writeFile(join(folder, 'assets', 'app-0a1b2c.js'), 'export {};');
      await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    }
    expect((await get('/')).headers.location).toBe('/dashboard/');
    expect((await get('/dashboard')).headers.location).toBe('/dashboard/');
    for (const path of ['/dashboard/', '/dashboard/sign-in?code=x', '/dashboard/apps/new/custom']) {
      expect((await get(path)).body).toContain('<title>dashboard</title>');
    }
    const links = ['/meeting/', '/preview/', '/', '/streaming/', '/streaming/meeting/', '/streaming/preview/'];
    for (const link of links) expect((await get(`${link}abc-defg-hij`)).body, link).toContain('<title>room</title>');
    for (const path of ['/diagnostics', '/diagnostics/abc-defg-hij']) {
      expect((await get(path)).body, path).toContain('<title>room</title>');
    }
    const script = await get('/room-assets/assets/app-0a1b2c.js');
    expect(script.headers['content-type']).toMatch(/javascript/);
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await get('/dashboard/assets/app-0a1b2c.js')).headers['cache-control']).toContain('immutable');
    expect((await get('/room-assets/icon.svg')).headers['cache-control']).toBe('public, max-age=3600');
    expect((await get('/meeting/abc-defg-hij')).headers['cache-control']).toBe('no-cache');
  });

  it('are sent as they were compressed when they were built, to who takes that', async () => {
    const { room } = platform.builds;
    await writeFile(join(room, 'assets', 'big-0a1b2c.js'), 'export const plain = 1;');
    await writeFile(join(room, 'assets', 'big-0a1b2c.js.br'), 'brotli');
    await writeFile(join(room, 'assets', 'big-0a1b2c.js.gz'), 'gzip');
    const sent = async (url: string, accepted?: string) => {
      const { headers, body } = await get(url, accepted === undefined ? {} : { 'accept-encoding': accepted });
      const { vary, 'content-encoding': encoding, 'cache-control': caching, 'content-type': type } = headers;
      return { body, encoding, vary, caching, type };
    };
    const script = '/room-assets/assets/big-0a1b2c.js';
    const always = {
      vary: 'accept-encoding',
      caching: 'public, max-age=31536000, immutable',
      type: expect.stringContaining('javascript'),
    };
    expect(await sent(script, 'gzip, deflate, br')).toEqual({ ...always, body: 'brotli', encoding: 'br' });
    expect(await sent(script, 'gzip')).toEqual({ ...always, body: 'gzip', encoding: 'gzip' });
    expect(await sent(script)).toEqual({ ...always, body: 'export const plain = 1;', encoding: undefined });
    // Of what is small there is one form.
    const small = await sent('/room-assets/assets/app-0a1b2c.js', 'gzip, br');
    expect(small).toEqual({ ...always, body: 'export {};', encoding: undefined });
    const page = await sent('/meeting/abc-defg-hij', 'br');
    expect(page).toMatchObject({ encoding: undefined, caching: 'no-cache', type: expect.stringContaining('html') });
    await writeFile(join(room, 'index.html.br'), 'brotli');
    expect(await sent('/meeting/abc-defg-hij', 'br')).toMatchObject({
      body: 'brotli',
      encoding: 'br',
      caching: 'no-cache',
      type: expect.stringContaining('html'),
    });
    await rm(join(room, 'index.html.br'));
  });

  it('cannot be left by a path', async () => {
    for (const path of ['/room-assets/%2e%2e/%2e%2e/etc/passwd', '/dashboard/..%2f..%2fx.js']) {
      const answer = await get(path);
      expect([path, answer.statusCode >= 400, answer.body.includes('<title>dashboard')]).toEqual([path, true, false]);
    }
  });

  it('EMB4: may be framed by whom the settings name, if they are of a room, and else by our own', async () => {
    const framedBy = async (url: string) =>
      /frame-ancestors ([^;]*)/.exec(String((await get(url)).headers['content-security-policy']))?.[1];
    const machine = "'self' http://localhost:* https://localhost:* http://127.0.0.1:*";
    expect(await framedBy('/meeting/abc-defg-hij')).toBe(machine);
    expect(await framedBy('/abc-defg-hij')).toBe(machine);
    expect(await framedBy('/diagnostics/abc-defg-hij')).toBe(machine);
    for (const url of ['/dashboard/', '/v2/docs', '/nothing-here', '/meeting/not_a_code']) {
      expect(await framedBy(url), url).toBe("'self'");
    }
    expect((await get('/room-assets/icon.svg')).headers['access-control-allow-origin']).toBe('*');
    expect((await get('/dashboard/assets/app-0a1b2c.js')).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('SEC3: get a page when there is none, and the policy that keeps tokens in', async () => {
    const missing = await get('/meeting/not_a_code');
    expect(missing.statusCode).toBe(404);
    expect(missing.headers['content-type']).toMatch(/text\/html/);
    const policy = String((await get('/meeting/abc-defg-hij')).headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    // No other host can be connected to (L3).
    expect(policy).toMatch(/connect-src 'self' ws:\/\/localhost wss:\/\/localhost http:\/\/localhost:\d+;/);
    const byName = await get('/meeting/abc-defg-hij', { host: 'live.example.org:8443' });
    expect(byName.headers['content-security-policy']).toMatch(
      /connect-src 'self' ws:\/\/live\.example\.org:8443 wss:\/\/live\.example\.org:8443 http/,
    );
    const injected = await get('/meeting/abc-defg-hij', { host: 'x; connect-src *' });
    expect(injected.headers['content-security-policy']).not.toContain('connect-src *');
    expect(policy).toContain("media-src 'self' blob:");
    expect(missing.headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('operations', () => {
  it('says that it lives and is ready', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await get('/readyz')).json()).toEqual({ status: 'ready' });
  });

  it('shows metrics by route to who has the token', async () => {
    expect((await get('/metrics')).statusCode).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer a-long-enough-tokeN' })).statusCode).toBe(401);
    const studio = await makeStudio(platform);
    await get(`/v2/rooms/${studio.roomId}`, { authorization: `Bearer ${studio.managementToken}` });
    const metrics = (await get('/metrics', { authorization: 'Bearer a-long-enough-token' })).body;
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).toMatch(
      /amphi_http_request_seconds_count\{method="GET",route="\/v2\/rooms\/:roomId",status="200"\} 1/,
    );
    expect(metrics).not.toContain(studio.roomId);
  });

  it('OR17: counts players plainly: no time by route, no line in the log, no header of pages', async () => {
    const lines = logged.length;
    const answer = await get('/hls/nothing/master.m3u8');
    expect([answer.statusCode, answer.headers['x-content-type-options']]).toEqual([404, undefined]);
    expect(logged).toHaveLength(lines);
    await get('/ingest/streams/nothing');
    const metrics = (await get('/metrics', { authorization: 'Bearer a-long-enough-token' })).body;
    expect(metrics).toContain(`\namphi_playback_answers_total 1\n`);
    expect(metrics).toContain(`\namphi_playback_bytes_total ${answer.body.length}\n`);
    expect(metrics).not.toMatch(/route="\/(hls|ingest)/);
  });

  it('SEC6: logs no token, no code and no id', async () => {
    const studio = await makeStudio(platform);
    const code = studio.codes.broadcaster!;
    const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload: JSON.stringify({ code }) });
    const { token } = answer.json() as { token: string };
    await get(`/init?peer_id=secret-peer&token=${token}`, { authorization: `Bearer ${token}` });
    await get(`/meeting/${code}?auth_token=${token}`);
    await get(`/v2/layouts/ui?x=${token}`, { authorization: `Bearer ${token}` });
    const text = logged.join('\n');
    expect(text).toContain('/v2/layouts/ui');
    for (const secret of [token, code, 'secret-peer']) expect(text).not.toContain(secret);
  });
});

describe('requests that fit nowhere', () => {
  it('are told so in JSON below the APIs', async () => {
    for (const [method, url] of [
      ['GET', '/v2/no-such-thing'],
      ['DELETE', '/v2/rooms'],
      ['GET', '/platform/no-such-thing'],
      ['POST', '/healthz'],
    ] as const) {
      const answer = await platform.web.inject({ method, url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ code: 404, details: [] });
    }
  });

  it('are refused when they are too large', async () => {
    const answer = await platform.web.inject({
      method: 'POST',
      url: '/v2/token',
      payload: JSON.stringify({ code: 'x'.repeat(70_000) }),
    });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: 413 });
  });

  it('are refused at the upgrade only when they are not for /ws', async () => {
    const opened = new WebSocket(`${baseUrl.replace('http', 'ws')}/ws/?token=x.y.z&peer=12345678`);
    const [message] = await new Promise<[string]>((resolve, reject) => {
      opened.once('message', (data) => resolve([String(data)]));
      opened.once('error', reject);
    });
    expect(JSON.parse(message)).toMatchObject({ method: 'on-error', params: { code: 401 } });
    opened.close();
    const refused = new WebSocket(`${baseUrl.replace('http', 'ws')}/elsewhere`);
    const error = await new Promise<Error>((resolve) => refused.once('error', resolve));
    expect(error.message).toContain('404');
  });

  it('do not harm when they are no HTTP', async () => {
    const { port } = new URL(baseUrl);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('\u0000\u0001garbage\r\n\r\n'));
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toContain('400 Bad Request');
    expect((await get('/healthz')).statusCode).toBe(200);
  });
});

// The last one: nothing works after it.
it('SEC6: does not leak what went wrong inside', async () => {
  await platform.breakStore();
  logged.length = 0;
  const answer = await platform.web.inject({ method: 'POST', url: '/v2/token', payload: '{"code":"abc-defg-hij"}' });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({ code: 500, message: 'A fault of the server.', details: [] });
  // The statement is logged, its parameters are not.
  expect(logged.join('')).toContain('a request failed');
  expect(logged.join('')).not.toContain('abc-defg-hij');
  expect((await get('/readyz')).statusCode).toBe(503);
});
