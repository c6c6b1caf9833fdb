import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom, say } from './people.ts';

/** What a viewer's phone shows of a stream: all of it, with nothing of the page in front that nobody asked for. */

const UPRIGHT = { width: 390, height: 844 };
const ON_ITS_SIDE = { width: 844, height: 390 };
const SMALL = { width: 320, height: 568 };
const SMALL_ON_ITS_SIDE = { width: 568, height: 320 };

let amphi: AmphiServer;
let browser: Browser;
let broadcaster: TestPage;
let viewer: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  broadcaster = await openPage(browser, {
    initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15 })],
  });
  viewer = await openPage(browser, UPRIGHT);
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

describe('a stream of 16:9', () => {
  it('is whole on top of an upright phone, the chat below it', async () => {
    await goLive(broadcaster);
    await showsPicture(1280, 720);
    for (const size of [UPRIGHT, SMALL]) {
      const { picture, chat } = await seesAll(size);
      expect(picture.right - picture.left).toBeCloseTo(size.width, 0);
      expect(chat.top).toBeGreaterThanOrEqual(picture.bottom - 1);
    }
  });

  it('is whole on a phone on its side, the chat beside it until it is closed', async () => {
    for (const size of [ON_ITS_SIDE, SMALL_ON_ITS_SIDE]) {
      const { picture, chat } = await seesAll(size);
      expect(chat.left).toBeGreaterThanOrEqual(picture.right);
      expect(chat.bottom - chat.top).toBeGreaterThan(size.height / 2);
      await viewer.page.getByTestId('pane-close').click();
      const alone = await seesAll(size);
      expect(alone.picture.right - alone.picture.left).toBeGreaterThan(picture.right - picture.left);
      await viewer.page.getByTestId('chat-toggle').click();
    }
  });
});

describe('a stream of 9:16', () => {
  it('is whole on an upright phone, and the bars lie below it', async () => {
    await endStream(broadcaster);
    await makeUpright();
    await goLive(broadcaster);
    await showsPicture(720, 1280);
    for (const size of [UPRIGHT, SMALL]) {
      const { picture, chat } = await seesAll(size);
      expect(chat.top).toBeGreaterThanOrEqual(picture.bottom - 1);
    }
    const { picture } = await seesAll(UPRIGHT);
    expect(picture.right - picture.left).toBeGreaterThan(UPRIGHT.width * 0.95);
  });

  it('has messages over it, no wider than they are, until they are put away', async () => {
    await say(broadcaster, 'Good evening!');
    const message = viewer.page.getByTestId('chat-message');
    await message.waitFor();
    const { picture } = await seesAll(UPRIGHT);
    const box = (await message.boundingBox())!;
    expect(box.width).toBeLessThan((picture.right - picture.left) * 0.7);
    expect(box.y).toBeGreaterThan((picture.top + picture.bottom) / 2);
    await viewer.page.getByTestId('tab-chat').click();
    await message.waitFor({ state: 'hidden' });
    expect(await violationsOf(viewer.page), 'without messages').toEqual([]);
    await viewer.page.getByTestId('tab-people').click();
    expect(await violationsOf(viewer.page), 'people over the picture').toEqual([]);
    await viewer.page.keyboard.press('Escape');
    expect(await viewer.page.getByTestId('chat-input').isVisible()).toBe(true);
    await viewer.page.getByTestId('tab-chat').click();
    await message.waitFor();
  });

  it('says to whom one writes while one writes', async () => {
    const recipients = viewer.page.getByTestId('chat-recipients');
    expect(await recipients.isVisible()).toBe(false);
    await viewer.page.getByTestId('chat-input').focus();
    await recipients.click();
    await viewer.page.getByTestId('chat-recipient').first().waitFor();
    await viewer.page.keyboard.press('Escape');
    await viewer.page.getByTestId('chat-recipient').first().waitFor({ state: 'detached' });
    await viewer.page.keyboard.press('Escape');
    await viewer.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await recipients.waitFor({ state: 'hidden' });
  });

  it('is whole on a phone on its side, the chat beside it', async () => {
    for (const size of [ON_ITS_SIDE, SMALL_ON_ITS_SIDE]) {
      const { picture, chat } = await seesAll(size);
      expect(chat.left).toBeGreaterThanOrEqual(picture.right);
    }
  });

  it('nothing went wrong in the page', () => {
    expect(viewer.problems).toEqual([]);
  });
});

async function showsPicture(width: number, height: number): Promise<void> {
  await viewer.page.waitForFunction(
    ([width, height]) => {
      const video = document.querySelector('video');
      return video !== null && video.videoWidth * height! === video.videoHeight * width! && !video.paused;
    },
    [width, height],
    { timeout: 60_000 },
  );
}

/**
 * Gives the page a size and waits until the picture has found its place; then nothing of the picture is cut, nothing that
 * stays on the screen is in front of it, and no control is out of reach.
 */
async function seesAll(size: { width: number; height: number }): Promise<{ picture: Box; chat: Box }> {
  await viewer.page.setViewportSize(size);
  let before = '';
  const seen = await waitFor('the page stands still', async () => {
    const now = await measure();
    const isSame = now !== undefined && JSON.stringify(now) === before;
    before = JSON.stringify(now);
    return isSame && now;
  });
  const { picture, bars, controls, chat } = seen;
  const page = { left: 0, top: 0, right: size.width, bottom: size.height };
  expect(isWithin(picture, page), `the picture ${JSON.stringify(picture)}`).toBe(true);
  expect(picture.bottom - picture.top).toBeGreaterThan(size.height * 0.2);
  expect(bars).not.toEqual([]);
  for (const bar of bars) expect(overlap(bar, picture), `${bar.name} and the picture`).toBe(false);
  expect(controls.length).toBeGreaterThan(5);
  for (const control of controls) expect(isWithin(control, page), `${control.name} in ${size.width}`).toBe(true);
  return { picture, chat: chat! };
}

/** Where things are; undefined while no picture is there. The picture is what the video element shows of the stream, not the element. */
function measure() {
  return viewer.page.evaluate(() => {
    const boxOf = (element: Element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return { left, top, right, bottom };
    };
    const video = document.querySelector('video');
    if (!video || video.videoWidth === 0) return undefined;
    const frame = video.getBoundingClientRect();
    const { objectFit, objectPosition } = getComputedStyle(video);
    const chosen = objectFit === 'cover' ? Math.max : Math.min;
    const scale = chosen(frame.width / video.videoWidth, frame.height / video.videoHeight);
    const [across, down] = objectPosition.split(' ').map((part) => Number.parseFloat(part) / 100);
    const left = frame.left + (frame.width - video.videoWidth * scale) * across!;
    const top = frame.top + (frame.height - video.videoHeight * scale) * down!;
    const picture = { left, top, right: left + video.videoWidth * scale, bottom: top + video.videoHeight * scale };
    const named = (element: Element) => ({
      name: element.getAttribute('aria-label') ?? element.textContent ?? element.tagName,
      ...boxOf(element),
    });
    const isShown = (element: Element) => element.checkVisibility();
    const bars = [...document.querySelectorAll('header, [role=tablist], form, aside')].filter(isShown).map(named);
    const controls = [...document.querySelectorAll('button')].filter(isShown).map(named);
    const pane = document.querySelector('aside');
    return { picture, bars, controls, chat: pane && boxOf(pane) };
  });
}

const isWithin = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left - 0.5 &&
  inner.top >= outer.top - 0.5 &&
  inner.right <= outer.right + 0.5 &&
  inner.bottom <= outer.bottom + 0.5;

const overlap = (a: Box, b: Box): boolean =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;

async function makeUpright(): Promise<void> {
  const owner = await openPage(browser);
  await owner.page.goto(amphi.links.dashboard);
  await owner.page.getByTestId('skip-password').click();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await owner.page.getByTestId('destination-aspect-9:16').click();
  await owner.page.getByTestId('destination-save').click();
  await owner.page.getByTestId('destination-saved').waitFor();
  await owner.context.close();
}
