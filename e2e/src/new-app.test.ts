import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AmphiServer, launchChromium, openPage, startAmphi } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';

/**
 * What somebody gets who has our packages from a registry and nothing else: tarballs, unpacked as npm does it, in a folder
 * outside of the repository. Other people's packages are linked from here, those alone that a package.json asks for.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKED = ['base', 'protocol', 'signaling', 'client', 'react', 'layout', 'hls', 'player', 'create-app'];
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'amphi-new-app-'));
const app = join(folder, 'my-app');
const modules = join(folder, 'node_modules');

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

let amphi: AmphiServer;
let browser: Browser;
let served: PreviewServer | undefined;

beforeAll(async () => {
  await buildPackages();
  await unpack();
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  // Eight packages are built and nine are packed: half a minute on a quiet machine.
}, 600_000);

afterAll(async () => {
  await served?.close();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
});

it('packages hold what they name, and what they need of ours can be published with them', () => {
  for (const name of PACKED) {
    const dir = join(modules, '@amphi', name);
    const manifest = readManifest(dir);
    expect(manifest.private, name).toBeUndefined();
    expect(readdirSync(dir), name).toContain('README.md');
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      if (dependency.startsWith('@amphi/')) expect(PACKED, name).toContain(dependency.slice('@amphi/'.length));
    }
  }
});

it('makes an app, once', async () => {
  const create = join(modules, '@amphi/create-app/src/main.mjs');
  const { stdout } = await run(process.execPath, [create, 'my-app'], { cwd: folder });
  expect(stdout).toContain('cd my-app');
  expect(readManifest(app)).toMatchObject({ name: 'my-app', dependencies: { '@amphi/client': '0.1.0' } });
  await expect(run(process.execPath, [create, 'my-app'], { cwd: folder })).rejects.toThrow('my-app is not empty');
  await expect(run(process.execPath, [create], { cwd: folder })).rejects.toThrow('Usage');
});

it('its types hold, those of our packages included, and it builds', async () => {
  const asked = [app, ...PACKED.map((name) => join(modules, '@amphi', name))].map(readManifest);
  for (const { dependencies, peerDependencies } of asked) link({ ...dependencies, ...peerDependencies });
  link(readManifest(app).devDependencies ?? {});
  const bin = (path: string): string => join(modules, path);
  await run(process.execPath, [bin('typescript/bin/tsc')], { cwd: app }).catch((failure: { stdout: string }) =>
    expect.unreachable(failure.stdout),
  );
  await run(process.execPath, [bin('vite/bin/vite.js'), 'build'], { cwd: app });
});

it('joins a room with its camera', async () => {
  served = await preview({ root: app, logLevel: 'warn', preview: { host: '127.0.0.1', port: 0 } });
  const address = served.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error(`no port: ${address}`);
  const { page, problems } = await openPage(browser);
  const query = new URLSearchParams({ link: amphi.links.rooms.broadcaster!, name: 'Ada' });
  await page.goto(`http://127.0.0.1:${address.port}/?${query}`);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('button', { name: 'Camera' }).click();
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByLabel('Message').fill('Hello from my app');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Ada: Hello from my app').waitFor();
  await page.locator('figure').filter({ hasText: 'Ada' }).locator('video').waitFor();
  expect(problems).toEqual([]);
});

/** As `npm run build:packages` does, which would set up the repository before: not under a test that uses it. */
async function buildPackages(): Promise<void> {
  const module = '../../scripts/setup/builds/published-packages.mjs';
  const { buildPublishedPackages } = (await import(module)) as {
    buildPublishedPackages(root: string, progress: (text: string) => void): Promise<string>;
  };
  await buildPublishedPackages(ROOT, () => {});
}

/** Packs the workspaces and puts what is in each tarball where npm would. */
async function unpack(): Promise<void> {
  const workspaces = PACKED.flatMap((name) => ['--workspace', `packages/${name}`]);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, ...workspaces], { cwd: ROOT });
  // What scripts of packages print stands before.
  const packed = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { name: string; filename: string }[];
  for (const { name, filename } of packed) {
    const target = join(modules, name);
    mkdirSync(target, { recursive: true });
    await run('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
  }
}

/** Foreign packages alone: ours are there, or missing as they would be for others. */
function link(dependencies: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(dependencies)) {
    const path = join(modules, name);
    if (name.startsWith('@amphi/') || existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), path);
  }
}

function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest;
}
