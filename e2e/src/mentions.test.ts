import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom, openChat } from './people.ts';

/** Naming somebody in the chat, by keyboard and by finger, and being named. */

const PATIENCE = { timeout: 60_000 };

let amphi: AmphiServer;
let browser: Browser;
let ada: TestPage;
/** On a phone. */
let berg: TestPage;
let bo: TestPage;
/** Not listed: the room is full of those who are. */
let cho: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([
    startAmphi({ env: { AMPHI_LIMITS: JSON.stringify({ listedPeersPerRoom: 2 }) } }),
    launchChromium(),
  ]);
  [ada, berg, bo, cho] = [
    await openPage(browser, { width: 1280, height: 860 }),
    await openPage(browser, { width: 390, height: 844 }),
    await openPage(browser, { width: 1280, height: 860 }),
    await openPage(browser, { width: 1280, height: 860 }),
  ];
  for (const { page } of [ada, berg, bo, cho]) page.setDefaultTimeout(PATIENCE.timeout);
  await joinRoom(ada, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(berg, amphi.links.rooms['viewer-realtime']!, 'Anna Berg');
  await joinRoom(bo, amphi.links.rooms['hls-viewer']!, 'Anna Bo');
  for (const person of [ada, berg, bo]) await openChat(person);
  await joinRoom(cho, amphi.links.rooms['hls-viewer']!, 'Anna Cho');
  await openChat(cho);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const input = ({ page }: TestPage) => page.getByTestId('chat-input');
const offered = ({ page }: TestPage) => page.getByTestId('mention');
const message = ({ page }: TestPage, text: string) => page.getByTestId('chat-message').filter({ hasText: text });

it('STG11: chosen by keyboard; the one who is meant sees it marked, one of a like name does not', async () => {
  await input(ada).focus();
  await ada.page.keyboard.type('Listen, @ann');
  await waitFor('all three are offered', async () => (await offered(ada).count()) === 3, PATIENCE.timeout);
  const active = () => input(ada).getAttribute('aria-activedescendant');
  const first = await active();
  expect(await ada.page.locator(`[id="${first}"]`).getAttribute('aria-selected')).toBe('true');
  expect(await violationsOf(ada.page)).toEqual([]);
  await ada.page.keyboard.press('ArrowDown');
  await waitFor('the next one', async () => (await active()) !== first);
  // Nothing is sent by the key that chooses.
  await ada.page.keyboard.press('Enter');
  await offered(ada).first().waitFor({ state: 'detached' });
  expect(await input(ada).inputValue()).toBe('Listen, @Anna Bo ');
  await ada.page.keyboard.type('is next');
  await ada.page.keyboard.press('Enter');

  const marked = message(bo, 'is next');
  await marked.getByText('Mentions you').waitFor();
  expect(await marked.getByTestId('chat-text').textContent()).toBe('Listen, @Anna Bo is next');
  expect(await marked.locator('mark').textContent()).toBe('@Anna Bo');
  expect(await violationsOf(bo.page)).toEqual([]);
  await message(berg, 'is next').waitFor();
  expect(await message(berg, 'is next').locator('mark').count()).toBe(0);
});

it('STG11, STG16: somebody who is not listed is counted, and found by the server', async () => {
  await ada.page.getByTestId('participants-toggle').click();
  expect(await ada.page.getByText('Anna Berg').count()).toBeGreaterThan(0);
  expect(await ada.page.getByText('Anna Cho').count()).toBe(0);
  // Two watch the stream, and neither Bo nor Cho is listed to her: who came first has the places.
  const stream = ada.page.locator('[data-testid=people-place][data-level=stream]');
  await stream.getByTestId('place-count').getByText('2', { exact: true }).waitFor();
  await stream.getByText('2 more, to be found by name').waitFor();
  expect(await ada.page.locator('[data-testid=people-place][data-level=stage]').textContent()).toContain('1');
  expect(await violationsOf(ada.page)).toEqual([]);
  await ada.page.getByRole('searchbox', { name: 'Find a person' }).fill('cho');
  await ada.page.getByTestId('unlisted').getByText('Anna Cho').waitFor();
  await ada.page.getByRole('searchbox', { name: 'Find a person' }).fill('');
  await openChat(ada);
  await input(ada).focus();
  await ada.page.keyboard.type('@cho');
  await offered(ada).filter({ hasText: 'Anna Cho' }).waitFor();
  await ada.page.keyboard.press('Tab');
  expect(await input(ada).inputValue()).toBe('@Anna Cho ');
  await ada.page.keyboard.press('Enter');
  await message(cho, '@Anna Cho').locator('mark').waitFor();
});

it('STG11: Escape closes the list and nothing else, until another "@"', async () => {
  await input(ada).fill('');
  await ada.page.keyboard.type('to @a');
  await offered(ada).first().waitFor();
  await ada.page.keyboard.press('Escape');
  await offered(ada).first().waitFor({ state: 'detached' });
  await ada.page.keyboard.type('nn and @');
  await offered(ada).first().waitFor();
  expect(await input(ada).inputValue()).toBe('to @ann and @');
  await input(ada).fill('');
});

it('STG11: chosen by finger, on a phone', async () => {
  await input(berg).fill('thank you @');
  await offered(berg).filter({ hasText: 'Ada' }).click();
  expect(await input(berg).inputValue()).toBe('thank you @Ada ');
  await berg.page.getByTestId('chat-send').click();
  await message(ada, 'thank you').locator('mark').filter({ hasText: '@Ada' }).waitFor();
});

it('STG11: what comes while the chat is closed is counted, until it is opened', async () => {
  const named = (name: string) => ada.page.getByRole('button', { name, exact: true });
  await ada.page.getByTestId('participants-toggle').click();
  await named('Chat').waitFor();
  for (const text of ['one', 'two', '@Ada three']) {
    await input(bo).fill(text);
    await bo.page.getByTestId('chat-send').click();
  }
  await named('Chat, 3 new').waitFor();
  expect(await violationsOf(ada.page)).toEqual([]);
  await openChat(ada);
  await named('Chat').waitFor();
  await message(ada, 'three').locator('mark').waitFor();
  await ada.page.getByTestId('participants-toggle').click();
  await input(bo).fill('four');
  await bo.page.getByTestId('chat-send').click();
  await named('Chat, 1 new').waitFor();
  await named('Chat, 1 new').click();
  await named('Chat').waitFor();
});
