import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@amphi/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformServer, startPlatform } from '../platform/platform-server.ts';
import { bodyOf, makeWorld, type Operation, operationsOf, urlOf, type World } from './operations.ts';

/** What the server shows to whoever comes: routes, headers, pages, cookies, errors, logs. */

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

let platform: PlatformServer;
let world: World;
let operations: readonly Operation[];
const logged: string[] = [];
const log = (fields: unknown, message: unknown): void => {
  logged.push(JSON.stringify({ fields, message }));
};
const recorder: Logger = { child: () => recorder, debug: log, info: log, warn: log, error: log };

beforeAll(async () => {
  platform = await startPlatform({ settings: { publicUrl: 'https://live.example.org' }, logger: recorder });
  world = await makeWorld(platform, await platform.listen());
  operations = await operationsOf(platform);
});
afterAll(async () => {
  world?.leave();
  await platform.close();
});

const pathOf = (operation: Operation): string =>
  urlOf(operation.path, (parameter) => world.valueOf(operation, parameter));

/** All routes as `GET /v2/rooms/{roomId}`, from the router's own picture of its tree. */
function routesOf({ web }: PlatformServer): string[] {
  const above: string[] = [];
  return web
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods] = /^([│ ]*)[└├]── (\S+?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
      const depth = indent.length / 4;
      above.length = depth;
      above[depth] = part;
      const path = above.join('').replaceAll(/:(\w+)/g, '{$1}');
      return (methods ?? '').split(', ').map((method) => `${method} ${path}`);
    });
}

describe('API9: inventory', () => {
  it('API9: what is served below /v2, /platform and /init is described; the dashboard has what back ends have, under its own prefix', () => {
    const described = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    const served = routesOf(platform)
      .filter((route) => /^(GET|POST|PUT|PATCH|DELETE) \/(v2|platform|init)\b/.test(route))
      .map((route) => route.replace('/platform/v2/', '/v2/'));
    expect(served.length).toBeGreaterThan(100);
    /** The description itself, and its page. */
    const ITSELF = ['GET /v2/openapi.json', 'GET /v2/docs'];
    expect(served.filter((route) => !described.has(route) && !ITSELF.includes(route))).toEqual([]);
  });
});

describe('API8: configuration', () => {
  it('API8: no operation answers with what it runs on, and all say how they are to be taken', async () => {
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const answer = await platform.web.inject({ url: pathOf(operation) });
      const { headers } = answer;
      expect(headers['x-content-type-options'], operation.path).toBe('nosniff');
      expect(headers['strict-transport-security'], operation.path).toMatch(/^max-age=\d{7,}/);
      expect(headers['referrer-policy'], operation.path).toBe('no-referrer');
      expect([headers['x-powered-by'], headers.server], operation.path).toEqual([undefined, undefined]);
      // Cookies go to no other site, so neither do answers that they open.
      if (operation.path.startsWith('/platform')) expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['access-control-allow-credentials'], operation.path).toBeUndefined();
    }
  });
});

describe('CSRF', () => {
  it.each([
    ['another origin', { origin: 'https://elsewhere.example' }],
    ['the own name over HTTP', { origin: 'http://live.example.org' }],
    ['an opaque origin', { origin: 'null' }],
    ['a page of another site that names no origin', { 'sec-fetch-site': 'cross-site' }],
  ])('SEC2: nothing of the dashboard is changed from %s', async (_what, from) => {
    const changing = operations.filter(
      ({ method, path, isRest }) => method !== 'GET' && (isRest || path.startsWith('/platform')),
    );
    expect(changing.length).toBeGreaterThan(40);
    for (const operation of changing) {
      const path = pathOf(operation);
      const answer = await platform.web.inject({
        method: operation.method,
        url: path.startsWith('/v2') ? `/platform${path}` : path,
        headers: { cookie: world.cookie, host: 'live.example.org', ...from, 'content-type': 'application/json' },
        payload: JSON.stringify(bodyOf(operation, world)),
      });
      expect(answer.statusCode, `${operation.method} ${path}`).toBe(403);
    }
  });

  it('SEC2: what a form can send is not read', async () => {
    for (const operation of operations.filter(({ path, takesBody }) => takesBody && path.startsWith('/platform'))) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const answer = await platform.web.inject({
          method: operation.method,
          url: pathOf(operation),
          headers: { cookie: world.cookie, origin: 'https://live.example.org', 'content-type': type },
          payload: JSON.stringify(bodyOf(operation, world)),
        });
        expect(answer.statusCode, operation.path).toBe(415);
      }
    }
  });
});

describe('pages', () => {
  it('SEC3: a script that was built into the page of rooms is let in by what it says, on that page alone', async () => {
    const { room } = platform.builds;
    await mkdir(room, { recursive: true });
    const policyOf = async (url: string) =>
      String((await platform.web.inject({ url })).headers['content-security-policy']).match(/script-src [^;]*/)?.[0];
    for (const text of ['"one"', '"two"']) {
      const html = join(room, 'index.html');
      await writeFile(html, `<!doctype html><script>${text}</script><script type="module" src="/a.js"></script>`);
      // A build within the same millisecond is none.
      await utimes(html, new Date(), new Date(Date.now() + text.charCodeAt(1) * 1_000));
      const hash = createHash('sha256').update(text).digest('base64');
      expect(await policyOf('/meeting/abc-defg-hij')).toBe(`script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'`);
      expect(await policyOf('/dashboard/')).toBe("script-src 'self'");
    }
    await rm(room, { recursive: true });
  });

  it('SEC3: no page of ours has a script or a handler written within, and the policy forbids them', async () => {
    for (const app of ['dashboard', 'room']) {
      const html = await readFile(join(ROOT, `apps/${app}/index.html`), 'utf8');
      expect(html.match(/<script(?![^>]*\ssrc=)/g), app).toBeNull();
      expect(html.match(/\son\w+=|javascript:/gi), app).toBeNull();
    }
    for (const url of ['/dashboard/', '/meeting/abc-defg-hij', '/v2/docs', '/nothing-here']) {
      const answer = await platform.web.inject({ url });
      const policy = Object.fromEntries(
        String(answer.headers['content-security-policy'])
          .split('; ')
          .map((directive) => [directive.split(' ', 1)[0], directive.split(' ').slice(1).join(' ')]),
      );
      expect(policy, url).toMatchObject({
        'default-src': "'self'",
        // Rooms change pictures by WebAssembly; nowhere is text run as a script.
        'script-src': url.startsWith('/meeting') ? "'self' 'wasm-unsafe-eval'" : "'self'",
        'object-src': "'none'",
        'base-uri': "'self'",
        'form-action': "'self'",
      });
      expect(policy['frame-ancestors']?.split(' ')[0], url).toBe("'self'");
      expect(answer.body).not.toMatch(/<script(?![^>]*\ssrc=)/);
    }
  });

  it('SEC4: the cookie is for this host over HTTPS, for the API of the dashboard, and for neither scripts nor other sites', async () => {
    const owner = await platform.store.owners.findByEmail('nobody@example.org');
    expect(owner).toBeUndefined();
    const { id } = await platform.store.owners.create({
      workspaceId: world.studio.workspaceId,
      email: 'cookie@example.org',
    });
    const answer = await platform.web.inject({
      method: 'POST',
      url: '/platform/session/one-time',
      payload: { code: await platform.accounts.newSignInCode(id) },
    });
    const [cookie, ...attributes] = String(answer.headers['set-cookie']).split('; ');
    expect(cookie).toMatch(/^amphi_session=[\w-]{43}$/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=86400', 'Path=/platform', 'SameSite=Strict', 'Secure']);
  });
});

describe('secrets', () => {
  it('SEC6: neither errors nor the log repeat a secret, whatever was asked for', async () => {
    const { studio, cookie, ids } = world;
    await platform.store.webhooks.set({
      workspaceId: studio.workspaceId,
      enabled: true,
      url: 'https://user:pass-word-of-url@backend.example/hooks',
      headers: { 'x-key': 'header-that-is-secret' },
    });
    const secrets = [
      studio.key.secret,
      studio.managementToken,
      cookie.split('=')[1]!,
      ids.code!,
      ids.streamKey!,
      'header-that-is-secret',
      'pass-word-of-url',
    ];
    const said = ['a-password-that-is-tried', 'aaa-bbbb-ccc'];
    /** Shown to who may see them. */
    const SHOWN = ['GET /platform/keys', 'POST /platform/keys', 'GET /platform/developer', 'GET /platform/webhook'];
    const asked = [...operations].sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
    for (const operation of asked) {
      if (operation.path === '/platform/session' && operation.method === 'DELETE') continue;
      for (const isWrong of [false, true]) {
        const url = isWrong ? urlOf(operation.path, () => 'no-such-thing') : pathOf(operation);
        const body = isWrong ? { password: said[0], code: [said[1]] } : bodyOf(operation, world);
        const answer = await platform.web.inject({
          method: operation.method,
          url: isWrong ? `${url}?limit=${said[1]}` : url,
          headers: {
            authorization: `Bearer ${studio.managementToken}`,
            cookie,
            host: 'live.example.org',
            origin: 'https://live.example.org',
            ...(operation.takesBody ? { 'content-type': 'application/json' } : {}),
          },
          ...(operation.takesBody ? { payload: JSON.stringify(body) } : {}),
        });
        const name = `${operation.method} ${operation.path}`;
        if (answer.statusCode < 400 && (SHOWN.includes(name) || /room-codes|stream-keys|platform\/apps/.test(name)))
          continue;
        for (const secret of secrets) expect(answer.body, name).not.toContain(secret);
      }
    }
    expect(logged.length).toBeGreaterThan(100);
    const text = logged.join('\n');
    for (const secret of [...secrets, ...said]) expect(text).not.toContain(secret);
  });

  it('SEC7: what is secret is compared in a time that says nothing about it', async () => {
    const folders = ['http', 'tokens', 'platform', 'recordings', 'webhooks', 'tls', 'turn'].map((name) =>
      join(ROOT, 'apps/server/src', name),
    );
    const files = await Promise.all(
      [...folders, join(ROOT, 'packages/origin/src')].map(async (folder) =>
        (await readdir(folder, { recursive: true }))
          .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
          .map((name) => join(folder, name)),
      ),
    );
    const NAMED = String.raw`\w*(?:[sS]ecret|[pP]assword|[sS]ignature|[tT]oken)`;
    const early = new RegExp(String.raw`\b${NAMED}\s*[!=]==(?!\s*(?:undefined|null|''))|[!=]==\s*(?:\w+\.)?${NAMED}\b`);
    const found: string[] = [];
    for (const file of files.flat()) {
      const lines = (await readFile(file, 'utf8')).split('\n');
      found.push(
        ...lines.filter((line) => early.test(line)).map((line) => `${file.slice(ROOT.length)}: ${line.trim()}`),
      );
    }
    expect(found).toEqual([]);
  });
});
