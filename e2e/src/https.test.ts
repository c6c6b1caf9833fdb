import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, joinRoom, seesAdvancingBarcode } from './people.ts';
import { publicKeyHashOf } from './public-key-hash.ts';

/** `AMPHI_TLS=self-signed npm start`, as another device of the LAN sees it, once it trusts the server. */

let amphi: AmphiServer;
let browser: Browser;
let broadcaster: TestPage;
const sockets: string[] = [];

beforeAll(async () => {
  amphi = await startAmphi({ env: { AMPHI_TLS: 'self-signed' } });
  browser = await launchChromium({
    args: [`--ignore-certificate-errors-spki-list=${await publicKeyHashOf(amphi.links.url)}`],
  });
  broadcaster = await openPage(browser, {
    initScripts: [barcodeCameraScript({ width: 640, height: 360, frameRate: 15 }), barcodeReaderScript()],
  });
  broadcaster.page.on('websocket', (socket) => sockets.push(socket.url()));
});
afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('TLS15: a page opened by an https:// address of the LAN has a camera, and signals by wss://', async () => {
  expect(amphi.links.url).toMatch(/^https:\/\/(?!localhost)/);
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bea');
  await goLive(broadcaster);
  expect(await broadcaster.page.evaluate(() => window.isSecureContext)).toBe(true);
  expect(sockets.map((url) => new URL(url).origin)).toEqual([amphi.links.url.replace('https', 'wss')]);
});

it('TLS15: a viewer plays the stream, with playlists and parts by HTTP/2', async () => {
  const viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Vic');
  await seesAdvancingBarcode(viewer, '[data-testid=player] video', { frames: 5, timeoutMs: 60_000 });
  const loaded = await waitFor('playlists and parts', async () => {
    const entries = await viewer.page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).map((entry) => ({
        name: entry.name,
        nextHopProtocol: entry.nextHopProtocol,
        responseStatus: entry.responseStatus,
      })),
    );
    // The player gives up requests, too; those have no answer that tells a protocol.
    const answered = entries.filter((entry) => entry.responseStatus === 200 && entry.name.includes('/hls/'));
    return answered.some(({ name }) => name.includes('part-')) && answered;
  });
  expect(new Set(loaded.map(({ name }) => new URL(name).origin))).toEqual(new Set([amphi.links.url]));
  expect(new Set(loaded.map(({ nextHopProtocol }) => nextHopProtocol))).toEqual(new Set(['h2']));
});
