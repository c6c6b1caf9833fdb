import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom } from './people.ts';
import { type Rest, restOf, tokenFor, WireClient } from './wire.ts';

/** What goes wrong for people in a room: what they are told, and the way out. */

const PATIENCE = { timeout: 60_000 };
const OFFLINE_MS = 20_000;

/** Devices fail as `sessionStorage.trouble` says; `captured` are the tracks that were given. */
const TROUBLED_DEVICES = `{
  const { mediaDevices } = navigator;
  const capture = mediaDevices.getUserMedia.bind(mediaDevices);
  window.captured = [];
  mediaDevices.getUserMedia = async (wish) => {
    const { trouble } = sessionStorage;
    if (trouble) throw new DOMException('as the test says', trouble);
    const stream = await capture(wish);
    window.captured.push(...stream.getTracks());
    return stream;
  };
}`;
/** As of a browser that plays nothing before a click: the first calls are refused. */
const NO_AUTOPLAY = `{
  const { play } = HTMLMediaElement.prototype;
  let isClicked = false;
  addEventListener('click', () => { isClicked = true; }, true);
  HTMLMediaElement.prototype.play = function () {
    return isClicked ? play.call(this) : Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
  };
}`;

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let vera: TestPage;
let rest: Rest;
/** Link of a broadcaster of another room. */
let other: string;

beforeAll(async () => {
  const limits = JSON.stringify({ liveStreams: 1 });
  [amphi, browser] = await Promise.all([startAmphi({ env: { AMPHI_LIMITS: limits } }), launchChromium()]);
  ada = await openPage(browser, { initScripts: [TROUBLED_DEVICES] });
  vera = await openPage(browser, { initScripts: [NO_AUTOPLAY, barcodeReaderScript()] });
  for (const { page } of [ada, vera]) page.setDefaultTimeout(PATIENCE.timeout);
  rest = await restOf(amphi);
  const { data } = await rest<{ data: { template_id: string }[] }>('GET', '/rooms');
  const room = await rest<{ id: string }>('POST', '/rooms', { name: 'other', template_id: data[0]!.template_id });
  const { code } = await rest<{ code: string }>('POST', `/room-codes/room/${room.id}/role/broadcaster`);
  const link = amphi.links.rooms.broadcaster!;
  other = `${link.slice(0, link.lastIndexOf('/'))}/${code}`;
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const isPlaying = ({ page }: TestPage): Promise<unknown> =>
  page.waitForFunction(
    () => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid=player] video');
      return video && !video.paused && video.readyState > 2 && video.currentTime > 0;
    },
    undefined,
    PATIENCE,
  );

it('PRE18: devices that are refused, absent or busy are named in the preview with the way out, and come when they can', async () => {
  const { page } = ada;
  await page.goto(amphi.links.rooms.broadcaster!);
  for (const [trouble, title, advice] of [
    ['NotAllowedError', 'is blocked', /Allow the .* in your browser’s address bar/],
    ['NotFoundError', 'found', /Plug one in/],
    ['NotReadableError', 'is busy', /Another program uses it/],
  ] as const) {
    await page.evaluate((name) => {
      sessionStorage.trouble = name;
    }, trouble);
    await page.reload();
    for (const device of ['Camera', 'Microphone']) {
      const words = title === 'found' ? `No ${device.toLowerCase()} found` : `${device} ${title}`;
      await page.getByText(words, { exact: true }).waitFor();
    }
    expect(await page.getByText(advice).count()).toBeGreaterThan(0);
    expect(await violationsOf(page)).toEqual([]);
  }
  // The room can be entered without, and the devices come once somebody lets them.
  await joinRoomHere(ada, 'Ada');
  await page.getByTestId('leave').waitFor();
  await page.evaluate(() => sessionStorage.removeItem('trouble'));
  await page.getByTestId('cam-toggle').click();
  await page.locator('[data-testid=cam-toggle][aria-pressed=true]').waitFor();
  await page.locator('[data-testid=stage-tile][data-local=true] video').waitFor();
});

it('STG40: in place of a camera that is unplugged comes another; without one that is told, and a click has one again', async () => {
  const { page } = ada;
  const unplug = () =>
    page.evaluate(() => {
      const { captured } = window as unknown as { captured: MediaStreamTrack[] };
      const camera = captured.filter(({ kind, readyState }) => kind === 'video' && readyState === 'live').at(-1)!;
      camera.stop();
      // A track that is stopped by the page itself tells nothing.
      camera.dispatchEvent(new Event('ended'));
      return captured.length;
    });
  const captured = await unplug();
  await page.waitForFunction(
    (before) => (window as unknown as { captured: unknown[] }).captured.length > before,
    captured,
  );
  await page.locator('[data-testid=cam-toggle][aria-pressed=true]').waitFor();
  await page.evaluate(() => {
    sessionStorage.trouble = 'NotFoundError';
  });
  await unplug();
  await page.getByText('Camera was disconnected').first().waitFor();
  await page.locator('[data-testid=cam-toggle][aria-pressed=false]').waitFor();
  await page.evaluate(() => sessionStorage.removeItem('trouble'));
  await page.getByTestId('cam-toggle').click();
  await page.locator('[data-testid=cam-toggle][aria-pressed=true]').waitFor();
});

it('STG41: a start that the server has no room for says why in place, and is tried again from there', async () => {
  await joinRoom(vera, other, 'Vera');
  await goLive(vera);
  await ada.page.getByTestId('go-live').click();
  const failure = ada.page.getByTestId('stream-failure');
  await failure.waitFor();
  expect(await failure.textContent()).toMatch(/live streams/);
  expect(await violationsOf(ada.page)).toEqual([]);
  await endStream(vera);
  await waitFor('the other stream is drained', async () => {
    const { data } = await rest<{ data: { status: string }[] }>('GET', '/live-streams?limit=1');
    return data[0]?.status === 'completed';
  });
  await failure.getByRole('button').click();
  await ada.page.getByTestId('live-badge').waitFor();
});

it('PRE19: where nothing may play before a click, the player says so and plays by it', async () => {
  await vera.page.goto(`${amphi.links.rooms['hls-viewer']}?name=Vera&skip_preview=true`);
  const start = vera.page.getByTestId('player-start');
  await start.waitFor();
  expect(await violationsOf(vera.page)).toEqual([]);
  await start.click();
  await isPlaying(vera);
});

it('PRE19: twenty seconds without a network: everyone is told, and all goes on when it is back', async () => {
  await ada.context.setOffline(true);
  await vera.context.setOffline(true);
  const since = Date.now();
  for (const { page } of [ada, vera]) await page.getByTestId('connection-banner').waitFor();
  await waitFor('it has been away for long', () => Date.now() - since > OFFLINE_MS, 2 * OFFLINE_MS);
  await ada.context.setOffline(false);
  await vera.context.setOffline(false);
  for (const { page } of [ada, vera]) await page.getByTestId('connection-banner').waitFor({ state: 'detached' });
  await isPlaying(vera);
  const { currentTime } = await vera.page.evaluate(() => {
    const { currentTime } = document.querySelector<HTMLVideoElement>('[data-testid=player] video')!;
    return { currentTime };
  });
  await waitFor('the stream goes on', () =>
    vera.page.evaluate(
      (from) => document.querySelector<HTMLVideoElement>('[data-testid=player] video')!.currentTime > from + 1,
      currentTime,
    ),
  );
});

it('STG42: among many, somebody is found by a part of the name, and put out after a question', async () => {
  const crowd = await Promise.all(
    Array.from({ length: 7 }, async (_, index) => {
      const client = await WireClient.open(amphi, await tokenFor(amphi, 'viewer-realtime'));
      await client.request('join', { name: `Guest ${index}`, data: '' });
      return client;
    }),
  );
  const { page } = ada;
  await page.getByTestId('participants-toggle').click();
  const people = page.getByTestId('participant');
  await expect.poll(() => people.count(), PATIENCE).toBe(9);
  await page.getByRole('searchbox').fill('ver');
  await expect.poll(() => people.count(), PATIENCE).toBe(1);
  await people.filter({ hasText: 'Vera' }).getByRole('button').last().click();
  await page.getByTestId('remove-person').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await vera.page.getByTestId('left-screen').getByText('You were removed from the room').waitFor();
  await expect.poll(() => people.count(), PATIENCE).toBe(0);
  for (const client of crowd) client.close();
});

/** By the page that is open. */
async function joinRoomHere({ page }: TestPage, name: string): Promise<void> {
  await page.getByTestId('preview-name').fill(name);
  await page.getByTestId('preview-join').click();
}
