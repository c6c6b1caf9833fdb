import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { demoCameraScript } from './picture.ts';

/**
 * `npm run demo`: a synthetic broadcaster enters the ready-made app and goes live. Uses the server that is running on
 * the data directory, or starts one. Ends with Ctrl+C, or after `--seconds N`.
 */

interface Links {
  readonly url: string;
  readonly rooms: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataDir = resolve(root, process.env.AMPHI_DATA_DIR ?? 'data');
const browserPath = process.env.AMPHI_CHROMIUM ?? '/usr/bin/chromium';

const secondsAt = process.argv.indexOf('--seconds');
const seconds = secondsAt < 0 ? undefined : Number(process.argv[secondsAt + 1]);

if (!existsSync(browserPath)) {
  console.error(
    `The demo needs Chromium at ${browserPath}. Install it with: apt-get install chromium (or set AMPHI_CHROMIUM).`,
  );
  process.exit(1);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

let server: ChildProcess | undefined;
let links = await runningServer();
if (!links) {
  console.log('Starting the server …');
  server = spawn(process.execPath, [join(root, 'apps/server/dist/main.js')], {
    env: { ...process.env, AMPHI_DATA_DIR: dataDir },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  server.once('exit', (code) => {
    if (!stop.signal.aborted) {
      console.error(`The server ended (exit code ${code}); see its message above.`);
      process.exit(1);
    }
  });
  while (!links && !stop.signal.aborted) {
    await new Promise((done) => setTimeout(done, 200));
    links = await runningServer();
  }
}

if (links) await broadcast(links);
stop.abort();
server?.kill('SIGTERM');

async function runningServer(): Promise<Links | undefined> {
  try {
    const found = JSON.parse(await readFile(join(dataDir, 'links.json'), 'utf8')) as Links;
    const ready = await fetch(`${found.url}/readyz`, { signal: AbortSignal.timeout(1000) });
    return ready.ok ? found : undefined;
  } catch {
    return undefined;
  }
}

async function broadcast(links: Links): Promise<void> {
  const browser = await chromium.launch({
    executablePath: browserPath,
    handleSIGINT: false,
    handleSIGTERM: false,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-background-timer-throttling',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
    ],
  });
  try {
    // Nobody looks at this window; a small one leaves the processor to the stream.
    const context = await browser.newContext({
      permissions: ['camera', 'microphone'],
      viewport: { width: 480, height: 320 },
    });
    await context.addInitScript({ content: demoCameraScript() });
    const page = await context.newPage();
    console.log('The broadcaster enters …');
    await page.goto(`${links.rooms.broadcaster}?name=Demo`);
    await page.getByTestId('preview-join').click({ timeout: 30_000 });
    await page.getByTestId('go-live').click({ timeout: 30_000 });
    await page.getByTestId('live-badge').waitFor({ timeout: 30_000 });
    console.log(
      `\nLive. Watch the stream:  ${links.rooms['hls-viewer']}\nSee it without delay:    ${links.rooms['viewer-realtime']}\n`,
    );
    console.log(seconds ? `Ends after ${seconds} s.` : 'Ctrl+C ends it.');
    await new Promise<void>((done) => {
      if (seconds) setTimeout(done, seconds * 1000);
      stop.signal.addEventListener('abort', () => done(), { once: true });
    });
    console.log('Ending the stream …');
    await page.getByTestId('end-stream').click();
    await page
      .getByTestId('end-stream-confirm')
      .click({ timeout: 3_000 })
      .catch(() => {});
    await page
      .getByTestId('go-live')
      .waitFor({ timeout: 15_000 })
      .catch(() => {});
  } finally {
    await browser.close();
  }
}
