import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';

/** The stage in a small window, over the whole display, and with everybody beside who speaks. */

const PATIENCE = { timeout: 60_000 };

/** The browser of these tests has no small windows: an ordinary one stands for them. */
const SMALL_WINDOWS = `
  Object.defineProperty(window, 'documentPictureInPicture', {
    value: { requestWindow: async ({ width, height }) => window.open('about:blank', '', 'popup,width=' + width + ',height=' + height) },
  });
`;
/** Nor does it show videos over other programs: what it is asked for is kept. */
const VIDEO_WINDOWS = `
  Object.defineProperty(window, 'documentPictureInPicture', { value: undefined });
  Object.defineProperty(document, 'pictureInPictureEnabled', { value: true });
  HTMLVideoElement.prototype.requestPictureInPicture = async function () {
    window.outside = this;
    this.dispatchEvent(new Event('enterpictureinpicture', { bubbles: true }));
  };
`;
const NO_WINDOWS = `
  Object.defineProperty(window, 'documentPictureInPicture', { value: undefined });
  Object.defineProperty(document, 'pictureInPictureEnabled', { value: false });
`;

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let bruno: TestPage;
let vera: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  [ada, bruno, vera] = await Promise.all([
    openPage(browser, { initScripts: [SMALL_WINDOWS] }),
    openPage(browser, { initScripts: [NO_WINDOWS] }),
    openPage(browser, { initScripts: [VIDEO_WINDOWS] }),
  ]);
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(bruno, amphi.links.rooms.broadcaster!, 'Bruno');
  await joinRoom(vera, amphi.links.rooms['viewer-realtime']!, 'Vera');
  for (const { page } of [ada, bruno, vera]) {
    await page.getByTestId('stage-tile').nth(1).waitFor(PATIENCE);
  }
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const isPressed = (page: Page, testId: string): Promise<string | null> =>
  page.getByTestId(testId).getAttribute('aria-pressed');

it('STG12: the stage is seen in a small window, with switches, until it is closed from either side', async () => {
  const opened = ada.page.waitForEvent('popup', PATIENCE);
  await ada.page.getByTestId('stage-window').click();
  const small = await opened;
  await expect.poll(() => small.getByTestId('small-tile').count(), PATIENCE).toBe(2);
  const theirs = small.locator('[data-testid=small-tile] video:not([data-own-video])').first();
  await expect
    .poll(() => theirs.evaluate((video: HTMLVideoElement) => video.videoWidth > 0 && video.currentTime > 0), PATIENCE)
    .toBe(true);
  // It is dressed as the page: without a style sheet it would be a block like any other.
  expect(await small.getByTestId('small-stage').evaluate((stage) => getComputedStyle(stage).display)).toBe('flex');
  const before = await isPressed(ada.page, 'mic-toggle');
  await small.getByTestId('small-mic').click();
  await expect.poll(() => isPressed(ada.page, 'mic-toggle'), PATIENCE).not.toBe(before);
  expect(await isPressed(ada.page, 'stage-window')).toBe('true');
  await small.evaluate(() => window.close());
  await expect.poll(() => isPressed(ada.page, 'stage-window'), PATIENCE).toBe('false');

  const again = ada.page.waitForEvent('popup', PATIENCE);
  await ada.page.getByTestId('stage-window').click();
  const second = await again;
  await second.getByTestId('small-stage').waitFor(PATIENCE);
  const closed = second.waitForEvent('close', PATIENCE);
  await ada.page.getByTestId('stage-window').click();
  await closed;
  expect(await violationsOf(ada.page)).toEqual([]);
});

it('STG12: else it is the picture of somebody on stage, and nothing where there is neither', async () => {
  const { page } = vera;
  await page.getByTestId('stage-window').click();
  await page.waitForFunction(
    () => {
      const { outside } = window as unknown as { outside?: HTMLVideoElement };
      return (outside?.videoWidth ?? 0) > 0;
    },
    undefined,
    PATIENCE,
  );
  expect(await isPressed(page, 'stage-window')).toBe('true');
  await page.evaluate(() => {
    const { outside } = window as unknown as { outside: HTMLVideoElement };
    outside.dispatchEvent(new Event('leavepictureinpicture', { bubbles: true }));
  });
  await expect.poll(() => isPressed(page, 'stage-window'), PATIENCE).toBe('false');
  expect(await bruno.page.getByTestId('stage-window').count()).toBe(0);
});

it('STG13: the whole stage fills the display, with its menus, and comes back', async () => {
  const { page } = bruno;
  await page.getByTestId('stage-fullscreen').click();
  await page.getByTestId('leave-fullscreen').waitFor(PATIENCE);
  expect(await page.evaluate(() => document.fullscreenElement?.tagName)).toBe('MAIN');
  const tile = page.locator('[data-testid=stage-tile][data-local=false]');
  await tile.hover();
  await tile.getByTestId('role-menu').click();
  // Hit where it stands: what lies below the screen-filling element is not.
  await page.getByTestId('tile-numbers').click(PATIENCE);
  await page.getByTestId('leave-fullscreen').click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement), PATIENCE).toBeNull();
  await page.getByTestId('leave-fullscreen').waitFor({ ...PATIENCE, state: 'detached' });
});

it('STG14: everybody is beside who is large', async () => {
  const { page } = bruno;
  await page.getByTestId('settings').click();
  await page.getByTestId('settings-stage').selectOption('sidebar');
  await page.keyboard.press('Escape');
  await expect
    .poll(async () => {
      const boxes = await page
        .getByTestId('stage-tile')
        .evaluateAll((tiles) => tiles.map((tile) => tile.getBoundingClientRect().toJSON() as DOMRect));
      const [large, small] = [...boxes].sort((a, b) => b.width - a.width);
      return (
        large !== undefined && small !== undefined && small.x >= large.x + large.width && small.width < large.width
      );
    }, PATIENCE)
    .toBe(true);
});
