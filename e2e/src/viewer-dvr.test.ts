import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom } from './people.ts';
import { type Rest, restOf } from './wire.ts';

/** A stream that is kept is gone back in by keyboard, by pointer and by finger; one that is not has no bar for it. */

let amphi: AmphiServer;
let browser: Browser;
let broadcaster: TestPage;
let viewer: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  broadcaster = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 640, height: 360 })] });
  viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('DVR4, DVR6: a stream that is not kept has no seek bar; Space and K pause it', async () => {
  await goLive(broadcaster);
  await isPlaying(viewer);
  await viewer.page.getByTestId('player').hover();
  await viewer.page.getByTestId('player-sound').waitFor();
  expect(await bar(viewer).count()).toBe(0);
  expect(await viewer.page.getByTestId('player-pause').count()).toBe(0);
  // By the keys that people know it stops all the same, and goes on live (DVR6).
  await viewer.page.getByRole('main').focus();
  await viewer.page.keyboard.press('Space');
  await viewer.page.locator('[data-testid=player-state][data-state=paused]').waitFor();
  await viewer.page.keyboard.press('k');
  await isPlaying(viewer);
});

it('POLL4: a viewer is told of a poll at the picture of its beginning', async () => {
  const { page } = broadcaster;
  await page.getByTestId('polls-toggle').click();
  await page.getByTestId('poll-new').click();
  await page.getByTestId('poll-title').fill('Lunch');
  await page.getByTestId('poll-question-text').fill('What?');
  for (const [at, dish] of ['Soup', 'Pie'].entries()) await page.getByTestId('poll-option-text').nth(at).fill(dish);
  // What was seen as the message came: its age says which moment that was.
  const told = viewer.page.evaluate(
    () =>
      new Promise<{ readonly shown: number | undefined; readonly at: number }>((resolve) => {
        new MutationObserver((_, observer) => {
          if (!document.body.textContent?.includes('Lunch')) return;
          observer.disconnect();
          resolve({ shown: window.amphiTest.readBarcode(document.querySelector('video')!), at: Date.now() });
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
  );
  const startedAt = Date.now();
  await page.getByTestId('poll-launch').click();
  const { shown, at } = await told;
  expect(shown).toBeDefined();
  // Barcodes are the lower 32 bits of the time at the camera.
  expect((shown! - (startedAt >>> 0)) | 0).toBeGreaterThan(-500);
  expect(at - startedAt).toBeLessThan(8_000);
  await page.getByTestId('poll-stop').click();
  await endStream(broadcaster);
});

describe('a stream that is kept', () => {
  it('DVR4, SGN5: has a slider that says where it stands, and keys that lead to its ends and in between', async () => {
    const rest = await restOf(amphi);
    await keepStreams(rest);
    await goLive(broadcaster);
    await isPlaying(viewer);
    await isSigned(rest);
    await waitFor('half a minute is kept', async () => (await keptBy(viewer)) >= 30, 60_000);
    const { page } = viewer;
    await bar(viewer).focus();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.getByRole('slider', { name: 'Time in the stream' }).getAttribute('aria-valuetext')).toBe('Live');
    await page.keyboard.press('ArrowLeft');
    await says(viewer, /^(9|1\d) seconds behind live$/);
    await page.keyboard.press('ArrowLeft');
    await says(viewer, /^(19|2\d) seconds behind live$/);
    await page.keyboard.press('Home');
    await seesAge(viewer, (ageMs) => ageMs > 30_000);
    expect(await page.getByTestId('player-behind').textContent()).toMatch(/^−0\d:\d\d$/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await says(viewer, /^Live$/);
    await seesAge(viewer, (ageMs) => ageMs < 10_000);
  });

  it('THB5: shows what is seen where the mouse points, and where keys lead, small', async () => {
    const { page } = viewer;
    await page.keyboard.press('ArrowLeft');
    await page.getByTestId('seek-thumbnail').waitFor();
    await page.getByTestId('seek-preview').waitFor({ state: 'detached' });
    const { x, y, width, height } = (await bar(viewer).boundingBox())!;
    const before = await page.evaluate(() => document.querySelector('video')!.currentTime);
    await page.mouse.move(x + width * 0.5, y + height / 2);
    const kept = await keptBy(viewer);
    await page.getByTestId('seek-thumbnail').waitFor();
    const behind = await page.getByTestId('seek-preview').textContent();
    const seconds = behind!
      .slice(1)
      .split(':')
      .reduce((sum, part) => sum * 60 + Number(part), 0);
    expect(Math.abs(seconds - kept / 2)).toBeLessThan(4);
    const ages = await waitFor('a picture of that time', async () => {
      const age = await ageOfThumbnail(viewer);
      // A picture stands for four seconds and more; live is some seconds old itself.
      return age !== undefined && age > seconds * 1000 - 2_000 && age < seconds * 1000 + 15_000 && age;
    });
    expect(ages).toBeGreaterThan(0);
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.querySelector('video')!.currentTime)).toBeLessThan(before + 30);
    await page.mouse.move(x + width * 0.5, y - height * 4);
    await page.getByTestId('seek-preview').waitFor({ state: 'detached' });
    await page.keyboard.press('End');
  });

  it('DVR4: is brought back to live by a button', async () => {
    const { page } = viewer;
    await page.keyboard.press('Home');
    const live = page.getByTestId('jump-to-live');
    await live.click();
    await says(viewer, /^Live$/);
    await live.waitFor({ state: 'detached' });
    await seesAge(viewer, (ageMs) => ageMs < 10_000);
  });

  it('DVR6: is paused by button and by key, and goes on from that picture', async () => {
    const { page } = viewer;
    const timeOf = (): Promise<number> => page.evaluate(() => document.querySelector('video')!.currentTime);
    const isState = (state: string) => page.locator(`[data-testid=player-state][data-state=${state}]`).waitFor();
    await page.getByTestId('player').hover();
    await page.getByTestId('player-pause').click();
    await isState('paused');
    const stoodAt = await timeOf();
    expect(await violationsOf(page)).toEqual([]);
    // Live goes on meanwhile, which the bar says. Who is hardly behind has caught up before it is seen.
    await says(viewer, /^([89]|1\d) seconds behind live$/);
    expect(await timeOf()).toBe(stoodAt);
    // The space bar would press the button, K is the player's wherever the focus is.
    await page.keyboard.press('k');
    await isState('behind-live');
    const wentOnAt = await timeOf();
    expect(wentOnAt).toBeGreaterThanOrEqual(stoodAt);
    expect(wentOnAt - stoodAt).toBeLessThan(3);
    await page.getByTestId('jump-to-live').click();
    await says(viewer, /^Live$/);
  });

  it('DVR4: is gone back in where the bar is let go, not on the way', async () => {
    const { page } = viewer;
    const { x, y, width, height } = (await bar(viewer).boundingBox())!;
    const timeOf = (): Promise<number> => page.evaluate(() => document.querySelector('video')!.currentTime);
    await page.mouse.move(x + width * 0.95, y + height / 2);
    await page.mouse.down();
    const before = await timeOf();
    await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 5 });
    await says(viewer, /seconds behind live$/);
    expect(await timeOf()).toBeGreaterThanOrEqual(before);
    await page.mouse.up();
    await seesAge(viewer, (ageMs) => ageMs > 15_000);
    expect(await timeOf()).toBeLessThan(before);
  });

  it('DVR4: is gone back in with a finger, and a touch of the bare picture only shows the bar', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await context.addInitScript({ content: barcodeReaderScript() });
    const page = await context.newPage();
    const phone: TestPage = { page, context, problems: [], log: [] };
    await joinRoom(phone, amphi.links.rooms['hls-viewer']!, 'Phoebe');
    await isPlaying(phone);
    const controls = page.getByTestId('player-controls');
    const isFaded = (): Promise<boolean> => controls.evaluate((element) => getComputedStyle(element).opacity === '0');
    await waitFor('the controls are gone', isFaded, 15_000);
    const { x, y, width, height } = (await bar(phone).boundingBox())!;
    expect(height).toBeGreaterThanOrEqual(44);
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await waitFor('the controls are back', async () => !(await isFaded()));
    await says(phone, /^Live$/);
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await says(phone, /behind live$/);
    await seesAge(phone, (ageMs) => ageMs > 15_000);
    // They go by themselves: on a busy machine before the picture of then has come.
    if (await isFaded()) await page.touchscreen.tap(x + width / 2, y + height / 2);
    await page.getByTestId('jump-to-live').tap();
    await says(phone, /^Live$/);
    await waitFor('the controls are gone again', isFaded, 15_000);
    await context.close();
  });

  it('nothing went wrong in the page', () => {
    expect(viewer.problems).toEqual([]);
  });
});

const bar = ({ page }: TestPage) => page.getByTestId('player-seek');
const keptBy = async (person: TestPage): Promise<number> => -Number(await bar(person).getAttribute('min'));
const isPlaying = ({ page }: TestPage): Promise<void> =>
  page.locator('[data-testid=player-state][data-state=playing]').waitFor({ state: 'attached', timeout: 60_000 });
const says = (person: TestPage, words: RegExp): Promise<void> =>
  expect.poll(() => bar(person).getAttribute('aria-valuetext'), { timeout: 15_000 }).toMatch(words);

/** Waits until the picture is as old as wanted, several times in a row: pictures of another time are still on their way. */
async function seesAge({ page }: TestPage, isWanted: (ageMs: number) => boolean): Promise<void> {
  let inRow = 0;
  await waitFor(
    'pictures of that age',
    async () => {
      const age = await page.evaluate(() => {
        const code = window.amphiTest.readBarcode(document.querySelector('video')!);
        return code === undefined ? undefined : ((Date.now() >>> 0) - code) | 0;
      });
      if (age !== undefined) inRow = isWanted(age) ? inRow + 1 : 0;
      return inRow >= 5;
    },
    30_000,
  );
}

/** How old what the thumbnail shows is, by the clock in the picture; undefined while there is none to be read. */
function ageOfThumbnail({ page }: TestPage): Promise<number | undefined> {
  return page.evaluate(async () => {
    const style = (document.querySelector('[data-testid=seek-thumbnail]') as HTMLElement | null)?.style;
    if (!style) return undefined;
    const image = new Image();
    image.src = /url\("?([^")]+)"?\)/.exec(style.backgroundImage)![1]!;
    await image.decode();
    const [left, top] = style.backgroundPosition.split(' ').map((offset) => -Number.parseFloat(offset));
    const [width, height] = [Number.parseFloat(style.width), Number.parseFloat(style.height)];
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')!.drawImage(image, left!, top!, width, height, 0, 0, width, height);
    // As much of a video as is looked at.
    const picture = Object.assign(canvas, { videoWidth: width, videoHeight: height });
    const code = window.amphiTest.readBarcode(picture as unknown as HTMLVideoElement);
    return code === undefined ? undefined : ((Date.now() >>> 0) - code) | 0;
  });
}

/** What the next stream is kept for: all of it, for those who have its signed address. */
async function keepStreams(rest: Rest): Promise<void> {
  const { data } = await rest<{ data: readonly { id: string }[] }>('GET', '/templates');
  const path = `/templates/${data[0]!.id}/destinations`;
  const destinations = await rest<{ hlsDestinations: Record<string, Record<string, unknown>> }>('GET', path);
  for (const destination of Object.values(destinations.hlsDestinations)) {
    Object.assign(destination, { playlistType: 'event', signedPlayback: true });
  }
  await rest('POST', path, destinations);
}

/** The stream that the viewer plays is shown by its signed address, which REST tells, and not by its id alone. */
async function isSigned(rest: Rest): Promise<void> {
  const { data } = await rest<{
    readonly data: readonly { readonly id: string; readonly playback: { readonly url: string } }[];
  }>('GET', '/live-streams?status=running');
  const { id, playback } = data[0]!;
  expect(playback.url).toMatch(new RegExp(`/hls/${id}/\\d{10}/[\\w-]{43}/master\\.m3u8$`));
  expect((await fetch(playback.url)).status).toBe(200);
  const open = await fetch(`${amphi.links.url}/hls/${id}/master.m3u8`);
  expect([open.status, await open.json()]).toMatchObject([403, { code: 403 }]);
}
