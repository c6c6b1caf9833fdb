import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { beyondEdges, nameless, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom, say, seesMessage } from './people.ts';

/** The room app in German and in Arabic, which is read from the right: what is said, and where it stands. */

const PATIENCE = { timeout: 15_000 };
/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.PICTURES_DIR;
/** WCAG 2.2, 1.4.10: the narrowest page that has to work without scrolling to the side. */
const NARROW = { width: 320, height: 640 };
const LAPTOP = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };

let amphi: AmphiServer;
let browser: Browser;
const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 15 });

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const linkOf = (role: string, language?: string): string => {
  const link = new URL(amphi.links.rooms[role]!);
  if (language !== undefined) link.searchParams.set('lang', language);
  return link.href;
};

const spokenBy = (page: Page) =>
  page.evaluate(() => [document.documentElement.lang, document.documentElement.dir] as const);

/**
 * The page as it is on a laptop, on a phone and on a narrow one: nothing beside its edges, nothing that axe finds.
 * @param toggle of a pane, which closes when the window becomes small, and what is seen of it while it is open
 */
async function expectFair(
  { page }: TestPage,
  name: string,
  { toggle, seen }: { readonly toggle?: string; readonly seen?: string } = {},
): Promise<void> {
  const open = async (): Promise<void> => {
    if (toggle === undefined || seen === undefined) return;
    // It may be about to close: the page learns of its size with a frame.
    const isOpen = async (): Promise<boolean> => {
      const isSeen = await page.getByTestId(seen).isVisible();
      if (!isSeen) await page.getByTestId(toggle).click();
      await twoFrames(page);
      return isSeen && page.getByTestId(seen).isVisible();
    };
    await expect.poll(isOpen, PATIENCE).toBe(true);
  };
  for (const [size, viewport] of Object.entries({ laptop: LAPTOP, phone: PHONE, narrow: NARROW })) {
    await page.setViewportSize(viewport);
    await open();
    if (PICTURES !== undefined) {
      await page.screenshot({ path: `${PICTURES}/${name}-${size}.png`, animations: 'disabled' });
    }
    // The stage is laid out anew once it has heard of its size.
    await expect.poll(() => widerThanWindow(page), { ...PATIENCE, message: `${name} on a ${size}` }).toEqual([]);
    await expect.poll(() => beyondEdges(page), { ...PATIENCE, message: `${name} on a ${size}` }).toEqual([]);
    expect.soft(await violationsOf(page), `${name} on a ${size}`).toEqual([]);
    expect.soft(await nameless(page), `${name} on a ${size}`).toEqual([]);
  }
  await page.setViewportSize(LAPTOP);
  await open();
}

const twoFrames = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );

const leftOf = (page: Page, selector: string): Promise<number> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => element.getBoundingClientRect().left);

it('WRD3: the language is that of the link, else the chosen one, else the browser’s, and a choice is kept', async () => {
  const person = await openPage(browser, { locale: 'de-CH' });
  const { page } = person;
  await page.goto(linkOf('viewer-realtime'));
  await page.getByRole('button', { name: 'Jetzt beitreten' }).waitFor(PATIENCE);
  expect(await spokenBy(page)).toEqual(['de', 'ltr']);

  await joinRoom(person, linkOf('viewer-realtime'), 'Lea');
  await page.getByTestId('settings').click();
  await page.getByTestId('settings-language').selectOption({ label: 'العربية' });
  await page.getByRole('dialog', { name: 'الإعدادات' }).waitFor(PATIENCE);
  expect(await spokenBy(page)).toEqual(['ar', 'rtl']);
  await page.reload();
  await page.getByRole('button', { name: 'انضمام الآن' }).waitFor(PATIENCE);
  expect(await spokenBy(page)).toEqual(['ar', 'rtl']);

  await page.goto(linkOf('viewer-realtime', 'en-GB'));
  await page.getByRole('button', { name: 'Join now' }).waitFor(PATIENCE);
  expect(await spokenBy(page)).toEqual(['en', 'ltr']);
  expect(person.problems).toEqual([]);
  await person.context.close();
});

it('WRD5: only the language that is spoken is fetched; where it does not come, the page speaks English', async () => {
  const person = await openPage(browser);
  const { page } = person;
  const fetched: string[] = [];
  page.on('request', (request) => {
    const [, language] = /\/assets\/(de|ar)-[^/]+\.js$/.exec(request.url()) ?? [];
    if (language !== undefined) fetched.push(language);
  });
  await page.goto(linkOf('viewer-realtime'));
  await page.getByTestId('preview-join').waitFor(PATIENCE);
  expect(fetched).toEqual([]);
  await page.goto(linkOf('viewer-realtime', 'de'));
  await page.getByRole('button', { name: 'Jetzt beitreten' }).waitFor(PATIENCE);
  expect(new Set(fetched)).toEqual(new Set(['de']));

  await page.route(/\/assets\/ar-[^/]+\.js$/, (route) => route.abort());
  await page.goto(linkOf('viewer-realtime', 'ar'));
  await page.getByRole('button', { name: 'Join now' }).waitFor(PATIENCE);
  expect(await spokenBy(page)).toEqual(['en', 'ltr']);
  await person.context.close();
});

it('WRD6: what the server refuses is said in the language of the page', async () => {
  const person = await openPage(browser);
  await person.page.goto(`${amphi.links.url}/meeting/abc-defg-hij?lang=ar`);
  await person.page.getByRole('heading', { name: 'لا توجد غرفة كهذه' }).waitFor(PATIENCE);
  await expectFair(person, 'no-room');
  await person.context.close();
});

it('WRD7: in Arabic the page is mirrored, pictures are not, and all can be done', async () => {
  const amal = await openPage(browser, { initScripts: [camera] });
  const bruno = await openPage(browser, { initScripts: [camera] });
  await amal.page.goto(linkOf('broadcaster', 'ar'));
  await amal.page.getByTestId('preview-join').waitFor(PATIENCE);
  await expectFair(amal, 'preview');
  await joinRoom(amal, linkOf('broadcaster', 'ar'), 'أمل');
  await joinRoom(bruno, linkOf('viewer-on-stage'), 'Bruno');
  const others = '[data-testid=stage-tile][data-local=false]';
  await amal.page.locator(`${others} video`).waitFor(PATIENCE);
  await bruno.page.locator(`${others} video`).waitFor(PATIENCE);

  // A placeholder stands where lines begin, though nothing is typed yet that would have a direction.
  await amal.page.getByTestId('chat-input').waitFor(PATIENCE);
  const writing = await amal.page.getByTestId('chat-input').evaluate((field) => getComputedStyle(field).direction);
  expect(writing).toBe('rtl');
  await say(amal, 'مرحبا بالجميع!');
  await seesMessage(bruno, 'مرحبا بالجميع!');
  await say(bruno, 'Good evening');
  await seesMessage(amal, 'Good evening');
  await expectFair(amal, 'chat', { toggle: 'chat-toggle', seen: 'chat-list' });
  // The pane lies on the side where lines end, the picture on the side where they begin.
  expect(await leftOf(amal.page, 'aside')).toBeLessThan(await leftOf(amal.page, 'main'));
  expect(await leftOf(bruno.page, 'aside')).toBeGreaterThan(await leftOf(bruno.page, 'main'));
  // A name in Latin letters that is too long is cut where it ends: what is read first stays.
  expect(
    await amal.page.locator('h1').evaluate((title) => {
      const name = title.querySelector('bdi')!;
      title.style.maxWidth = '4rem';
      const letters = document.createRange();
      letters.selectNodeContents(name);
      const [all, box] = [letters.getBoundingClientRect(), name.getBoundingClientRect()];
      title.style.maxWidth = '';
      return [all.left >= box.left - 1, all.right > box.right + 1];
    }),
  ).toEqual([true, true]);
  // Tiles stand where the stream has them, and nobody is seen the wrong way round.
  const own = '[data-testid=stage-tile][data-local=true]';
  await amal.page.setViewportSize({ width: 1600, height: 500 });
  await expect
    .poll(async () => (await leftOf(amal.page, own)) < (await leftOf(amal.page, others)), PATIENCE)
    .toBe(true);
  await amal.page.setViewportSize(LAPTOP);
  for (const { page } of [amal, bruno]) {
    const transform = (tile: string) =>
      page.locator(`${tile} video`).evaluate((video) => getComputedStyle(video).transform);
    expect(await transform(own)).toBe('matrix(-1, 0, 0, 1, 0, 0)');
    expect(await transform(others)).toBe('none');
  }
  // An arrow that leads on leads to the left.
  expect(
    await amal.page
      .getByTestId('chat-send')
      .locator('svg')
      .evaluate((icon) => getComputedStyle(icon).scale),
  ).toBe('-1 1');

  await bruno.page.getByTestId('hand-toggle').click();
  await amal.page.getByText('يد مرفوعة').first().waitFor(PATIENCE);
  await amal.page.getByTestId('participants-toggle').click();
  await amal.page.getByTestId('raised-hands').waitFor(PATIENCE);
  await expectFair(amal, 'people', { toggle: 'participants-toggle', seen: 'raised-hands' });
  await amal.page.getByTestId('lower-hand').click();
  await amal.page.getByTestId('raised-hands').waitFor({ state: 'detached', ...PATIENCE });

  await amal.page.getByTestId('polls-toggle').click();
  await expectFair(amal, 'polls', { toggle: 'polls-toggle', seen: 'poll-new' });
  await amal.page.getByTestId('poll-new').click();
  await amal.page.getByTestId('poll-launch').waitFor(PATIENCE);
  expect(await violationsOf(amal.page)).toEqual([]);
  await amal.page.getByTestId('settings').click();
  await amal.page.getByRole('dialog', { name: 'الإعدادات' }).waitFor(PATIENCE);
  await expectFair(amal, 'settings');
  await amal.page.keyboard.press('Escape');

  const vera = await openPage(browser, { ...PHONE });
  await joinRoom(vera, linkOf('hls-viewer', 'ar'), 'Vera');
  await vera.page.locator('[data-testid=player-state][data-state=waiting]').waitFor(PATIENCE);
  await vera.page.getByTestId('hand-toggle').first().click();
  await expectFair(vera, 'viewer');
  for (const person of [amal, bruno, vera]) {
    expect(person.problems).toEqual([]);
    await person.context.close();
  }
}, 120_000);
