import type { TemplateBody } from '@amphi/protocol';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom } from './people.ts';
import { developerOf } from './wire.ts';

/** A stream that is over, as its audience and its host see it again in the room. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
let grace: TestPage;
let managementToken: string;
let roomId: string;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  ({ managementToken } = await developerOf(amphi));
  const { data: rooms } = await rest<{ data: { id: string; template_id: string }[] }>('GET', '/rooms');
  const [room] = rooms;
  roomId = room!.id;
  const { destinations } = await rest<TemplateBody>('GET', `/templates/${room!.template_id}`);
  const recording = { hlsVod: true, viewerRoles: ['broadcaster', 'hls-viewer'] };
  const stream = { ...destinations.hlsDestinations.default, recording, alternate: {} };
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

async function rest<T>(method: 'GET' | 'POST', path: string, body: object = {}): Promise<T> {
  const answer = await fetch(`${amphi.links.local}/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${managementToken}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

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

it('STR26 REC29 REC30: a stream is watched in the picture that fits the window; when it is over it is offered where it was, and to who ran it', async () => {
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(grace, amphi.links.rooms['hls-viewer']!, 'Grace');
  await goLive(ada);
  await grace.page.locator('[data-testid=player-state][data-state=playing]').waitFor(PATIENCE);
  await watchesShape(grace, 9 / 16);
  await grace.page.setViewportSize({ width: 844, height: 390 });
  await watchesShape(grace, 16 / 9);
  await grace.page.setViewportSize({ width: 390, height: 844 });
  await watchesShape(grace, 9 / 16);
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
