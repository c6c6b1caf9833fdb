import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@amphi/store';
import { startAmphi } from '@amphi/testkit';
import { afterEach, describe, expect, it } from 'vitest';

/** Today's server on data directories that earlier releases left behind. */

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const NAME = /^data-directory-(.+)\.tar\.xz$/;
const releases = readdirSync(FIXTURES).flatMap((file) => NAME.exec(file)?.[1] ?? []);

let dataDir: string;
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Calls the dashboard's API as its page does. */
async function platform(base: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${base}/platform${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', origin: base, ...init.headers },
  });
}

describe('a data directory of an earlier release', () => {
  it.each(releases)('%s: its owner, apps, links and streams are there', async (release) => {
    dataDir = mkdtempSync(join(tmpdir(), 'amphi-upgrade-'));
    execFileSync('tar', ['-xJf', join(FIXTURES, `data-directory-${release}.tar.xz`), '-C', dataDir]);
    const server = await startAmphi({ dataDir });
    try {
      const { url, rooms } = server.links;
      const credentials = { email: 'owner@amphi.local', password: 'correct horse battery' };
      const signedIn = await platform(url, '/session', { method: 'POST', body: JSON.stringify(credentials) });
      expect(signedIn.status, await signedIn.clone().text()).toBeLessThan(300);
      const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      const apps = await platform(url, '/apps', { headers: { cookie } });
      expect(apps.status).toBe(200);
      expect(JSON.stringify(await apps.json())).toContain('Evening show');

      // A link that was given away works on.
      const code = rooms.broadcaster?.split('/').at(-1);
      expect(code).toBe('dbn-hlfh-ykw');
      const token = await fetch(`${url}/v2/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
      expect(token.status).toBe(200);
    } finally {
      expect(await server.stop()).toBe(0);
    }

    const store = await openStore({ dataDir: join(dataDir, 'database') });
    const workspace = await store.workspaces.first();
    const streams = await store.liveStreams.list({ workspaceId: workspace!.id, limit: 10 });
    // The one that was running is long over.
    expect(streams.map(({ status }) => status).sort()).toEqual(['completed', 'failed']);
    await store.close();
  });
});
