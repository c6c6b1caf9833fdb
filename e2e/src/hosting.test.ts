import { parseMultivariantPlaylist } from '@amphi/hls';
import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { nameless, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, joinRoom } from './people.ts';
import { clockShares, type PictureSize, untilClocksRun } from './stream-judge.ts';
import { type Enough, recordStream, segmentsFromNow } from './stream-recorder.ts';

/** What a host does with the stream from within the room: joins and goes live, and says how it is drawn. */

const PATIENCE = { timeout: 60_000 };
const DESK = { width: 1280, height: 860 };
const PHONE = { width: 320, height: 640 };
/** A camera of one simulcast layer. */
const SMALL = { width: 320, height: 180, frameRate: 15 };
const UPRIGHT: PictureSize = { width: 720, height: 1280 };
/** Half of the stream's size is enough to read a barcode. */
const SCALE = 0.5;

let amphi: AmphiServer;
let browser: Browser;
/** On stage, with a clock in her picture. */
let ada: TestPage;
/** A second host. */
let ben: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  ada = await openPage(browser, { ...DESK, initScripts: [barcodeCameraScript(SMALL)] });
  ben = await openPage(browser, DESK);
  for (const { page } of [ada, ben]) page.setDefaultTimeout(PATIENCE.timeout);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const by = ({ page }: TestPage, testId: string) => page.getByTestId(testId).first();

async function openPanel(host: TestPage): Promise<void> {
  await by(host, 'customise').click();
  await by(host, 'customise-panel').waitFor();
}

async function closePanel(host: TestPage): Promise<void> {
  await host.page.keyboard.press('Escape');
  await by(host, 'customise-panel').waitFor({ state: 'detached' });
}

/** Whether the picture in the panel is upright. */
const isPreviewUpright = async (host: TestPage): Promise<boolean> => {
  const box = await by(host, 'stage-picture').boundingBox();
  return box !== null && box.height > box.width;
};

it('STR24: before a stream, the panel says how it begins; others who may see it so, and those who may not have none', async () => {
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await openPanel(ada);
  expect(await isPreviewUpright(ada)).toBe(false);
  expect(await ada.page.getByTestId('stage-tile').filter({ hasText: 'Ada' }).count()).toBeGreaterThan(0);
  // By keyboard: to the shapes, and down to the second.
  await by(ada, 'customise-shape-16:9').focus();
  await ada.page.keyboard.press('ArrowDown');
  await waitFor('the picture is upright', () => isPreviewUpright(ada));
  await by(ada, 'customise-color').fill('#203040');
  await closePanel(ada);
  // The focus is where it was.
  expect(await ada.page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('customise');

  await joinRoom(ben, amphi.links.rooms.broadcaster!, 'Ben');
  await openPanel(ben);
  expect(await by(ben, 'customise-shape-9:16').isChecked()).toBe(true);
  await waitFor('what was typed last', async () => (await by(ben, 'customise-color').inputValue()) === '#203040');
  await by(ben, 'customise-layout-sidebar').click();
  await closePanel(ben);
  // Ada hears of it.
  await openPanel(ada);
  await waitFor('what Ben has said', () => by(ada, 'customise-layout-sidebar').isChecked());
  await closePanel(ada);
  await ben.context.close();
  const guest = await openPage(browser, DESK);
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Gus');
  await guest.page.getByTestId('stage-tile').first().waitFor(PATIENCE);
  expect(await guest.page.getByTestId('customise').count()).toBe(0);
  await guest.context.close();
});

let masterUrl: string;
const seen = () => segmentsFromNow(masterUrl, UPRIGHT);
const halved: PictureSize = { width: UPRIGHT.width * SCALE, height: UPRIGHT.height * SCALE };
/** Where Ada stands in a grid of her own. */
const places = arrange([{ id: 'ada', kind: 'person' }], UPRIGHT, {
  layout: 'grid',
  tileAspectRatio: '16:9',
  gap: 8,
  align: PICTURE_ALIGNMENT,
}).map(({ x, y, width, height }) => ({ x: x * SCALE, y: y * SCALE, width: width * SCALE, height: height * SCALE }));

/** What a viewer's player has shown. */
interface Shown {
  readonly at: number;
  readonly mediaTime: number;
  readonly width: number;
  readonly height: number;
}

/** From now on each picture that the page presents is noted. */
const noteShown = ({ page }: TestPage): Promise<void> =>
  page.evaluate(() => {
    const video = document.querySelector('video')!;
    const shown: Shown[] = [];
    Object.assign(window, { shown });
    const note: VideoFrameRequestCallback = (at, { mediaTime, width, height }) => {
      shown.push({ at, mediaTime, width, height });
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  });

const shownTo = ({ page }: TestPage): Promise<readonly Shown[]> =>
  page.evaluate(() => (window as unknown as { readonly shown: readonly Shown[] }).shown);

/** The stream takes another shape; its viewer plays on by herself. */
async function changeShape(viewer: TestPage, shape: '16:9' | '9:16'): Promise<void> {
  const isWide = shape === '16:9';
  const from = (await shownTo(viewer)).length;
  const isThere: Enough = (segments) => {
    const changedAt = segments.findIndex(({ discontinuity }) => discontinuity);
    return changedAt >= 0 && segments.length - changedAt > 1;
  };
  const recorded = recordStream(masterUrl, isThere);
  await by(ada, `customise-shape-${shape}`).click();
  await viewer.page.waitForFunction(
    (wide) => {
      const { videoWidth, videoHeight } = document.querySelector('video')!;
      return videoWidth > 0 && videoWidth > videoHeight === wide;
    },
    isWide,
    PATIENCE,
  );
  const changed = (await shownTo(viewer)).length;
  await waitFor('two more seconds of it', async () => (await shownTo(viewer)).length > changed + 60, PATIENCE.timeout);
  const shown = (await shownTo(viewer)).slice(from);
  const longest = (of: (one: Shown) => number) => Math.max(...shown.slice(1).map((one, i) => of(one) - of(shown[i]!)));
  const [pauseMs, leftOutMs] = [longest(({ at }) => at), longest(({ mediaTime }) => mediaTime * 1000)];
  console.log(
    `${shape}: a viewer's picture stood for ${pauseMs.toFixed(0)} ms, ${leftOutMs.toFixed(0)} ms were left out`,
  );
  // All of the stream is there to be played.
  for (const { segments, uri } of await recorded) {
    expect(
      segments.filter(({ discontinuity }) => discontinuity),
      uri,
    ).toHaveLength(1);
    for (const [i, { programDateTimeMs }] of segments.entries()) {
      const before = segments[i - 1];
      if (!before) continue;
      const hole = programDateTimeMs - before.programDateTimeMs - before.durationSeconds * 1000;
      expect(Math.abs(hole), `${uri} before ${segments[i]!.msn}`).toBeLessThan(30);
    }
  }
  const { variants } = parseMultivariantPlaylist(await (await fetch(masterUrl)).text());
  for (const { resolution } of variants) expect(resolution!.width > resolution!.height).toBe(isWide);
}

it('STR24 STR25 STR28: the stream is as was said, and changes while it runs, by shape as well; a break covers the stage until it is over', async () => {
  await by(ada, 'go-live').click();
  await by(ada, 'live-badge').waitFor();
  const viewer = await openPage(browser, DESK);
  const asked = viewer.page.waitForRequest((request) => /master\.m3u8/.test(request.url()), PATIENCE);
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Vera');
  masterUrl = (await asked).url();

  await openPanel(ada);
  await by(ada, 'customise-layout-grid').click();
  await viewer.page.waitForFunction(() => (document.querySelector('video')?.videoHeight ?? 0) > 0, undefined, PATIENCE);
  await noteShown(viewer);
  // STR28, there and back.
  await changeShape(viewer, '16:9');
  await changeShape(viewer, '9:16');
  await viewer.context.close();
  await untilClocksRun(seen, halved, places);

  await by(ada, 'customise-break').click();
  await by(ada, 'stage-picture').getByText('Please stand by').waitFor();
  const isCovered = async (): Promise<boolean> => {
    const [share] = await clockShares(await seen(), halved, places);
    return share! < 0.1;
  };
  await waitFor('the slate', isCovered, PATIENCE.timeout);
  await by(ada, 'customise-break').click();
  await untilClocksRun(seen, halved, places);

  // One that is on at the end is not there in the next stream.
  await by(ada, 'customise-break').click();
  await waitFor('the slate again', isCovered, PATIENCE.timeout);
  await closePanel(ada);
  await endStream(ada);
  await openPanel(ada);
  await waitFor('no break', async () => (await by(ada, 'customise-break').getAttribute('aria-checked')) === 'false');
  expect(await by(ada, 'customise-shape-9:16').isChecked()).toBe(true);
  await closePanel(ada);
});

it('the panel is fair to all, at any width', async () => {
  const { page } = ada;
  await openPanel(ada);
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violationsOf(page), `${size.width}, ${colorScheme}`).toEqual([]);
    }
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await nameless(page)).toEqual([]);
  }
  await page.setViewportSize(DESK);
  await closePanel(ada);
});

it('PRE9: whose layout says so goes live by joining, or joins only; others, and while one is live, just join', async () => {
  const preview = async (role: string): Promise<TestPage> => {
    const person = await openPage(browser, { width: 390, height: 844 });
    person.page.setDefaultTimeout(PATIENCE.timeout);
    await person.page.goto(amphi.links.rooms[role]!);
    await by(person, 'preview-join').waitFor();
    return person;
  };
  const [cleo, gus] = await Promise.all([preview('broadcaster'), preview('viewer-on-stage')]);
  expect(await gus.page.getByTestId('preview-go-live').count()).toBe(0);
  expect(await violationsOf(cleo.page)).toEqual([]);
  await by(cleo, 'preview-name').fill('Cleo');
  await by(cleo, 'preview-go-live').click();
  await Promise.all([by(cleo, 'live-badge').waitFor(), by(ada, 'live-badge').waitFor()]);

  const dora = await preview('broadcaster');
  expect(await dora.page.getByTestId('preview-go-live').count()).toBe(0);
  // It is over while she looks: the button is there.
  await endStream(ada);
  await by(dora, 'preview-go-live').waitFor();
  await by(dora, 'preview-name').fill('Dora');
  await by(dora, 'preview-join').click();
  await by(dora, 'go-live').waitFor();
  for (const { context } of [cleo, gus, dora]) await context.close();
});
