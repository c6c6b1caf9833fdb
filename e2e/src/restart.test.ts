import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostGenuineClient } from './genuine-client/host.ts';
import { goLive, joinRoom, say, seesAdvancingBarcode, seesMessage } from './people.ts';

/** A show whose server is killed in the middle: everyone goes on, nobody reloads a page. */

const STAGE_VIDEO = '[data-testid=stage-tile] video';
const PLAYER_VIDEO = '[data-testid=player] video';
const PATIENCE_MS = 60_000;

let amphi: AmphiServer;
let browser: Browser;
let page: Awaited<ReturnType<typeof hostGenuineClient>>;
let broadcaster: TestPage;
let viewer: TestPage;
let stranger: TestPage;
let guest: TestPage;
let master: string;

beforeAll(async () => {
  [amphi, browser, page] = await Promise.all([startAmphi({ supervised: true }), launchChromium(), hostGenuineClient()]);
  const camera = (hue: number) => barcodeCameraScript({ width: 640, height: 360, frameRate: 15, hue });
  broadcaster = await openPage(browser, { initScripts: [camera(0), barcodeReaderScript()] });
  viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  // The public client, on stage and in the audience.
  guest = await openPage(browser, { initScripts: [camera(120)] });
  stranger = await openPage(browser);
});

afterAll(async () => {
  await browser?.close();
  await page?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('a show is on, with our client and the public one on stage and in the audience', async () => {
  const { url, rooms } = amphi.links;
  await joinRoom(broadcaster, rooms.broadcaster!, 'Bruno');
  await joinRoom(viewer, rooms['hls-viewer']!, 'Vera');
  const [address] = await Promise.all([
    viewer.page.waitForRequest((request) => /master\.m3u8/.test(request.url()), { timeout: PATIENCE_MS }),
    goLive(broadcaster),
  ]);
  master = address.url();
  expect(master.startsWith(url)).toBe(true);
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  await enter(guest, 'Gina', rooms['viewer-on-stage']!);
  await enter(stranger, 'Stan', rooms['hls-viewer']!);
  await waitFor('Gina is seen', async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) >= 2, 30_000);
});

it('RST1: all are back by themselves when the server was killed, and see and hear each other again', async () => {
  const before = amphi.serverPid();
  process.kill(before, 'SIGKILL');
  await broadcaster.page.getByTestId('connection-banner').waitFor({ timeout: PATIENCE_MS });
  await waitFor('another server runs', () => amphi.serverPid() !== before, PATIENCE_MS);
  await broadcaster.page.getByTestId('connection-banner').waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await waitFor(
    'the public clients are back',
    async () => {
      const states = await Promise.all(
        [guest, stranger].map(({ page: each }) => each.evaluate(() => window.genuine.state())),
      );
      return states.every(({ connected, peers }) => connected && peers.length >= 3);
    },
    60_000,
  );
  await waitFor(
    'Gina is seen again',
    async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) >= 2,
    PATIENCE_MS,
  );
  await say(broadcaster, 'Are you all there?');
  await seesMessage(viewer, 'Are you all there?');
  await waitFor('the public client hears it', () =>
    stranger.page.evaluate(() => window.genuine.state().messages.some(({ text }) => text === 'Are you all there?')),
  );
});

it('RST2: the stream goes on under the same URL, and the picture advances at the viewer', async () => {
  // With her the picture has two tiles, and the clock is elsewhere in it.
  await guest.page.evaluate(() => window.genuine.leave());
  await waitFor('Bruno is alone', async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) === 1, PATIENCE_MS);
  await fresh(viewer);
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 20, timeoutMs: PATIENCE_MS });
  const urls = await stranger.page.evaluate(() => window.genuine.state().hls.variants.map(({ url }) => url));
  expect(urls).toEqual([master]);
  const playlist = await mediaPlaylist();
  expect(playlist.match(/^#EXT-X-DISCONTINUITY$/gm) ?? []).toHaveLength(
    playlist.includes('DISCONTINUITY-SEQUENCE:1') ? 0 : 1,
  );
  expect(playlist).not.toContain('#EXT-X-ENDLIST');
});

it('a stop in order ends the stream, also after a crash', async () => {
  await broadcaster.page.getByTestId('end-stream').click();
  await broadcaster.page
    .getByTestId('end-stream-confirm')
    .click({ timeout: 3_000 })
    .catch(() => {});
  await waitFor('the playlist has ended', async () => (await mediaPlaylist()).includes('#EXT-X-ENDLIST'), 20_000);
});

async function enter(person: TestPage, userName: string, link: string): Promise<void> {
  await person.page.goto(page.url);
  const options = {
    userName,
    roomCode: link.split('/').at(-1)!,
    tokenEndpoint: `${amphi.links.url}/v2/token`,
    initEndpoint: `${amphi.links.url}/?https://`,
  };
  await person.page.evaluate((options) => window.genuine.join(options), options);
  await waitFor(`${userName} is in`, () => person.page.evaluate(() => window.genuine.state().connected), 30_000);
}

/** Forgets the barcodes that were seen so far. */
async function fresh(person: TestPage): Promise<void> {
  await person.page.evaluate(() => {
    for (const key of Object.keys(window)) {
      if (key.startsWith('seen:')) delete (window as unknown as Record<string, unknown>)[key];
    }
  });
}

async function mediaPlaylist(): Promise<string> {
  const text = await (await fetch(master)).text();
  const first = text.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  return (await fetch(new URL(first ?? '', master))).text();
}
