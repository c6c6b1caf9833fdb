import type { TemplateBody } from '@amphi/protocol';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom } from './people.ts';
import { type Rest, restOf } from './wire.ts';

/** A stream that is over, as its audience and its host see it again in the room. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let grace: TestPage;
let rest: Rest;
let roomId: string;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  rest = await restOf(amphi);
  const { data: rooms } = await rest<{ data: { id: string; template_id: string }[] }>('GET', '/rooms');
  const [room] = rooms;
  roomId = room!.id;
  const { destinations } = await rest<TemplateBody>('GET', `/templates/${room!.template_id}`);
  const recording = { hlsVod: true, viewerRoles: ['broadcaster', 'hls-viewer'] };
  const stream = {
    ...destinations.hlsDestinations.default,
    recording,
    alternate: {},
    playlistType: 'event' as const,
  };
  await rest('POST', `/templates/${room!.template_id}/destinations`, {
    ...destinations,
    hlsDestinations: { default: stream },
  });
  [ada, grace] = await Promise.all([openPage(browser), openPage(browser, { width: 390, height: 844 })]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** Opens what is offered, and waits until it plays. */
async function watchesIt({ page }: TestPage): Promise<void> {
  await page.getByTestId('watch-recording').click(PATIENCE);
  const video = page.getByTestId('recording-video');
  await video.waitFor(PATIENCE);
  await expect
    .poll(
      () =>
        video.evaluate((element: HTMLVideoElement) => ({
          hasMoved: element.currentTime > 0.5,
          isWhole: Number.isFinite(element.duration),
          hasPicture: element.videoWidth > 0,
        })),
      PATIENCE,
    )
    .toEqual({ hasMoved: true, isWhole: true, hasPicture: true });
}

/** Marks the element that plays, and counts the last pictures that stand before it from now on. */
function noteStills({ page }: TestPage): Promise<void> {
  return page.evaluate(() => {
    const player = document.querySelector<HTMLElement>('[data-testid=player]')!;
    player.querySelector('video')!.dataset.first = 'true';
    let stills = 0;
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) if (node instanceof HTMLCanvasElement) stills += 1;
      }
      player.dataset.stills = String(stills);
    }).observe(player, { childList: true, subtree: true });
  });
}

/** Waits until the stream plays in a picture of this shape, and shows one after the other. */
async function watchesShape({ page }: TestPage, ratio: number): Promise<void> {
  const video = page.locator('video').first();
  await expect
    .poll(
      () => video.evaluate((element: HTMLVideoElement) => (element.videoWidth / element.videoHeight).toFixed(2)),
      PATIENCE,
    )
    .toBe(ratio.toFixed(2));
  const before = await video.evaluate((element: HTMLVideoElement) => element.currentTime);
  await expect
    .poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime), PATIENCE)
    .toBeGreaterThan(before + 1);
}

/** DVR5: goes back as far as the stream is kept, turns the phone, and is as far back as before. */
async function staysWhereItWas(person: TestPage): Promise<void> {
  const { page } = person;
  const seek = page.getByTestId('player-seek');
  const behind = async (): Promise<number> => -Number(await seek.inputValue());
  const kept = async (): Promise<number> => -Number(await seek.getAttribute('min'));
  await expect.poll(kept, PATIENCE).toBeGreaterThan(20);
  await seek.press('Home');
  await expect.poll(behind, PATIENCE).toBeGreaterThan(20);
  await page.setViewportSize({ width: 844, height: 390 });
  await watchesShape(person, 16 / 9);
  // On a busy machine the other picture begins later: then as far back as it goes.
  await expect.poll(async () => (await behind()) - Math.min(18, await kept()), PATIENCE).toBeGreaterThan(-3);
  await seek.press('End');
  await expect.poll(() => seek.getAttribute('aria-valuetext'), PATIENCE).toBe('Live');
}

/** Notes for each time that something is to play whether it is in the page by then. */
const NOTE_PLAYS = `{
  window.plays = [];
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    window.plays.push(this.isConnected);
    return play.call(this);
  };
}`;

/**
 * PRE17: with the code that draws held back until the stream is asked for, the room comes, with one player and no more; it
 * plays where it is seen.
 */
async function isAskedForEarly(): Promise<void> {
  const { page, context } = await openPage(browser, { width: 390, height: 844, initScripts: [NOTE_PLAYS] });
  const isPlaylist = (url: string): boolean => /\.m3u8$/.test(new URL(url).pathname);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const stream = page.waitForRequest((request) => isPlaylist(request.url()), PATIENCE);
  await page.route(
    (url) => /\/room-assets\/assets\/page-[\w-]{8}\.js$/.test(url.pathname),
    async (route) => {
      await stream;
      await route.continue();
    },
  );
  await page.goto(`${amphi.links.rooms['hls-viewer']!}?name=Linus&skip_preview=true`);
  await page.locator('[data-testid=player-state][data-state=playing]').waitFor(PATIENCE);
  expect(await page.getByTestId('player').locator('video').count()).toBe(1);
  const plays = await page.evaluate<boolean[]>('plays');
  expect(plays).not.toEqual([]);
  expect(plays).not.toContain(false);
  const first = new URL((await stream).url()).pathname;
  expect(asked.filter((path) => path === first)).toHaveLength(1);
  await context.close();
}

it('STR26 PRE17 DVR5 REC29 REC30: a stream is watched in the picture that fits the window, also when it is turned, and from where one had gone back to; when it is over it is offered where it was, and to who ran it', async () => {
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(grace, amphi.links.rooms['hls-viewer']!, 'Grace');
  await goLive(ada);
  await grace.page.locator('[data-testid=player-state][data-state=playing]').waitFor(PATIENCE);
  await watchesShape(grace, 9 / 16);
  await noteStills(grace);
  await grace.page.setViewportSize({ width: 844, height: 390 });
  await watchesShape(grace, 16 / 9);
  await grace.page.setViewportSize({ width: 390, height: 844 });
  await watchesShape(grace, 9 / 16);
  const player = grace.page.getByTestId('player');
  // At one of two turns the player may just be seeking, and have no picture to keep.
  expect(['1', '2']).toContain(await player.getAttribute('data-stills'));
  expect(await player.locator('video[data-first]').count()).toBe(1);
  await player.getByTestId('handover-still').waitFor({ state: 'detached', ...PATIENCE });
  await isAskedForEarly();
  await staysWhereItWas(grace);
  expect(await grace.page.getByTestId('watch-recording').count()).toBe(0);
  expect(await ada.page.getByTestId('watch-recording').count()).toBe(0);
  await endStream(ada);
  await grace.page.locator('[data-testid=player-state][data-state=ended]').waitFor(PATIENCE);
  await watchesIt(grace);
  expect(await violationsOf(grace.page)).toEqual([]);
  await grace.page.keyboard.press('Escape');
  await grace.page.getByTestId('recording-video').waitFor({ state: 'detached' });
  await watchesIt(ada);
  await ada.page.keyboard.press('Escape');
  await ada.page.getByTestId('recording-video').waitFor({ state: 'detached' });
});

it('REC30: after a session that was ended it is offered to everyone who was there', async () => {
  await rest('POST', `/active-rooms/${roomId}/end-room`, { reason: 'closing time' });
  await grace.page.getByTestId('left-screen').waitFor(PATIENCE);
  await watchesIt(grace);
  await ada.page.getByTestId('left-screen').waitFor(PATIENCE);
  await ada.page.getByTestId('watch-recording').waitFor(PATIENCE);
  expect(await violationsOf(ada.page)).toEqual([]);
});
