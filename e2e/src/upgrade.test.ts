import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateBody } from '@amphi/protocol';
import { openStore } from '@amphi/store';
import { type AmphiServer, startAmphi } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, restOf, tokenFor, WireClient } from './wire.ts';

/** Today's server on data directories that earlier releases left behind, and on what it makes of its own backup. */

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const NAME = /^data-directory-(.+)\.tar\.xz$/;
const releases = readdirSync(FIXTURES).flatMap((file) => NAME.exec(file)?.[1] ?? []);

let folder: string;
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The owner has a password: without this there would be no link to ask REST by. */
const start = (dataDir: string) => startAmphi({ dataDir, env: { AMPHI_SIGN_IN_LINK: 'always' } });

/** As a person types it beside the server. @returns what it printed */
const npmRun = (command: 'backup' | 'restore', file: string, dataDir: string): string =>
  execFileSync('npm', ['run', '--silent', command, '--', file], {
    cwd: REPOSITORY,
    env: { ...process.env, AMPHI_DATA_DIR: dataDir },
    encoding: 'utf8',
  });

/** Calls the dashboard's API as its page does. */
async function platform(base: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${base}/platform${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', origin: base, ...init.headers },
  });
}

/** What the release's owner had: a password, an app, its rooms with their templates, and links that were given away. */
async function expectEverything(server: AmphiServer): Promise<void> {
  const { url, rooms } = server.links;
  const credentials = { email: 'owner@amphi.local', password: 'correct horse battery' };
  const signedIn = await platform(url, '/session', { method: 'POST', body: JSON.stringify(credentials) });
  expect(signedIn.status, await signedIn.clone().text()).toBeLessThan(300);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const apps = await platform(url, '/apps', { headers: { cookie } });
  expect(apps.status).toBe(200);
  expect(JSON.stringify(await apps.json())).toContain('Evening show');

  expect(codeOf(rooms.broadcaster!)).toBe('dbn-hlfh-ykw');
  const client = await WireClient.open(server, await tokenFor(server, 'broadcaster'));
  await client.notification('on-policy-change');
  expect((await client.request('join', { name: 'Ann', data: '' })).error).toBeUndefined();
  client.close();
}

/** Of every room, by REST: its names and ids, its codes by role, its template's roles. */
async function roomsOf(server: AmphiServer): Promise<unknown[]> {
  const rest = await restOf(server);
  const { data: rooms } = await rest<{ data: { id: string; name: string; template_id: string }[] }>('GET', '/rooms');
  return Promise.all(
    rooms.map(async ({ id, name, template_id: templateId }) => {
      const [{ data: codes }, template] = await Promise.all([
        rest<{ data: { code: string; role: string }[] }>('GET', `/room-codes/room/${id}`),
        rest<TemplateBody>('GET', `/templates/${templateId}`),
      ]);
      return { id, name, templateId, codes: codes.map(({ code, role }) => `${role} ${code}`).sort(), template };
    }),
  );
}

describe('a data directory of an earlier release', () => {
  it.each(releases)('%s: its owner, apps, links and streams are there, in a restored backup too', async (release) => {
    folder = mkdtempSync(join(tmpdir(), 'amphi-upgrade-'));
    const [dataDir, fresh, backup] = [join(folder, 'data'), join(folder, 'fresh'), join(folder, 'amphi.backup')];
    execFileSync('tar', ['-xJf', join(FIXTURES, `data-directory-${release}.tar.xz`), '--one-top-level=data'], {
      cwd: folder,
    });
    const server = await start(dataDir);
    let rooms: unknown[];
    try {
      await expectEverything(server);
      rooms = await roomsOf(server);
      expect(npmRun('backup', backup, dataDir)).toContain(backup);
    } finally {
      expect(await server.stop()).toBe(0);
    }

    const store = await openStore({ dataDir: join(dataDir, 'database') });
    const workspace = await store.workspaces.first();
    const streams = await store.liveStreams.list({ workspaceId: workspace!.id, limit: 10 });
    // The one that was running is long over.
    expect(streams.map(({ status }) => status).sort()).toEqual(['completed', 'failed']);
    await store.close();

    expect(npmRun('restore', backup, fresh)).toMatch(/\d+ rows/);
    const restored = await start(fresh);
    try {
      await expectEverything(restored);
      expect(rooms.length).toBeGreaterThan(0);
      expect(await roomsOf(restored)).toEqual(rooms);
    } finally {
      expect(await restored.stop()).toBe(0);
    }
  });
});
