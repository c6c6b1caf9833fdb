import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';

/** Another background, as others see it. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let bruno: TestPage;
let ada: TestPage | undefined;

/** A camera before which nobody sits, of orange stripes that move. */
const devices = `
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const context = canvas.getContext('2d');
  let at = 0;
  setInterval(() => {
    at += 1;
    for (let x = 0; x < 320; x += 16) {
      context.fillStyle = (x / 16 + at) % 2 ? 'rgb(255, 140, 0)' : 'rgb(60, 20, 0)';
      context.fillRect(x, 0, 16, 180);
    }
  }, 66);
  const genuine = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => (wish.video ? canvas.captureStream(15) : genuine(wish));
`;

/** As in browsers that give no pictures by themselves. */
const withoutStreams = 'delete window.MediaStreamTrackProcessor;';

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  bruno = await openPage(browser);
  await joinRoom(bruno, amphi.links.rooms['viewer-on-stage']!, 'Bruno');
});

afterEach(async () => {
  await ada?.context.close();
  ada = undefined;
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

async function preview(...scripts: string[]): Promise<TestPage> {
  ada = await openPage(browser, { initScripts: [devices, ...scripts] });
  await ada.page.goto(amphi.links.rooms.broadcaster!);
  await ada.page.getByTestId('preview-name').waitFor(PATIENCE);
  return ada;
}

async function enter({ page }: TestPage): Promise<void> {
  await page.getByTestId('preview-name').fill('Ada');
  await page.getByTestId('preview-join').click();
  await page.getByTestId('stage').waitFor(PATIENCE);
}

const OTHERS = '[data-testid=stage-tile][data-local=false] video';

/** What a line through the middle of a picture is like: its mean colour, and how far neighbours on it are apart. */
type Look = { readonly red: number; readonly green: number; readonly blue: number; readonly contrast: number };

function lookOf({ page }: TestPage, selector: string): Promise<Look | undefined> {
  return page.evaluate((selector) => {
    const video = document.querySelector<HTMLVideoElement>(selector);
    if (!video || video.videoWidth === 0) return undefined;
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 90 });
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 160, 90);
    const { data } = context.getImageData(0, 45, 160, 1);
    const sum = { red: 0, green: 0, blue: 0, contrast: 0 };
    for (let x = 0; x < 160; x += 1) {
      sum.red += data[4 * x]! / 160;
      sum.green += data[4 * x + 1]! / 160;
      sum.blue += data[4 * x + 2]! / 160;
      if (x >= 8) sum.contrast += Math.abs(data[4 * x]! - data[4 * (x - 8)]!) / 152;
    }
    return sum;
  }, selector);
}

const isStriped = (look: Look | undefined) => look !== undefined && look.red > look.blue + 60 && look.contrast > 60;
const isBlurred = (look: Look | undefined) => look !== undefined && look.red > look.blue + 60 && look.contrast < 25;
const isSlate = (look: Look | undefined) => look !== undefined && look.red < 100 && look.blue > look.red + 5;

async function sees(person: TestPage, selector: string, is: (look: Look | undefined) => boolean): Promise<void> {
  // What it looked like last stands in the message.
  await expect
    .poll(async () => (is(await lookOf(person, selector)) ? 'so' : lookOf(person, selector)), PATIENCE)
    .toBe('so');
}

/**
 * Waits until so many more pictures have come. A machine that makes one in a second or two is slow enough for the picture
 * to be taken away between them, so that it comes in one element after another.
 */
async function advances({ page }: TestPage, selector: string, frames: number): Promise<void> {
  await page.evaluate((selector) => {
    const store = window as unknown as Counting;
    store.counting = { seen: 0, from: document.querySelector(selector), count: undefined };
  }, selector);
  await page.waitForFunction(
    ({ selector, frames }) => {
      const { counting } = window as unknown as Counting;
      const video = document.querySelector<HTMLVideoElement>(selector);
      const count = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
      // What an element has shown before the first look does not count.
      const before = video === counting.from ? (counting.count ?? count) : 0;
      counting.seen += Math.max(0, count - before);
      Object.assign(counting, { from: video, count });
      return counting.seen >= frames;
    },
    { selector, frames },
    PATIENCE,
  );
}

type Counting = { counting: { seen: number; from: Element | null; count: number | undefined } };

it('EFF1, EFF2, EFF3: a background is chosen before the room, seen by others, changed in it, and remembered', async () => {
  const ada = await preview();
  const { page } = ada;
  await sees(ada, 'video', isStriped);
  await page.getByTestId('background-select').selectOption('slate');
  await sees(ada, 'video', isSlate);
  expect(await violationsOf(page)).toEqual([]);
  await enter(ada);
  await sees(bruno, OTHERS, isSlate);
  await advances(bruno, OTHERS, 10);

  await page.getByTestId('settings').click();
  await page.getByTestId('background-select').selectOption('blur');
  await sees(bruno, OTHERS, isBlurred);
  await advances(bruno, OTHERS, 10);
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press('Escape');
  // Off and on again it is the same.
  await page.getByTestId('cam-toggle').click();
  await page.locator('[data-testid=cam-toggle][data-status=off]').waitFor(PATIENCE);
  await page.getByTestId('cam-toggle').click();
  await sees(bruno, OTHERS, isBlurred);
  await advances(bruno, OTHERS, 10);

  await page.reload();
  await page.getByTestId('preview-name').waitFor(PATIENCE);
  await sees(ada, 'video', isBlurred);
  expect(await page.getByTestId('background-select').inputValue()).toBe('blur');
  await page.getByTestId('background-select').selectOption('none');
  await sees(ada, 'video', isStriped);
  expect(ada.problems).toEqual([]);
});

it('EFF2: a picture of one’s own is the background, also where the browser gives no pictures by itself', async () => {
  const ada = await preview(withoutStreams);
  const { page } = ada;
  await sees(ada, 'video', isStriped);
  const slate = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'rgb(40, 50, 70)';
    context.fillRect(0, 0, 64, 64);
    return canvas.toDataURL('image/png').split(',')[1]!;
  });
  const wall = { name: 'wall.png', mimeType: 'image/png', buffer: Buffer.from(slate, 'base64') };
  await page.getByTestId('background-file').setInputFiles(wall);
  await sees(ada, 'video', isSlate);
  expect(await page.getByTestId('background-select').inputValue()).toBe('picture');
  await enter(ada);
  await sees(bruno, OTHERS, isSlate);
  await advances(bruno, OTHERS, 10);
  expect(ada.problems).toEqual([]);
});

it('EFF4: where it does not work, it is said, the camera stays off, and works without', async () => {
  const ada = await preview();
  const { page } = ada;
  await sees(ada, 'video', isStriped);
  await page.route('**/*.wasm', (route) => route.abort());
  await page.getByTestId('background-select').selectOption('blur');
  await page.getByTestId('effect-error').waitFor(PATIENCE);
  expect(await page.getByTestId('background-select').inputValue()).toBe('none');
  expect(await page.getByTestId('cam-toggle').getAttribute('data-status')).toBe('off');
  await page.getByTestId('cam-toggle').click();
  await sees(ada, 'video', isStriped);
});
