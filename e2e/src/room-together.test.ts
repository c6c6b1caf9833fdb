import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom, openChat } from './people.ts';
import { type Rest, restOf } from './wire.ts';

/** What people in a room do together besides talking: hands, muting, polls, ending. By keyboard where that is the point. */

const PATIENCE = { timeout: 15_000 };
/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.PICTURES_DIR;

/** Timers of minutes wait until they are asked for: `runLongTimers`. */
const LONG_TIMERS = `(() => {
  const { setTimeout } = window;
  const long = [];
  window.setTimeout = (run, ms, ...rest) => (ms >= 240_000 ? long.push(run) : setTimeout(run, ms, ...rest));
  window.runLongTimers = () => { for (const run of long.splice(0)) run(); };
})()`;

let amphi: AmphiServer;
let browser: Browser;
let bruno: TestPage;
let vera: TestPage;
/** Another host, who comes later. */
let lea: TestPage;
let rest: Rest;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  rest = await restOf(amphi);
  await keepChat();
  const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 15 });
  bruno = await openPage(browser, { initScripts: [camera] });
  vera = await openPage(browser, { width: 390, height: 844, initScripts: [camera, LONG_TIMERS] });
  await joinRoom(bruno, amphi.links.rooms.broadcaster!, 'Bruno');
  await joinRoom(vera, amphi.links.rooms['hls-viewer']!, 'Vera');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** The template says that the chat is kept. */
async function keepChat(): Promise<void> {
  const templates = await rest<{ data: readonly { id: string; settings: object }[] }>('GET', '/templates');
  for (const { id, settings } of templates.data) {
    await rest('POST', `/templates/${id}/settings`, { ...settings, chatHistory: { enabled: true } });
  }
}

async function latecomer(name: string): Promise<TestPage> {
  const person = await openPage(browser);
  await joinRoom(person, amphi.links.rooms['hls-viewer']!, name);
  await openChat(person);
  return person;
}

async function picture(name: string): Promise<void> {
  if (PICTURES === undefined) return;
  for (const [who, { page }] of Object.entries({ bruno, vera })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${PICTURES}/${name}-${who}-${colorScheme}.png`, animations: 'disabled' });
    }
  }
}

it('the speaker is chosen and tried, and is the same after a change of mind', async () => {
  const { page } = bruno;
  await page.getByTestId('settings').click();
  const test = page.getByTestId('speaker-test');
  const choice = page.getByTestId('speaker-select');
  // The browser tells their ids a moment after it was asked.
  const speakers = choice.locator('option');
  await expect.poll(() => speakers.count(), PATIENCE).toBeGreaterThan(1);
  await choice.selectOption({ index: (await speakers.count()) - 1 });
  // Shown as chosen once the sound goes there.
  await expect.poll(() => choice.inputValue(), PATIENCE).not.toBe('');
  const chosen = await choice.inputValue();
  await test.click();
  await page.getByText('Playing…').waitFor(PATIENCE);
  await picture('speaker');
  await test.getByText('Test sound').waitFor(PATIENCE);
  expect(await choice.inputValue()).toBe(chosen);
  await choice.selectOption('');
  await page.keyboard.press('Escape');
});

it('a quiz: made by the host, answered on a phone by keyboard, counted live, with a leaderboard at its end', async () => {
  await bruno.page.getByTestId('polls-toggle').click();
  await bruno.page.getByTestId('poll-new').click();
  await bruno.page.getByTestId('poll-kind').selectOption('quiz');
  await bruno.page.getByTestId('poll-title').fill('Capitals');
  await bruno.page.getByTestId('poll-question-text').fill('Of France?');
  await bruno.page.getByTestId('poll-option-text').nth(0).fill('Lyon');
  await bruno.page.getByTestId('poll-option-text').nth(1).fill('Paris');
  expect(await bruno.page.getByTestId('poll-launch').isDisabled()).toBe(true);
  await bruno.page.getByTestId('poll-correct').nth(1).check();
  await picture('poll-form');
  await bruno.page.getByTestId('poll-launch').click();

  await vera.page.getByText('Quiz: ').first().waitFor(PATIENCE);
  await picture('poll-toast');
  await vera.page.getByRole('button', { name: 'Answer', exact: true }).click();
  const option = vera.page.getByTestId('poll-option').nth(0);
  await option.focus();
  await vera.page.keyboard.press('ArrowDown');
  await picture('poll-open');
  await vera.page.keyboard.press('Enter');
  await vera.page.getByTestId('poll-result').waitFor(PATIENCE);
  await bruno.page.getByTestId('poll-voters').getByText('1 answer').waitFor(PATIENCE);

  await bruno.page.getByTestId('poll-stop').click();
  await vera.page
    .locator('[data-testid=poll][data-status=stopped]')
    .getByText('right', { exact: true })
    .waitFor(PATIENCE);
  await vera.page.getByTestId('poll-leaders').click();
  await vera.page.getByTestId('leaderboard').getByText('Vera').waitFor(PATIENCE);
  await picture('poll-closed');
});

it('chat: answered privately, pinned, hidden, blocked and paused, as everyone sees it', async () => {
  await bruno.page.getByTestId('chat-toggle').click();
  await vera.page.getByTestId('tab-chat').click();
  const say = async ({ page }: TestPage, text: string): Promise<void> => {
    await page.getByTestId('chat-input').fill(text);
    await page.getByTestId('chat-send').click();
  };
  const row = ({ page }: TestPage, text: string) => page.getByTestId('chat-message').filter({ hasText: text });
  const act = async (who: TestPage, text: string, item: string): Promise<void> => {
    await row(who, text).getByTestId('message-menu').focus();
    await who.page.keyboard.press('Enter');
    await who.page.getByTestId(item).click();
  };
  await say(vera, 'Where do we meet?');
  await act(bruno, 'Where do we meet?', 'message-answer');
  await say(bruno, 'Only you: at six');
  await row(vera, 'Only you').getByText('privately to you').waitFor(PATIENCE);
  await row(bruno, 'Only you')
    .getByText(/privately to .Vera/)
    .waitFor(PATIENCE);
  await bruno.page.getByTestId('chat-recipients').click();
  await picture('chat-recipients');
  await bruno.page.getByTestId('chat-recipient').filter({ hasText: 'Everyone' }).click();

  await act(bruno, 'Where do we meet?', 'message-pin');
  await vera.page.getByTestId('chat-pinned').getByText('Vera: Where do we meet?').waitFor(PATIENCE);
  await row(bruno, 'Where do we meet?').getByTestId('message-menu').click();
  await picture('chat-pinned');
  await bruno.page.keyboard.press('Escape');
  await act(bruno, 'Where do we meet?', 'message-hide');
  await row(vera, 'Where do we meet?').waitFor({ state: 'detached', ...PATIENCE });
  await vera.page.getByTestId('chat-pinned').waitFor({ state: 'detached', ...PATIENCE });

  await bruno.page.getByTestId('chat-switch').click();
  await vera.page.locator('[data-testid=chat-off][data-silence=paused]').getByText('Bruno').waitFor(PATIENCE);
  await picture('chat-paused');
  await say(bruno, 'Hosts still write');
  await row(vera, 'Hosts still write').waitFor(PATIENCE);
  await bruno.page.getByTestId('chat-switch').click();
  await say(vera, 'And so do I');
  await act(bruno, 'And so do I', 'message-block');
  await vera.page.locator('[data-testid=chat-off][data-silence=blocked]').waitFor(PATIENCE);
  await act(bruno, 'And so do I', 'message-block');
  await say(vera, 'Back again');
  await row(bruno, 'Back again').waitFor(PATIENCE);
});

it('who comes later reads what was said, as far as it was meant for them, and pages back to its beginning', async () => {
  const { page } = await latecomer('Nora');
  const texts = page.getByTestId('chat-text');
  await expect
    .poll(() => texts.allTextContents(), PATIENCE)
    .toEqual(['Hosts still write', 'And so do I', 'Back again']);
  expect(await page.getByTestId('chat-earlier').count()).toBe(0);
  await page.close();

  const rooms = await rest<{ data: readonly { id: string }[] }>('GET', '/rooms');
  const roomId = rooms.data[0]!.id;
  for (let i = 1; i <= 60; i++) {
    await rest('POST', `/active-rooms/${roomId}/send-message`, { message: `Line ${i}`, type: 'chat' });
  }
  const late = await latecomer('Ole');
  const lines = late.page.getByTestId('chat-text');
  await expect.poll(() => lines.count(), PATIENCE).toBe(50);
  expect(await lines.first().textContent()).toBe('Line 11');
  const list = late.page.getByTestId('chat-list');
  await list.evaluate((element) => {
    element.scrollTop = 0;
  });
  const topOf = async () => (await lines.filter({ hasText: /^Line 11$/ }).boundingBox())?.y ?? 0;
  const before = await topOf();
  await late.page.getByTestId('chat-earlier').click();
  await expect.poll(() => lines.count(), PATIENCE).toBe(63);
  // What was read stays where it was, but for the height of the button that is gone.
  expect(Math.abs((await topOf()) - before)).toBeLessThan(60);
  expect(await lines.first().textContent()).toBe('Hosts still write');
  await late.page.getByTestId('chat-earlier').waitFor({ state: 'detached', ...PATIENCE });
  await late.page.close();
});

it('reactions fly over the picture of everyone, and land', async () => {
  await vera.page.getByTestId('reactions-open').click();
  await vera.page.getByTestId('reaction-clap').click();
  await vera.page.getByTestId('reaction-fire').click();
  await bruno.page.getByTestId('reaction').filter({ hasText: '🔥' }).getByText('Vera').waitFor(PATIENCE);
  await vera.page.getByTestId('reaction').getByText('You').first().waitFor(PATIENCE);
  await picture('reactions');
  await vera.page.keyboard.press('Escape');
  for (const { page } of [vera, bruno]) {
    await expect.poll(() => page.getByTestId('reaction').count(), PATIENCE).toBe(0);
  }
});

it('STG19: a viewer raises the hand; the host sees it and brings them on stage, where the hand can be taken down', async () => {
  await vera.page.getByTestId('hand-toggle').click();
  await expect.poll(() => vera.page.getByTestId('hand-toggle').getAttribute('aria-pressed'), PATIENCE).toBe('true');
  await bruno.page.getByText('raised a hand').first().waitFor(PATIENCE);
  await picture('hand-toast');
  lea = await openPage(browser);
  await joinRoom(lea, amphi.links.rooms.broadcaster!, 'Lea');
  await lea.page.getByTestId('participants-toggle').click();
  await lea.page.getByTestId('raised-hands').getByText('Vera').waitFor(PATIENCE);
  // Hers went up before Lea came.
  expect(await lea.page.getByText('raised a hand').count()).toBe(0);
  await bruno.page.getByTestId('participants-toggle').click();
  const hands = bruno.page.getByTestId('raised-hands').getByRole('listitem').locator('bdi:first-child');
  await lea.page.getByTestId('hand-toggle').click();
  await expect.poll(() => hands.allTextContents(), PATIENCE).toEqual(['Vera', 'Lea']);
  // Whoever takes it down and raises it again is the last.
  await vera.page.getByTestId('hand-toggle').click();
  await expect.poll(() => hands.allTextContents(), PATIENCE).toEqual(['Lea']);
  await vera.page.getByTestId('hand-toggle').click();
  await expect.poll(() => hands.allTextContents(), PATIENCE).toEqual(['Lea', 'Vera']);
  await lea.page.getByTestId('hand-toggle').click();
  await expect.poll(() => hands.allTextContents(), PATIENCE).toEqual(['Vera']);
  await picture('hand');
  const invite = () => bruno.page.getByTestId('bring-on-stage').click();
  const dialog = vera.page.getByRole('dialog', { name: 'Come on stage' });
  await invite();
  for (const device of ['invite-mic', 'invite-cam']) {
    const button = vera.page.getByTestId(device);
    await expect.poll(() => button.getAttribute('data-status'), PATIENCE).toBe('off');
    await button.click();
    await expect.poll(() => button.getAttribute('data-status'), PATIENCE).toBe('on');
  }
  const microphone = dialog.getByTestId('microphone-select');
  await microphone.selectOption({ index: (await microphone.locator('option').count()) - 1 });
  const chosen = await microphone.inputValue();
  await expect.poll(() => vera.page.getByTestId('invite-mic').getAttribute('data-status'), PATIENCE).toBe('on');
  expect(await violationsOf(vera.page)).toEqual([]);
  await picture('invitation');
  await vera.page.getByTestId('invite-decline').click();
  await bruno.page
    .getByText(/Vera\S? declined the invitation/)
    .first()
    .waitFor(PATIENCE);
  await dialog.waitFor({ state: 'detached', ...PATIENCE });
  // One that nobody answers goes by the clock (ROOM29).
  await invite();
  await dialog.waitFor(PATIENCE);
  await vera.page.evaluate(() => (window as never as { runLongTimers: () => void }).runLongTimers());
  await dialog.waitFor({ state: 'detached', ...PATIENCE });
  await invite();
  await vera.page.getByTestId('invite-mic').click();
  await expect.poll(() => vera.page.getByTestId('invite-mic').getAttribute('data-status'), PATIENCE).toBe('on');
  // What was chosen before is chosen still.
  expect(await microphone.inputValue()).toBe(chosen);
  await vera.page.getByTestId('invite-mic').click();
  await vera.page.getByTestId('invite-accept').click();
  await bruno.page.locator('[data-testid=participant][data-level=stage]').getByText('Vera').waitFor(PATIENCE);
  await bruno.page.getByTestId('lower-hand').click();
  await bruno.page.getByTestId('raised-hands').waitFor({ state: 'detached', ...PATIENCE });
  await expect.poll(() => vera.page.getByTestId('hand-toggle').getAttribute('aria-pressed'), PATIENCE).toBe('false');
});

it('STG18: a host takes another name, and another role, after having been asked', async () => {
  const own = ({ page }: TestPage) => page.getByTestId('participant').filter({ hasText: '(you)' });
  await own(lea).getByTestId('role-menu').click();
  await lea.page.getByTestId('rename-self').click();
  await lea.page.getByTestId('rename-name').fill('');
  await lea.page.getByTestId('rename-save').click();
  await lea.page.getByText('Please enter the name that others are to see.').waitFor(PATIENCE);
  await lea.page.getByTestId('rename-name').fill('Lea Li');
  await lea.page.getByTestId('rename-name').press('Enter');
  const others = bruno.page.locator('[data-testid=participant]').filter({ hasText: 'Lea Li' });
  await others.waitFor(PATIENCE);
  await own(lea).getByText('Lea Li').waitFor(PATIENCE);
  await own(lea).getByTestId('role-menu').click();
  await lea.page.getByTestId('role-option-hls-viewer').click();
  await lea.page.getByText('somebody else would have to bring you back').waitFor(PATIENCE);
  expect(await violationsOf(lea.page)).toEqual([]);
  await lea.page.getByTestId('confirm').click();
  await expect.poll(() => others.getAttribute('data-role'), PATIENCE).toBe('hls-viewer');
  await lea.page.getByTestId('player-state').waitFor(PATIENCE);
  await lea.page.close();
});

it('a tile is shown large for oneself, or by the host for everyone; each hears the others as loud as they like', async () => {
  const tileOf = ({ page }: TestPage, name: string) => page.getByTestId('stage-tile').filter({ hasText: name });
  const choose = async (who: TestPage, name: string, item: string): Promise<void> => {
    await tileOf(who, name).getByTestId('role-menu').focus();
    await who.page.keyboard.press('Enter');
    await picture(item);
    const chosen = who.page.getByTestId(item);
    await chosen.press('Enter');
    // A menu that fades away still has its items.
    await chosen.waitFor({ state: 'detached', ...PATIENCE });
  };
  const widthOf = async (who: TestPage, name: string) => (await tileOf(who, name).boundingBox())?.width ?? 0;
  await choose(bruno, 'Vera', 'tile-pin');
  await expect.poll(() => tileOf(bruno, 'Vera').getAttribute('data-front'), PATIENCE).toBe('true');
  await expect
    .poll(async () => (await widthOf(bruno, 'Vera')) / (await widthOf(bruno, 'Bruno')), PATIENCE)
    .toBeGreaterThan(1.5);
  expect(await tileOf(vera, 'Vera').getAttribute('data-front')).toBe('false');
  await choose(bruno, 'Vera', 'tile-pin');
  await choose(bruno, 'Bruno', 'tile-spotlight');
  await expect.poll(() => tileOf(vera, 'Bruno').getAttribute('data-front'), PATIENCE).toBe('true');
  await choose(bruno, 'Bruno', 'tile-spotlight');
  await expect.poll(() => tileOf(vera, 'Bruno').getAttribute('data-front'), PATIENCE).toBe('false');
});

it('the host records the stage, which everyone is told, also who comes meanwhile', async () => {
  await bruno.page.getByTestId('record').click();
  await vera.page.getByTestId('recording-badge').waitFor({ timeout: 60_000 });
  await picture('recording');
  const late = await openPage(browser);
  await joinRoom(late, amphi.links.rooms['hls-viewer']!, 'Lou');
  await late.page.getByTestId('recording-badge').waitFor(PATIENCE);
  expect(await late.page.getByTestId('record').count()).toBe(0);
  expect(await late.page.getByTestId('record-pause').count()).toBe(0);
  await late.page.close();
  for (const status of ['paused', 'on']) {
    await bruno.page.getByTestId('record-pause').click();
    await vera.page.locator(`[data-testid=recording-badge][data-status=${status}]`).waitFor(PATIENCE);
    await bruno.page.locator(`[data-testid=record-pause][data-status=${status}]`).waitFor(PATIENCE);
    if (status === 'paused') await picture('recording-paused');
  }
  await bruno.page.getByTestId('record').click();
  await bruno.page.getByTestId('confirm').click();
  await vera.page.getByTestId('recording-badge').waitFor({ state: 'detached', timeout: 60_000 });
  await bruno.page.locator('[data-testid=record][data-status=off]').waitFor(PATIENCE);
});

it('the host asks to unmute, which the person decides, and mutes at once', async () => {
  const row = bruno.page.getByTestId('participant').filter({ hasText: 'Vera' });
  const menu = row.getByTestId('role-menu');
  const microphone = vera.page.getByTestId('mic-toggle');
  // On stage a phone has the most controls: all of them are within reach.
  const settings = await vera.page.getByTestId('settings').boundingBox();
  expect(settings && settings.x + settings.width).toBeLessThanOrEqual(390);
  await menu.focus();
  await bruno.page.keyboard.press('Enter');
  await picture('person-menu');
  await bruno.page.getByTestId('unmute-person').filter({ hasText: 'unmute' }).press('Enter');
  await vera.page.getByTestId('unmute-accept').waitFor(PATIENCE);
  await picture('unmute-request');
  expect(await microphone.getAttribute('data-status')).not.toBe('on');
  await vera.page.getByTestId('unmute-accept').click();
  await vera.page.locator('[data-testid=mic-toggle][data-status=on]').waitFor(PATIENCE);
  await bruno.page.getByTestId('mute-all').click();
  await expect.poll(() => microphone.getAttribute('data-status'), PATIENCE).not.toBe('on');
});

it('the host ends the room for everyone and locks it: nobody comes in again', async () => {
  await bruno.page.getByTestId('leave').click();
  await bruno.page.getByTestId('end-room').click();
  await bruno.page.getByTestId('end-lock').click();
  await picture('end-room');
  await bruno.page.getByTestId('confirm').click();
  await vera.page.getByTestId('left-screen').waitFor(PATIENCE);
  const late = await openPage(browser);
  await late.page.goto(amphi.links.rooms['hls-viewer']!);
  await late.page.getByTestId('left-screen').waitFor(PATIENCE);
  expect(await late.page.getByTestId('preview-join').count()).toBe(0);
});
