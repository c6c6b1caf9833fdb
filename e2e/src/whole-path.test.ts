import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript, pictureWatchScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, hearsTone, joinRoom, say, seesAdvancingBarcode, seesMessage } from './people.ts';

/** From the sign-in link of a fresh server to a stream that was watched, joined and ended: what a person does. */

const STAGE_VIDEO = '[data-testid=stage-tile] video';
const PLAYER_VIDEO = '[data-testid=player] video';
const BEEP_HZ = 1000;

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
let broadcaster: TestPage;
let viewer: TestPage;
const links = new Map<string, string>();

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = barcodeCameraScript({ width: 640, height: 360, toneHz: BEEP_HZ });
  owner = await openPage(browser);
  broadcaster = await openPage(browser, { initScripts: [camera, barcodeReaderScript()] });
  viewer = await openPage(browser, {
    initScripts: [
      barcodeCameraScript({ width: 640, height: 360, toneHz: 2000, hue: 120 }),
      barcodeReaderScript(),
      pictureWatchScript(),
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('signs in by the printed link and creates an app from the Live Streaming starter kit', async () => {
  const { page } = owner;
  await page.goto(amphi.links.dashboard);
  await page.getByTestId('skip-password').click();
  await page.getByTestId('create-app').first().click();
  await page.getByTestId('kit-live_streaming').click();
  await page.getByTestId('app-name').fill('Evening show');
  await page.getByTestId('app-subdomain').fill('evening-show');
  await page.getByTestId('opt-guests').click();
  await page.getByTestId('create-submit').click();
  for (const role of ['broadcaster', 'hls-viewer', 'viewer-on-stage']) {
    const link = page.getByTestId(`join-link-${role}`);
    await link.waitFor({ timeout: 10_000 });
    links.set(role, (await link.textContent())!.trim());
  }
  await expect.poll(() => page.getByTestId('destination-enabled').getAttribute('aria-checked')).toBe('true');
});

it('a viewer who comes before the start is told so', async () => {
  await joinRoom(viewer, links.get('hls-viewer')!, 'Vera');
  await viewer.page.locator('[data-testid=player-state][data-state=waiting]').waitFor({ timeout: 15_000 });
});

it('goes live from the browser, and the waiting viewer plays by itself, with sound and moving picture', async () => {
  await joinRoom(broadcaster, links.get('broadcaster')!, 'Bruno');
  await seesAdvancingBarcode(broadcaster, STAGE_VIDEO);
  await goLive(broadcaster);
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 30 });
  await hearsTone(viewer, PLAYER_VIDEO, BEEP_HZ);
  await waitFor('one viewer is counted', async () =>
    /^1(?!\d)/.test((await broadcaster.page.getByTestId('viewer-count').textContent()) ?? ''),
  );
});

it('the viewer has the keys people know, and numbers that are of this stream', async () => {
  const { page } = viewer;
  const sound = page.getByTestId('player-sound');
  const before = await sound.getAttribute('aria-pressed');
  await page.getByTestId('player').hover();
  await page.keyboard.press('m');
  await expect.poll(() => sound.getAttribute('aria-pressed')).not.toBe(before);
  await page.getByTestId('chat-input').click();
  await page.keyboard.type('m');
  expect(await page.getByTestId('chat-input').inputValue()).toBe('m');
  expect(await sound.getAttribute('aria-pressed')).not.toBe(before);
  await page.getByTestId('chat-input').fill('');
  await page.keyboard.press('Control+]');
  const numbers = page.getByTestId('player-stats');
  await numbers.getByText(/^.?\d+×\d+.?$/).waitFor({ timeout: 10_000 });
  await numbers
    .getByText(/Mbit\/s/)
    .first()
    .waitFor({ timeout: 10_000 });
  await page.keyboard.press('Control+]');
  await numbers.waitFor({ state: 'detached', timeout: 10_000 });
  await page.getByTestId('player').hover();
  await sound.click();
  await expect.poll(() => sound.getAttribute('aria-pressed')).toBe(before);
});

it('chats both ways', async () => {
  await say(broadcaster, 'Welcome to the show');
  await seesMessage(viewer, 'Welcome to the show');
  await say(viewer, 'Hello from the seats');
  await seesMessage(broadcaster, 'Hello from the seats');
});

it('brings the viewer on stage by one call, and back, while the stream goes on', async () => {
  await viewer.page.evaluate(() => window.amphiPicture.reset());
  await changeRole('Vera', 'viewer-on-stage');
  await viewer.page.getByTestId('invite-accept').click({ timeout: 10_000 });
  await viewer.page.getByTestId('mic-toggle').waitFor({ timeout: 15_000 });
  await waitFor('Vera sees the stage', async () => (await viewer.page.locator(STAGE_VIDEO).count()) >= 1);
  await turnOn(viewer, 'cam-toggle');
  await turnOn(viewer, 'mic-toggle');
  await waitFor(
    'two tiles at the broadcaster',
    async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) === 2,
    20_000,
  );
  await hearsTone(broadcaster, 'audio, video', 2000);

  await changeRole('Vera', 'hls-viewer');
  const invited = viewer.page.getByTestId('invite-accept');
  await waitFor('Vera is back in the audience', async () => {
    if (await invited.isVisible()) await invited.click();
    return (await viewer.page.locator(PLAYER_VIDEO).count()) === 1;
  });
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 10 });
  // The old picture stays until the first frame of the new one, both ways.
  const seen = await viewer.page.evaluate(() => ({ ...window.amphiPicture }));
  expect(seen.frames).toBeGreaterThan(10);
  expect(seen.longestDarkMs, seen.story.join('\n')).toBe(0);
  await waitFor('one tile at the broadcaster', async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) === 1);
});

it('ends the stream; the viewer is told', async () => {
  await broadcaster.page.getByTestId('end-stream').click();
  const confirm = broadcaster.page.getByTestId('end-stream-confirm');
  await confirm.click({ timeout: 5_000 }).catch(() => {});
  await viewer.page.locator('[data-testid=player-state][data-state=ended]').waitFor({ timeout: 30_000 });
  await broadcaster.page.getByTestId('go-live').waitFor({ timeout: 15_000 });
});

it('nothing went wrong in any page', () => {
  for (const person of [owner, broadcaster, viewer]) expect(person.problems).toEqual([]);
});

async function changeRole(name: string, role: string): Promise<void> {
  const { page } = broadcaster;
  const entry = page.getByTestId('participant').filter({ hasText: name });
  if (!(await entry.isVisible())) await page.getByTestId('participants-toggle').click();
  await entry.getByTestId('role-menu').click();
  await page.getByTestId(`role-option-${role}`).click();
}

async function turnOn(person: TestPage, control: string): Promise<void> {
  const button = person.page.getByTestId(control);
  if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click();
}
