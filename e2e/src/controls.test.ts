import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { nameless, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinRoom, openChat, say, seesMessage } from './people.ts';

/** What is small and always at hand: each control does what it says, in the room and at the stream, on the least and the largest display. */

const PATIENCE = { timeout: 60_000 };
const DESK = { width: 1280, height: 860 };
/** Of a watch-sized window, and of a wall. */
const LEAST = { width: 320, height: 568 };
const LARGEST = { width: 3840, height: 2160 };
const VIDEO = '[data-testid=player] video';
/** So long a tab is asleep: the player's buffer and the server's patience with a silent socket have run out by then. */
const SLEEP_MS = 25_000;

let amphi: AmphiServer;
let browser: Browser;
/** Broadcasts, and never stops talking. */
let ada: TestPage;
/** On stage as well, silent at first. */
let gus: TestPage;
/** Watches the stream. */
let vera: TestPage;
/** Watches the stream, and gets none. */
let nora: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = { width: 640, height: 360, frameRate: 15 };
  ada = await openPage(browser, { ...DESK, initScripts: [barcodeCameraScript({ ...camera, steadyTone: true })] });
  gus = await openPage(browser, { ...DESK, initScripts: [barcodeCameraScript({ ...camera, hue: 120 })] });
  vera = await openPage(browser, DESK);
  nora = await openPage(browser, DESK);
  for (const { page } of [ada, gus, vera, nora]) page.setDefaultTimeout(PATIENCE.timeout);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const link = (role: string): string => amphi.links.rooms[role]!;
const by = ({ page }: TestPage, testId: string) => page.getByTestId(testId).first();
const inState = ({ page }: TestPage, state: string) => page.locator(`[data-testid=player-state][data-state=${state}]`);
/** The controls of the player go away by themselves: whoever wants one moves the mouse, once more where it took long. */
async function press(viewer: TestPage, testId: string): Promise<void> {
  let tries = 0;
  await waitFor(
    testId,
    async () => {
      tries++;
      await by(viewer, 'player').hover({ position: { x: 200 + 10 * (tries % 2), y: 200 } });
      return by(viewer, testId)
        .click({ timeout: 3_000, noWaitAfter: true })
        .then(
          () => true,
          () => false,
        );
    },
    PATIENCE.timeout,
  );
}

/** Resolves once the control is there, for however short a time. */
const isSeen = ({ page }: TestPage, testId: string): Promise<void> =>
  page.evaluate(
    (selector) =>
      new Promise<void>((resolve) => {
        new MutationObserver((_, observer) => {
          if (!document.querySelector(selector)) return;
          observer.disconnect();
          resolve();
        }).observe(document.body, { subtree: true, childList: true });
      }),
    `[data-testid=${testId}]`,
  );
const isPlaying = (viewer: TestPage) => inState(viewer, 'playing').waitFor({ state: 'attached' });

it('STG43: the level of the own voice is seen before one joins, and a ring around who speaks', async () => {
  await ada.page.goto(link('broadcaster'));
  const level = by(ada, 'microphone-level');
  await waitFor('a level', async () => ((await level.boundingBox())?.width ?? 0) > 10, PATIENCE.timeout);
  await by(ada, 'mic-toggle').click();
  await waitFor('none', async () => ((await level.boundingBox())?.width ?? 0) === 0, PATIENCE.timeout);
  await by(ada, 'mic-toggle').click();
  await by(ada, 'preview-name').fill('Ada');
  await by(ada, 'preview-join').click();
  await joinRoom(gus, link('viewer-on-stage'), 'Gus');
  const adaAtGus = gus.page.locator('[data-testid=stage-tile][data-local=false]');
  await gus.page.locator('[data-testid=stage-tile][data-local=false][data-speaking=true]').waitFor();
  expect(await adaAtGus.evaluate((tile) => getComputedStyle(tile).outlineColor)).not.toBe('rgba(0, 0, 0, 0)');
  await by(ada, 'mic-toggle').click();
  await gus.page.locator('[data-testid=stage-tile][data-local=false][data-speaking=false]').waitFor();
  await by(ada, 'mic-toggle').click();
});

it('STG43: going live and ending says that it is on its way, until it is so', async () => {
  // Nothing of a stream comes to Nora.
  await nora.page.route(/\/(live|hls)\/.*\.m3u8/, (route) => route.fulfill({ status: 503 }));
  await joinRoom(nora, link('hls-viewer'), 'Nora');
  await joinRoom(vera, link('hls-viewer'), 'Vera');
  await inState(vera, 'waiting').waitFor();
  const starting = isSeen(ada, 'go-live-starting');
  await by(ada, 'go-live').click();
  await starting;
  await by(ada, 'live-badge').waitFor();
  await isPlaying(vera);
  await waitFor(
    'both viewers are counted',
    async () => /2/.test((await by(ada, 'viewer-count').textContent()) ?? ''),
    PATIENCE.timeout,
  );
});

it('STG43: sound, picture-in-picture and quality of the stream are as they are set', async () => {
  const { page } = vera;
  const video = () =>
    page.locator(VIDEO).evaluate((element: HTMLVideoElement) => ({
      isMuted: element.muted,
      volume: element.volume,
      height: element.videoHeight,
      isOut: document.pictureInPictureElement === element,
    }));
  await by(vera, 'player').hover();
  const slider = by(vera, 'player-controls').getByRole('slider');
  await slider.focus();
  await page.keyboard.press('Home');
  await waitFor('silence', async () => (await video()).volume === 0);
  await page.keyboard.press('ArrowRight');
  await waitFor('a little', async () => Math.abs((await video()).volume - 0.05) < 1e-6);
  await press(vera, 'player-sound');
  expect((await video()).isMuted).toBe(true);
  expect(await by(vera, 'player-sound').getAttribute('aria-pressed')).toBe('false');
  await page.keyboard.press('m');
  await waitFor('sound again', async () => !(await video()).isMuted);

  await press(vera, 'player-pip');
  await waitFor('a small window', async () => (await video()).isOut);
  await page.locator('[data-testid=player-pip][aria-pressed=true]').waitFor();
  await press(vera, 'player-pip');
  await waitFor('none', async () => !(await video()).isOut);

  await press(vera, 'player-options');
  const levels = page.getByRole('menuitemradio');
  // The first leaves it to the player, and the menu stays for another choice.
  for (const level of [levels.last(), levels.nth(1)]) {
    const lines = Number(/^(\d+)p/.exec((await level.textContent()) ?? '')?.[1]);
    await level.click();
    await waitFor(`${lines} lines`, async () => (await video()).height === lines, PATIENCE.timeout);
  }
  await page.keyboard.press('Escape');
});

it('STG43: a message has its addresses to be opened, is copied, and is for one role where that is said', async () => {
  await say(ada, 'Slides: https://example.org/slides?a=1&b=2, later');
  await seesMessage(vera, 'Slides');
  const address = vera.page.getByTestId('chat-text').getByRole('link');
  expect(await address.getAttribute('href')).toBe('https://example.org/slides?a=1&b=2');
  expect(await address.getAttribute('rel')).toContain('noopener');
  await vera.page.getByTestId('chat-message').filter({ hasText: 'Slides' }).hover();
  await by(vera, 'message-menu').click();
  await by(vera, 'message-copy').click();
  await waitFor('the copy', async () => {
    const text = await vera.page.evaluate(() => navigator.clipboard.readText());
    return text === 'Slides: https://example.org/slides?a=1&b=2, later';
  });

  await by(ada, 'chat-recipients').click();
  await ada.page
    .getByTestId('chat-recipient')
    .filter({ hasText: /^viewer-on-stage$/ })
    .click();
  await say(ada, 'Only for the stage');
  await seesMessage(gus, 'Only for the stage');
  await by(ada, 'chat-recipients').click();
  await by(ada, 'chat-recipient').click();
  await say(ada, 'For all again');
  await seesMessage(vera, 'For all again');
  expect(await vera.page.getByTestId('chat-message').filter({ hasText: 'Only for the stage' }).count()).toBe(0);
});

it('STG43: a poll of several answers, without names, is asked, answered, counted for all and closed', async () => {
  await by(ada, 'polls-toggle').click();
  await by(ada, 'poll-new').click();
  await by(ada, 'poll-title').fill('What next?');
  await by(ada, 'poll-question-text').fill('Which topics?');
  await ada.page.getByRole('form').getByRole('combobox').nth(1).selectOption('multiple-choice');
  const options = ada.page.getByTestId('poll-option-text');
  await options.nth(0).fill('Codecs');
  await options.nth(1).fill('Networks');
  await ada.page.getByRole('form').getByRole('checkbox').click();
  await by(ada, 'poll-launch').click();
  for (const [person, chosen] of [
    [gus, [0, 1]],
    [vera, [1]],
  ] as const) {
    // It is told of, and what tells of it hides no control.
    await person.page.getByText('What next?').first().waitFor();
    if (person === gus) await person.page.screenshot({ path: '/tmp/toast.png' });
    await by(person, 'polls-toggle').click();
    for (const option of chosen) await person.page.getByTestId('poll-option').nth(option).check();
    await by(person, 'poll-answer').click();
  }
  // Who has asked sees how it stands without a vote of their own.
  const votes = ada.page.getByTestId('poll-votes');
  await expect.poll(() => votes.allTextContents(), PATIENCE).toEqual(['1 · 50%', '2 · 100%']);
  expect(await by(ada, 'poll-voters').textContent()).toBe('2 answers');
  await by(ada, 'poll-stop').click();
  for (const { page } of [gus, vera]) await page.locator('[data-testid=poll][data-status=stopped]').waitFor();
});

it('STG43: where no stream comes the player says so after half a minute, and plays when it is asked to try again', async () => {
  await inState(nora, 'failed').waitFor();
  await nora.page.unrouteAll();
  await by(nora, 'player-retry').click();
  await isPlaying(nora);
});

it('STG43: a tab that was asleep is in the room, and live, when it is looked at again', async () => {
  const session = await vera.context.newCDPSession(vera.page);
  await openChat(vera);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  const since = Date.now();
  await openChat(ada);
  await say(ada, 'While you slept');
  await waitFor('it has slept', () => Date.now() - since > SLEEP_MS, 2 * SLEEP_MS);
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await seesMessage(vera, 'While you slept');
  await isPlaying(vera);
  const behind = () =>
    vera.page.locator(VIDEO).evaluate((video: HTMLVideoElement) => {
      const { seekable, currentTime } = video;
      return seekable.length > 0 ? seekable.end(seekable.length - 1) - currentTime : Number.POSITIVE_INFINITY;
    });
  await waitFor('the live picture', async () => (await behind()) < 6, PATIENCE.timeout);
  await say(vera, 'I am awake');
  await seesMessage(ada, 'I am awake');
});

it.each([
  ['the least', LEAST],
  ['the largest', LARGEST],
])('STG43: everything is there and nothing is cut on %s display', async (_, size) => {
  for (const person of [ada, gus, vera]) {
    const { page } = person;
    const fits = async (where: string): Promise<void> => {
      expect(await widerThanWindow(page), where).toEqual([]);
      expect(await nameless(page), where).toEqual([]);
    };
    await page.setViewportSize(size);
    await fits('as it was');
    for (const pane of ['chat', 'participants', 'polls']) {
      if (!(await page.getByTestId(`${pane}-toggle`).isVisible())) continue;
      await by(person, `${pane}-toggle`).click();
      await fits(pane);
    }
    await page.setViewportSize(DESK);
  }
});

it('STG43: ending says so until it is over', async () => {
  const stopping = isSeen(ada, 'end-stream-stopping');
  await by(ada, 'end-stream').click();
  await by(ada, 'end-stream-confirm').click();
  await stopping;
  await by(ada, 'go-live').waitFor();
});
