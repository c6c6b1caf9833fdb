import { type ArrangeOptions, arrange, PICTURE_ALIGNMENT, type StageItem } from '@amphi/layout';
import {
  type AmphiServer,
  launchChromium,
  openPage,
  startAmphi,
  type TestPage,
  type TileArea,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, hearsTone, joinRoom, seesAdvancingBarcode } from './people.ts';
import { clockShares, expectClocksRun, type PictureSize, untilClocksRun } from './stream-judge.ts';
import { type RecordedSegment, segmentsFromNow } from './stream-recorder.ts';

/** What the dashboard lets the owner choose, and a shared screen, seen in the stream: upright, active speaker, screen. */

const WIDE = { width: 1280, height: 720 };
const UPRIGHT = { width: 720, height: 1280 };
/** A camera of one simulcast layer. */
const SMALL = { width: 320, height: 180, frameRate: 15 };
/** Of the shared tab; that of cameras is another one. */
const SLIDES_HZ = 3_000;
/** Half of the stream's size is enough to read a barcode. */
const SCALE = 0.5;
/** Between tiles; what the server composes with. */
const GAP = 8;

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
let broadcaster: TestPage;
let masterUrl: string;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium({ sharesTab: 'Slides' })]);
  owner = await openPage(browser);
  await owner.page.goto(amphi.links.dashboard);
  await owner.page.getByTestId('skip-password').click();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await owner.page.getByTestId('destination').waitFor();
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('a shared screen has the large tile, on stage and in the stream, and its sound is heard', async () => {
  await enter(SMALL);
  const slides = await openPage(browser, {
    initScripts: [barcodeCameraScript({ ...WIDE, toneHz: SLIDES_HZ, steadyTone: true })],
  });
  await slides.page.goto(`${amphi.links.url}/healthz`);
  await slides.page.evaluate(async () => {
    document.title = 'Slides';
    document.body.innerHTML = '<video autoplay style="position:fixed;inset:0;width:100vw;height:100vh"></video>';
    document.querySelector('video')!.srcObject = await navigator.mediaDevices.getUserMedia({
      video: true,
      audio: true,
    });
  });
  const watcher = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  await joinRoom(watcher, amphi.links.rooms['viewer-realtime']!, 'Vic');
  await broadcaster.page.getByTestId('screen-toggle').click();
  await seesAdvancingBarcode(watcher, '[data-testid=screen-tile] video');
  await hearsTone(watcher, 'audio', SLIDES_HZ);
  const [screen] = places(
    [
      { id: 'screen', kind: 'screen' },
      { id: 'bea', kind: 'person' },
    ],
    WIDE,
    { layout: 'grid' },
  );
  await startStream();
  await seenRunning(WIDE, screen!);

  await broadcaster.page.getByTestId('screen-toggle').click();
  await waitFor('the screen is gone', async () => (await watcher.page.getByTestId('screen-tile').count()) === 0);
  await endStream();
  await Promise.all([slides.context.close(), watcher.context.close()]);
});

it('9:16: an upright stream with the tile where the layout says', async () => {
  await choose('destination-aspect-9:16');
  await enter(SMALL);
  await startStream();
  await seenRunning(UPRIGHT, ...places([{ id: 'bea', kind: 'person' }], UPRIGHT, { layout: 'grid' }));
});

it('a small camera runs on when another one comes beside it', async () => {
  const guest = await openPage(browser, { initScripts: [barcodeCameraScript(SMALL)] });
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Gus');
  const people: StageItem[] = [
    { id: 'bea', kind: 'person' },
    { id: 'gus', kind: 'person' },
  ];
  const tiles = places(people, UPRIGHT, { layout: 'grid' });
  await seenRunning(UPRIGHT, ...tiles);
  await expectClocksRun(await lastSegments(UPRIGHT), halved(UPRIGHT), tiles);

  // Saved while it is live: whoever is large, the other one has the small tile, and the playlists go on.
  await choose('destination-layout-active_speaker');
  const [, small] = places(people, UPRIGHT, { layout: 'active_speaker' });
  await seenRunning(UPRIGHT, small!);
  await endStream();
  await guest.context.close();
});

it('active speaker: whoever speaks has the large tile', async () => {
  await choose('destination-aspect-16:9', 'destination-layout-active_speaker');
  const stage: StageItem[] = [
    { id: 'bea', kind: 'person' },
    { id: 'gus', kind: 'person' },
  ];
  const [main] = places(stage, WIDE, { layout: 'active_speaker', activeId: 'bea' });
  // Cameras of the large tile's shape are not cropped there. Gus's is off: where he is, no clock runs.
  const [across] = arrange(stage, WIDE, { ...COMMON, layout: 'active_speaker', activeId: 'bea' });
  const camera = { width: across!.width / 2, height: across!.height / 2 };
  await enter(camera);
  const guest = await openPage(browser, {
    initScripts: [barcodeCameraScript({ ...SMALL, steadyTone: true })],
  });
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Gus');
  await waitFor(
    'Bea sees Gus',
    async () => (await broadcaster.page.locator('[data-testid=stage-tile]').count()) === 2,
    20_000,
  );
  await turn(guest, 'cam-toggle', false);
  await turn(guest, 'mic-toggle', false);
  await startStream();
  await seenRunning(WIDE, main!);

  await turn(broadcaster, 'mic-toggle', false);
  await turn(guest, 'mic-toggle', true);
  await waitFor(
    'the large tile is not Bea any more',
    async () => {
      const [share] = await clockShares(await lastSegments(WIDE), halved(WIDE), [main!]);
      return share! < 0.1;
    },
    30_000,
  );
  await endStream();
  await guest.context.close();
});

it('STR27: in AV1 and Opus, too, which a browser that knows them plays in the full size', async () => {
  await choose('destination-layout-grid', 'destination-av1');
  await enter(SMALL);
  await goLive(broadcaster);
  const viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  const played = new Set<string>();
  viewer.page.on('request', (request) => {
    const rendition = /\/([\w-]+)\/(?:part|segment)[^/]*$/.exec(request.url())?.[1];
    if (rendition) played.add(rendition);
  });
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Ina');
  await seesAdvancingBarcode(viewer, 'video', { timeoutMs: 60_000 });
  expect([...played].filter((rendition) => !/^(?:av1-\d+|opus)$/.test(rendition))).toEqual([]);
  expect([...played]).toContain('opus');

  await chooseLevel(viewer, /^720p AV1 · /);
  await waitFor('the largest picture', () => played.has('av1-720'), 30_000);
  await waitFor(
    'it is shown',
    () => viewer.page.evaluate(() => document.querySelector('video')!.videoWidth === 1280),
    30_000,
  );
  await seesAdvancingBarcode(viewer, 'video', { timeoutMs: 60_000 });

  // Who wants what everything plays has it in the same menu.
  await chooseLevel(viewer, /^360p · /);
  await waitFor('H.264 and AAC', () => played.has('v360') && played.has('audio'), 30_000);
  await seesAdvancingBarcode(viewer, 'video', { timeoutMs: 60_000 });
  expect(viewer.problems).toEqual([]);
  await viewer.context.close();
  await endStream();
});

const COMMON = { tileAspectRatio: '16:9', gap: GAP, align: PICTURE_ALIGNMENT } as const;

/** Where the layout puts them, in the size that is judged. */
function places(
  items: readonly StageItem[],
  canvas: { width: number; height: number },
  options: Pick<ArrangeOptions, 'layout' | 'activeId'>,
): TileArea[] {
  return arrange(items, canvas, { ...COMMON, ...options }).map(({ x, y, width, height }) => ({
    x: x * SCALE,
    y: y * SCALE,
    width: width * SCALE,
    height: height * SCALE,
  }));
}

/** Chooses in the dashboard and saves. */
async function choose(...testIds: string[]): Promise<void> {
  for (const testId of testIds) await owner.page.getByTestId(testId).click();
  await owner.page.getByTestId('destination-save').click();
  await owner.page.getByTestId('destination-saved').waitFor();
}

async function turn(person: TestPage, toggle: 'cam-toggle' | 'mic-toggle', on: boolean): Promise<void> {
  const button = person.page.getByTestId(toggle);
  if ((await button.getAttribute('aria-pressed')) !== String(on)) await button.click();
  await waitFor(`${toggle} is ${on}`, async () => (await button.getAttribute('aria-pressed')) === String(on));
}

async function chooseLevel({ page }: TestPage, name: RegExp): Promise<void> {
  await page.getByTestId('player').hover();
  await page.getByTestId('player-options').click();
  await page.getByRole('menuitemradio', { name }).click();
  // It stays open while one chooses.
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
}

/** Bea joins on a page of her own. */
async function enter(camera: { width: number; height: number; frameRate?: number }): Promise<void> {
  broadcaster = await openPage(browser, { initScripts: [barcodeCameraScript(camera), barcodeReaderScript()] });
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bea');
}

/** Goes live and asks a viewer's page for the address of the playlist. */
async function startStream(): Promise<void> {
  await goLive(broadcaster);
  const viewer = await openPage(browser);
  const asked = viewer.page.waitForRequest((request) => /master\.m3u8/.test(request.url()));
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Ina');
  masterUrl = (await asked).url();
  await viewer.context.close();
}

async function endStream(): Promise<void> {
  await broadcaster.page.getByTestId('end-stream').click();
  const confirm = broadcaster.page.getByTestId('end-stream-confirm');
  await confirm.click({ timeout: 3_000 }).catch(() => {});
  await broadcaster.page.getByTestId('go-live').waitFor({ timeout: 20_000 });
  await broadcaster.context.close();
}

const lastSegments = (size: PictureSize): Promise<readonly RecordedSegment[]> => segmentsFromNow(masterUrl, size);

const halved = ({ width, height }: PictureSize): PictureSize => ({ width: width * SCALE, height: height * SCALE });

/** Waits until the stream shows clocks that run in these places of a canvas. */
function seenRunning(canvas: PictureSize, ...tiles: TileArea[]): Promise<void> {
  return untilClocksRun(() => lastSegments(canvas), halved(canvas), tiles);
}
