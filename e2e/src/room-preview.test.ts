import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';

/** What one sees before the room: in which order, how soon, and how good the connection is. */

const PATIENCE = { timeout: 60_000 };
const PHONE = { width: 390, height: 844 };
const LAPTOP = { width: 1280, height: 800 };

/** Notes what the page shows when it first asks for a camera or a microphone. */
const NOTE_FIRST_CAPTURE = `
  const devices = navigator.mediaDevices;
  const capture = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wish) => {
    window.showedPreview ??= document.querySelector('[data-testid=preview-name]') !== null;
    return capture(wish);
  };
`;

let amphi: AmphiServer;
let browser: Browser;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly width: number;
}

async function boxOf(page: Page, testId: string): Promise<Box> {
  const found = page.getByTestId(testId).first();
  await found.waitFor(PATIENCE);
  return found.evaluate((element) => {
    const { top, bottom, left, right, width } = element.getBoundingClientRect();
    return { top: top + window.scrollY, bottom: bottom + window.scrollY, left, right, width };
  });
}

async function openPreview(size: { width: number; height: number }, role = 'broadcaster'): Promise<TestPage> {
  const person = await openPage(browser, size);
  await person.page.goto(amphi.links.rooms[role]!);
  await person.page.getByTestId('preview-join').waitFor(PATIENCE);
  return person;
}

it('PRE10: on a phone one joins without scrolling, right below the own picture', async () => {
  const { page, context } = await openPreview(PHONE);
  await page.getByTestId('speaker-select').waitFor(PATIENCE);
  const [toggle, name, join, speaker] = await Promise.all(
    ['mic-toggle', 'preview-name', 'preview-join', 'speaker-select'].map((testId) => boxOf(page, testId)),
  );
  expect(toggle!.bottom).toBeLessThanOrEqual(name!.top);
  expect(name!.bottom).toBeLessThanOrEqual(join!.top);
  expect(join!.bottom).toBeLessThanOrEqual(PHONE.height);
  expect(join!.bottom).toBeLessThanOrEqual(speaker!.top);
  // The keyboard goes as the eye does.
  const order = await page.evaluate(() => {
    const ids = ['mic-toggle', 'preview-name', 'preview-join', 'speaker-select'];
    return [...document.querySelectorAll<HTMLElement>('[data-testid]')]
      .map((element) => element.dataset.testid ?? '')
      .filter((id) => ids.includes(id));
  });
  expect(order).toEqual(['mic-toggle', 'preview-name', 'preview-join', 'speaker-select']);
  expect(await violationsOf(page)).toEqual([]);
  await context.close();
});

it('PRE10: on a laptop the way in is beside the picture, and the speaker has the width of both other devices', async () => {
  const { page, context } = await openPreview(LAPTOP);
  await page.getByTestId('speaker-select').waitFor(PATIENCE);
  const [toggle, join, speaker] = await Promise.all(
    ['cam-toggle', 'preview-join', 'speaker-select'].map((testId) => boxOf(page, testId)),
  );
  expect(join!.left).toBeGreaterThan(toggle!.right);
  expect(join!.bottom).toBeLessThanOrEqual(LAPTOP.height);
  const choices = await page
    .getByTestId('speaker-select')
    .evaluate((select) => select.closest('section')?.getBoundingClientRect().width ?? 0);
  // Its button for a test sound stands beside it.
  expect(speaker!.width).toBeGreaterThan(choices / 2);
  await context.close();
});

it('PRE11: camera and microphone are opened while the look is still on its way', async () => {
  const { page, context } = await openPage(browser, { initScripts: [NOTE_FIRST_CAPTURE] });
  await page.route(
    (url) => url.pathname === '/v2/layouts/ui',
    async (route) => {
      // Answered when the devices have been asked for, or after all: the room does not wait for ever.
      await page.waitForFunction(() => 'showedPreview' in window, undefined, PATIENCE).catch(() => {});
      await route.continue().catch(() => {});
    },
  );
  await page.goto(amphi.links.rooms.broadcaster!);
  await page.getByTestId('preview-name').waitFor(PATIENCE);
  expect(await page.evaluate(() => (window as unknown as { showedPreview?: boolean }).showedPreview)).toBe(false);
  await context.close();
});

it('PRE12: who will watch has the player on its way before the server has said where its socket is', async () => {
  const isPlayer = (url: URL): boolean => /\/room-assets\/assets\/stream-viewer-/.test(url.pathname);
  const { page, context } = await openPage(browser);
  const player = page.waitForRequest((request) => isPlayer(new URL(request.url())), PATIENCE);
  await page.route(
    (url) => url.pathname === '/init',
    async (route) => {
      await player;
      await route.continue();
    },
  );
  await page.goto(`${amphi.links.rooms['hls-viewer']!}?name=Vera&skip_preview=true`);
  await page.getByTestId('player-state').waitFor({ state: 'attached', ...PATIENCE });
  await context.close();
});

it('PRE12: who is on stage does not fetch it', async () => {
  const { page, context } = await openPage(browser);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${amphi.links.rooms.broadcaster!}?name=Ada&skip_preview=true`);
  await page.getByTestId('stage-tile').first().waitFor(PATIENCE);
  expect(asked.filter((url) => /\/(stream-viewer|shown-player|use-player|player)-/.test(url))).toEqual([]);
  await context.close();
});

it('PRE14: the way in is asked for while the code that draws is still on its way', async () => {
  const { page, context } = await openPage(browser);
  const token = page.waitForRequest((request) => new URL(request.url()).pathname === '/v2/token', PATIENCE);
  await page.route(
    (url) => /\/room-assets\/assets\/page-[\w-]{8}\.js$/.test(url.pathname),
    async (route) => {
      await token;
      await route.continue();
    },
  );
  await page.goto(amphi.links.rooms['hls-viewer']!);
  await page.getByTestId('preview-join').waitFor(PATIENCE);
  await context.close();
});

it('PRE15: Latin letters cost the font files of Latin and no other', async () => {
  const { page, context } = await openPage(browser);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(amphi.links.rooms['hls-viewer']!);
  await page.getByTestId('preview-join').waitFor(PATIENCE);
  await page.evaluate(() => document.fonts.ready);
  const fonts = asked.filter((path) => path.endsWith('.woff2'));
  // All weights are in it.
  expect(fonts).toEqual([expect.stringMatching(/\/inter-latin-wght-normal-[^/]*$/)]);
  await context.close();
});

it.each([
  ['the first file', /\/room-assets\/assets\/index-[\w-]{8}\.js$/],
  ['a file that the first one needs', /\/room-assets\/assets\/emitter-[\w-]{8}\.js$/],
  ['the code that draws', /\/room-assets\/assets\/page-[\w-]{8}\.js$/],
])(
  'PRE16: where %s does not come, the page says so as the person would have it, and is loaded again',
  async (_, file) => {
    const { page, context } = await openPage(browser, PHONE);
    const notice = page.getByTestId('page-missing');
    await page.route(file, (route) => route.fulfill({ status: 404 }));
    await page.goto(`${amphi.links.rooms['hls-viewer']!}?lang=de&theme=dark`);
    await notice.getByRole('heading', { name: 'Der Raum ließ sich nicht laden' }).waitFor(PATIENCE);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
    expect(await notice.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(15, 20, 18)');
    expect(await violationsOf(page)).toEqual([]);
    await page.unroute(file);
    await notice.getByRole('button', { name: 'Noch einmal versuchen' }).click();
    await page.getByTestId('preview-join').waitFor(PATIENCE);
    expect(await notice.count()).toBe(0);
    await context.close();
  },
);

it('PRE16: where nothing comes but the page itself, it says so in the language of the browser', async () => {
  const { page, context } = await openPage(browser, {
    locale: 'ar',
    colorScheme: 'dark',
    initScripts: ["localStorage.setItem('amphi.theme', 'light')"],
  });
  const notice = page.getByTestId('page-missing');
  const files = '**/room-assets/**';
  await page.route(files, (route) => route.abort('internetdisconnected'));
  await page.goto(amphi.links.rooms['hls-viewer']!);
  await notice.getByRole('heading', { name: 'تعذّر تحميل الغرفة' }).waitFor(PATIENCE);
  expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl');
  expect(await notice.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(243, 244, 240)');
  expect(await violationsOf(page)).toEqual([]);
  await page.unroute(files);
  await notice.getByRole('button').click();
  await page.getByTestId('preview-join').waitFor(PATIENCE);
  expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
  await context.close();
});

it('STG15: a part that cannot be loaded says so in its place, and comes when it is tried again', async () => {
  const { page, context } = await openPage(browser);
  const isPanel = (url: URL): boolean => /\/customise-dialog-[^/]*\.js$/.test(url.pathname);
  await page.route(isPanel, (route) => route.abort());
  await page.goto(`${amphi.links.rooms.broadcaster!}?name=Ada&skip_preview=true`);
  await page.getByTestId('customise').click(PATIENCE);
  const notice = page.getByTestId('part-missing');
  await notice.waitFor(PATIENCE);
  expect(await page.locator('[data-testid=stage-tile][data-local=true]').count()).toBe(1);
  expect(await violationsOf(page)).toEqual([]);
  await page.unroute(isPanel);
  await notice.getByRole('button').click();
  await page.getByTestId('customise-panel').waitFor(PATIENCE);
  expect(await notice.count()).toBe(0);
  await context.close();
});

it('NET3: how good the connection is, is told to who publishes, and nothing where it is not known', async () => {
  const ada = await openPreview(LAPTOP);
  await expect
    .poll(() => ada.page.getByTestId('preview-network').getAttribute('data-score'), PATIENCE)
    .toMatch(/^[1-5]$/);
  expect(await ada.page.getByTestId('preview-network').textContent()).not.toBe('');
  const asked: string[] = [];
  const vera = await openPage(browser, LAPTOP);
  vera.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await vera.page.goto(amphi.links.rooms['hls-viewer']!);
  await vera.page.getByTestId('preview-join').waitFor(PATIENCE);
  expect(await vera.page.getByTestId('preview-network').count()).toBe(0);
  expect(asked).not.toContain('/v2/network-health');
  const bruno = await openPage(browser, LAPTOP);
  const refused = bruno.page.waitForEvent('requestfailed', {
    ...PATIENCE,
    predicate: (request) => request.url().includes('/v2/network-health'),
  });
  await bruno.page.route(/\/v2\/network-health/, (route) => route.abort());
  await bruno.page.goto(amphi.links.rooms.broadcaster!);
  await refused;
  await bruno.page.getByTestId('preview-join').waitFor(PATIENCE);
  expect(await bruno.page.getByTestId('preview-network').isVisible()).toBe(false);
  for (const { context } of [ada, vera, bruno]) await context.close();
});
