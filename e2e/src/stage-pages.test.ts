import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';

/** More people on stage than a small window has room for, and none of their pictures at all: what is shown and what is received. */

const PATIENCE = { timeout: 20_000 };
/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.PICTURES_DIR;
/** A window with room for two people. */
const SMALL = { width: 320, height: 520 };
const GUESTS = ['Bruno', 'Lea', 'Vera'];
/** Pictures that do not come for so long do not come. */
const STILL_MS = 2_000;

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 15 });

/** Keeps the connections that the page makes, so that a test can ask what they receive. */
const keepConnections = `
  window.madeConnections = [];
  const Genuine = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Genuine {
    constructor(...given) {
      super(...given);
      window.madeConnections.push(this);
    }
  };
`;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  ada = await openPage(browser, { ...SMALL, initScripts: [camera, keepConnections] });
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  for (const name of GUESTS) {
    const guest = await openPage(browser, { initScripts: [camera] });
    await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, name);
  }
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** Names of those on the page that is shown, ourselves without the addition. */
const shown = ({ page }: TestPage) => page.getByTestId('stage-tile').locator('figcaption bdi').allTextContents();
const at = ({ page }: TestPage) => page.getByTestId('stage-page').textContent();

/** Frames decoded so far, of each track whose pictures are received. */
function framesOf({ page }: TestPage): Promise<Readonly<Record<string, number>>> {
  return page.evaluate(async () => {
    const frames: Record<string, number> = {};
    const { madeConnections } = window as unknown as { readonly madeConnections: readonly RTCPeerConnection[] };
    for (const connection of madeConnections) {
      const report = (await connection.getStats()) as unknown as Map<string, Record<string, unknown>>;
      for (const entry of report.values()) {
        if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') continue;
        frames[String(entry.trackIdentifier)] = Number(entry.framesDecoded ?? 0);
      }
    }
    return frames;
  });
}

/** What was received when a test last asked. */
let before: { readonly at: number; readonly frames: Readonly<Record<string, number>> } = { at: 0, frames: {} };

/** How many tracks have brought pictures since it was last asked, a while ago; undefined when it is not that long ago. */
async function moving(person: TestPage): Promise<number | undefined> {
  if (performance.now() - before.at < STILL_MS) return undefined;
  const frames = await framesOf(person);
  const news = Object.entries(frames).filter(([id, count]) => count - (before.frames[id] ?? 0) > 3);
  before = { at: performance.now(), frames };
  return news.length;
}

it('STG1, STG2: people are on pages, and only the pictures of the page that is seen are received', async () => {
  const { page } = ada;
  await expect.poll(() => at(ada), PATIENCE).toContain('1 / 2');
  expect(await shown(ada)).toEqual(['Ada', 'Bruno']);
  await page.getByTestId('stage-on').click();
  await expect.poll(() => shown(ada), PATIENCE).toEqual(['Lea', 'Vera']);
  expect(await at(ada)).toContain('2 / 2');
  await expect.poll(() => moving(ada), { timeout: 40_000 }).toBe(2);
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/stage-page.png` });
  expect(await violationsOf(page)).toEqual([]);
  await page.getByTestId('stage-back').click();
  await expect.poll(() => moving(ada), { timeout: 40_000 }).toBe(1);
});

it('STG3: pages are turned by keys and by a finger, and said', async () => {
  const { page } = ada;
  await page.locator('main').focus();
  await page.keyboard.press('PageDown');
  await expect.poll(() => at(ada), PATIENCE).toContain('2 / 2');
  await page.getByTestId('announcer').getByText('Page 2 of 2').waitFor(PATIENCE);
  await page.keyboard.press('PageUp');
  await expect.poll(() => at(ada), PATIENCE).toContain('1 / 2');
  await page.getByTestId('stage-on').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => at(ada), PATIENCE).toContain('2 / 2');

  const session = await page.context().newCDPSession(page);
  const [x, y] = [SMALL.width / 2, SMALL.height / 2];
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', dx = 0) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: x + dx, y }] });
  await touch('touchStart');
  for (const dx of [20, 50, 90]) await touch('touchMove', dx);
  await touch('touchEnd');
  await expect.poll(() => at(ada), PATIENCE).toContain('1 / 2');
  await session.detach();

  // A larger window has room for all.
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect.poll(() => shown(ada), PATIENCE).toEqual(['Ada', ...GUESTS]);
  expect(await page.getByTestId('stage-page').count()).toBe(0);
});

it('STG5: numbers of each picture are shown on request, own and received ones', async () => {
  const { page } = ada;
  await page.locator('main').focus();
  await page.keyboard.press('Control+]');
  const numbers = page.getByTestId('tile-stats');
  await expect.poll(() => numbers.count(), PATIENCE).toBe(1 + GUESTS.length);
  for (const tile of await numbers.all()) {
    // Codec, size, and what came within the last second.
    await expect
      .poll(async () => (await tile.locator('dd').allTextContents()).join(' '), PATIENCE)
      .toMatch(/^\w+ .\d+×\d+. [1-9]\d* fps 0\.\d*[1-9]\d* Mbit\/s \d+\.\d% lost \d+ ms$/);
  }
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/tile-numbers.png` });
  expect(await violationsOf(page)).toEqual([]);

  const tile = page.locator('[data-testid=stage-tile][data-local=false]').first();
  await tile.hover();
  await tile.getByTestId('role-menu').click();
  await page.getByTestId('tile-numbers').click();
  await expect.poll(() => numbers.count(), PATIENCE).toBe(0);
});

it('STG4: with audio only nobody’s video is received, until it is wanted again; the choice is kept', async () => {
  const { page } = ada;
  await expect.poll(() => moving(ada), { timeout: 40_000 }).toBe(3);
  await page.getByTestId('settings').click();
  await page.getByTestId('settings-audio-only').click();
  await page.keyboard.press('Escape');
  await page.getByTestId('audio-only').waitFor(PATIENCE);
  await expect.poll(() => moving(ada), { timeout: 40_000 }).toBe(0);
  const video = (isOwn: boolean) => page.locator(`[data-testid=stage-tile][data-local=${isOwn}] video`).count();
  expect(await video(true)).toBe(1);
  expect(await video(false)).toBe(0);
  expect(await page.getByRole('figure', { name: /video not received/ }).count()).toBe(GUESTS.length);
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/audio-only.png` });
  expect(await violationsOf(page)).toEqual([]);

  await page.reload();
  await joinRoom(ada, page.url(), 'Ada');
  await page.getByTestId('audio-only').waitFor(PATIENCE);
  await page.getByTestId('audio-only-end').click();
  await expect.poll(() => moving(ada), { timeout: 40_000 }).toBe(3);
  expect(ada.problems).toEqual([]);
});
