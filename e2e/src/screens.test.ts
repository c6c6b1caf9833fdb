import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';

/** Two people with several cameras each, who share their screens at once, and what each of those in the room sees of it. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let bruno: TestPage;
let vera: TestPage;

/** Keeps what is captured of screens, so that a test can end it as the browser's own bar does. */
const keepScreens = `
  const devices = navigator.mediaDevices;
  const capture = devices.getDisplayMedia.bind(devices);
  devices.getDisplayMedia = async (wish) => {
    const stream = await capture(wish);
    const latest = stream.getVideoTracks()[0];
    window.sharedScreens = [...(window.sharedScreens ?? []), latest];
    return stream;
  };
`;

beforeAll(async () => {
  // Of the second one Chromium encodes nothing: it gives depths.
  const cameras = '--use-fake-device-for-media-stream=device-count=3';
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium({ args: [cameras] })]);
  [ada, bruno, vera] = await Promise.all([
    openPage(browser, { initScripts: [keepScreens] }),
    openPage(browser),
    openPage(browser),
  ]);
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(bruno, amphi.links.rooms.broadcaster!, 'Bruno');
  await joinRoom(vera, amphi.links.rooms['viewer-realtime']!, 'Vera');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const screens = ({ page }: TestPage) => page.getByTestId('screen-tile');
/** Names of the shared screens whose pictures have come. */
const seen = (person: TestPage) =>
  screens(person).evaluateAll((tiles) =>
    tiles
      .filter((tile) => (tile.querySelector('video')?.videoWidth ?? 0) > 0)
      .map((tile) => tile.getAttribute('aria-label')?.replace(/[^\w’ ]/g, ''))
      .sort(),
  );

/** What the bar does with the share that was begun last: the source ends, and the page is told (Screen Capture, 5.1). */
const endLatest = ({ page }: TestPage) =>
  page.evaluate(() => {
    const { sharedScreens } = window as unknown as { readonly sharedScreens: MediaStreamTrack[] };
    const latest = sharedScreens.pop();
    latest?.stop();
    latest?.dispatchEvent(new Event('ended'));
  });

/** What a page has in the tile of a person: which track, from which camera when it is its own, and how many pictures of it. */
const pictureOf = ({ page }: TestPage, name: string) =>
  page
    .getByTestId('stage-tile')
    .filter({ hasText: name })
    .locator('video')
    .evaluate((element) => {
      const video = element as HTMLVideoElement;
      const [track] = (video.srcObject as MediaStream | null)?.getVideoTracks() ?? [];
      return {
        track: track?.id,
        camera: track?.getSettings().deviceId,
        pictures: video.getVideoPlaybackQuality().totalVideoFrames,
      };
    });

it('another camera is taken while one is seen: the others see the picture go on, in the same track', async () => {
  const { page } = ada;
  await waitFor('Vera sees Ada', async () => (await pictureOf(vera, 'Ada')).pictures > 0);
  const before = await pictureOf(vera, 'Ada');
  const { camera } = await pictureOf(ada, 'Ada');
  await page.getByTestId('settings').click();
  await page.getByTestId('camera-select').selectOption({ index: 2 });
  await page.keyboard.press('Escape');
  await waitFor('Ada has the other camera', async () => {
    const own = await pictureOf(ada, 'Ada');
    return own.camera !== undefined && own.camera !== camera;
  });
  const { pictures } = await pictureOf(vera, 'Ada');
  await waitFor('its pictures come', async () => (await pictureOf(vera, 'Ada')).pictures > pictures + 20);
  expect((await pictureOf(vera, 'Ada')).track).toBe(before.track);
});

it('STG6: two screens are seen at once; who shares one sees a banner, and those of others', async () => {
  await ada.page.getByTestId('screen-toggle').click();
  await ada.page.getByTestId('share-banner').waitFor(PATIENCE);
  await ada.page.getByTestId('screen-stop').waitFor(PATIENCE);
  await bruno.page.getByTestId('screen-toggle').click();
  await bruno.page.getByTestId('share-banner').waitFor(PATIENCE);
  await expect.poll(() => seen(vera), PATIENCE).toEqual(['Ada’s screen', 'Bruno’s screen']);
  await expect.poll(() => seen(ada), PATIENCE).toEqual(['Bruno’s screen']);
  expect(await screens(ada).count()).toBe(1);
  expect(await violationsOf(ada.page)).toEqual([]);
});

it('STG7: one person shares another screen beside the first: the others see both', async () => {
  await ada.page.getByTestId('share-another').click();
  await expect.poll(() => seen(vera), PATIENCE).toEqual(['Ada’s screen', 'Ada’s screen', 'Bruno’s screen']);
  await endLatest(ada);
  await expect.poll(() => seen(vera), PATIENCE).toEqual(['Ada’s screen', 'Bruno’s screen']);
  await ada.page.getByTestId('share-banner').waitFor(PATIENCE);
});

it('STG9: a shared screen is seen alone on the display, and at its place again', async () => {
  const { page } = vera;
  const alone = () => page.evaluate(() => document.fullscreenElement?.getAttribute('data-testid') ?? undefined);
  const button = page.getByTestId('screen-fullscreen').first();
  await button.click();
  await expect.poll(alone, PATIENCE).toBe('screen-tile');
  await expect.poll(() => button.getAttribute('aria-pressed'), PATIENCE).toBe('true');
  await button.click();
  await expect.poll(alone, PATIENCE).toBeUndefined();
  await expect.poll(() => button.getAttribute('aria-pressed'), PATIENCE).toBe('false');
});

it('STG6: sharing ends by the banner, and by the browser’s own bar', async () => {
  await bruno.page.getByTestId('share-stop').click();
  await bruno.page.getByTestId('share-banner').waitFor({ ...PATIENCE, state: 'detached' });
  await expect.poll(() => seen(vera), PATIENCE).toEqual(['Ada’s screen']);
  await endLatest(ada);
  await ada.page.getByTestId('share-banner').waitFor({ ...PATIENCE, state: 'detached' });
  await expect.poll(() => screens(vera).count(), PATIENCE).toBe(0);
  expect([...ada.problems, ...bruno.problems, ...vera.problems]).toEqual([]);
});
