import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { nameless, smallTargets, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';

/** An owner says how the room looks, and people who open it see it so. */

const DESK = { width: 1280, height: 860 };
/** The narrowest phones still in use. */
const PHONE = { width: 360, height: 740 };
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"><rect width="900" height="300" fill="#c2185b"/></svg>';

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
let viewer: TestPage;
const by = (testId: string) => owner.page.getByTestId(testId);
const seen = (testId: string) => viewer.page.getByTestId(testId);

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  owner = await openPage(browser, DESK);
  viewer = await openPage(browser, DESK);
  for (const { page } of [owner, viewer]) page.setDefaultTimeout(60_000);
  await owner.page.goto(amphi.links.dashboard);
  await by('skip-password').click();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await by('edit-look').click();
  await by('look-save').waitFor();
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('PRE6: names what is wrong at its field, warns of what is hard to see, and saves the rest', async () => {
  const { page } = owner;
  expect(await by('look-save').isDisabled()).toBe(true);
  await by('look-theme-dark').focus();
  await page.keyboard.press('Space');
  await by('look-background').fill('#ffffff');
  await by('look-title').fill('x'.repeat(81));
  await by('look-role').selectOption('hls-viewer');
  await by('look-save').click();
  await page.getByText('too light to read on it').waitFor();
  // The role with the wrong field is shown.
  await page.getByText('at most 80 characters').waitFor();
  expect(await by('look-role').inputValue()).toBe('broadcaster');
  await by('look-title').fill('');
  await by('look-background').fill('#101020');
  await by('look-accent').fill('#151525');
  await by('look-warning').getByText('hardly').waitFor();
  await by('look-accent').fill('#c2185b');
  await by('look-warning').getByText('hardly').waitFor({ state: 'detached' });

  await by('look-logo').setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(LOGO) });
  await by('look-logo-remove').waitFor();
  await by('look-role').selectOption('hls-viewer');
  await by('look-title').fill('An evening at the theatre');
  await by('look-joinLabel').fill('Take a seat');
  await by('look-chatPlaceholder').fill('Speak up');
  await by('look-reactions').click();
  await by('look-hand').focus();
  await page.keyboard.press('Space');
  expect(await by('look-picture-title').textContent()).toBe('An evening at the theatre');
  expect(await colourOf(by('look-picture'), '--amphi-accent-fill')).toBe('#c2185b');
  await by('look-save').click();
  await by('look-unsaved').waitFor({ state: 'detached' });
  expect(await by('look-error').count()).toBe(0);
});

it('PRE8: people of the role see it before and in the room, and no others do', async () => {
  const { page } = viewer;
  await page.goto(amphi.links.rooms['hls-viewer']!);
  await page.getByRole('heading', { name: 'An evening at the theatre' }).waitFor();
  await seen('room-logo').waitFor();
  expect(await seen('preview-join').textContent()).toContain('Take a seat');
  expect(await colourOf(page.locator('html'), '--amphi-page')).toBe('#101020');
  expect(await violationsOf(page)).toEqual([]);
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
  await seen('chat-input').waitFor();
  expect(await seen('chat-input').getAttribute('placeholder')).toBe('Speak up');
  for (const hidden of ['hand-toggle', 'reactions-open']) expect(await seen(hidden).count()).toBe(0);
  // Who wants it light has our colours.
  await page.goto(`${amphi.links.rooms['hls-viewer']!}?theme=light`);
  await seen('preview-join').waitFor();
  expect(await colourOf(page.locator('html'), '--amphi-page')).not.toBe('#101020');

  await page.goto(amphi.links.rooms.broadcaster!);
  await seen('preview-join').filter({ hasText: 'Join now' }).waitFor();
  await seen('room-logo').waitFor();
  expect(await page.getByText('An evening at the theatre').count()).toBe(0);
});

it('keeps its editor usable: on a desk and on a phone, light and dark', async () => {
  const { page } = owner;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page), colorScheme).toEqual([]);
  }
  const storageState = await owner.context.storageState();
  const context = await browser.newContext({ storageState, viewport: PHONE, hasTouch: true, isMobile: true });
  const phone = await context.newPage();
  await phone.goto(page.url());
  await phone.getByTestId('look-save').waitFor({ timeout: 60_000 });
  expect(await widerThanWindow(phone)).toEqual([]);
  expect(await nameless(phone)).toEqual([]);
  expect(await smallTargets(phone)).toEqual([]);
  await context.close();
});

it('PRE6: goes back to how it is by itself', async () => {
  await by('look-reset').click();
  await owner.page.getByRole('alertdialog').waitFor();
  expect(await violationsOf(owner.page)).toEqual([]);
  await by('confirm').click();
  await by('look-save').click();
  await by('look-unsaved').waitFor({ state: 'detached' });
  await viewer.page.goto(amphi.links.rooms['hls-viewer']!);
  await seen('preview-join').filter({ hasText: 'Join now' }).waitFor();
  expect(await seen('room-logo').count()).toBe(0);
});

/** A custom property as it is there. */
function colourOf(element: ReturnType<TestPage['page']['locator']>, property: string): Promise<string> {
  return element.evaluate((node, name) => getComputedStyle(node).getPropertyValue(name).trim(), property);
}
