import { readFile } from 'node:fs/promises';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { beyondEdges, nameless, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { joinRoom } from './people.ts';
import { tokenFor, WireClient } from './wire.ts';

/** The whiteboard, by the pages of people of all three levels: what one draws, all see, and nobody else can draw. */

const PATIENCE = { timeout: 15_000 };
/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.PICTURES_DIR;

let amphi: AmphiServer;
let browser: Browser;
/** Opens it; helps to draw; watches the stream by phone. */
let bruno: TestPage;
let gabi: TestPage;
let vera: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  bruno = await openPage(browser);
  gabi = await openPage(browser, { width: 390, height: 844 });
  vera = await openPage(browser, { width: 390, height: 844 });
  await joinRoom(bruno, link('broadcaster'), 'Bruno');
  await joinRoom(gabi, link('viewer-on-stage'), 'Gabi');
  await joinRoom(vera, link('hls-viewer'), 'Vera');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const link = (role: string): string => amphi.links.rooms[role]!;
const board = ({ page }: TestPage) => page.getByTestId('board-page');
const isOpen = ({ page }: TestPage) => page.locator('[data-testid=board][data-status=open]').waitFor(PATIENCE);

/** What a page shows: kind and form of each drawing, and texts as they are read. */
async function drawn(person: TestPage): Promise<string[]> {
  return board(person)
    .locator('[data-shape]')
    .evaluateAll((shapes) =>
      shapes.map((shape) => {
        const form = shape.querySelector('path:last-of-type')?.getAttribute('d') ?? shape.textContent;
        return `${shape.getAttribute('data-kind')} ${form}`;
      }),
    );
}

/** With the tool, from one place of the page to others, each as parts of its width and height. */
async function draw(person: TestPage, tool: string, ...places: readonly (readonly [number, number])[]): Promise<void> {
  const { page } = person;
  await page.getByTestId(`board-${tool}`).click();
  const box = await board(person).boundingBox();
  if (!box) throw new Error('no page to draw on');
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  const [first = [0.5, 0.5], ...rest] = places;
  await page.mouse.move(...at(first));
  await page.mouse.down();
  for (const place of rest) await page.mouse.move(...at(place), { steps: 8 });
  await page.mouse.up();
}

async function sameEverywhere(count: number, ...people: readonly TestPage[]): Promise<string[]> {
  const [first = bruno, ...others] = people;
  await expect.poll(() => drawn(first), PATIENCE).toHaveLength(count);
  // What is still on its way has to come first.
  for (const other of others) {
    const differs = async () => {
      const [one, another] = await Promise.all([drawn(first), drawn(other)]);
      return one.join('\n') === another.join('\n') ? '' : `${one.join('\n')}\ninstead of\n${another.join('\n')}`;
    };
    await expect.poll(differs, PATIENCE).toBe('');
  }
  return drawn(first);
}

async function picture(name: string): Promise<void> {
  if (PICTURES === undefined) return;
  for (const [who, { page }] of Object.entries({ bruno, gabi, vera })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${PICTURES}/${name}-${who}-${colorScheme}.png`, animations: 'disabled' });
    }
  }
}

it('an admin opens it, and everyone sees it, on stage and in the stream; only an admin has the button', async () => {
  await bruno.page.getByTestId('board-toggle').waitFor(PATIENCE);
  expect(await gabi.page.getByTestId('board-toggle').count()).toBe(0);
  await bruno.page.getByTestId('board-toggle').click();
  for (const person of [bruno, gabi, vera]) await isOpen(person);
  expect(await bruno.page.getByTestId('stage-tile').count()).toBe(2);
});

it('what two people draw, all see alike, while it is drawn', async () => {
  await draw(bruno, 'pen', [0.2, 0.2], [0.3, 0.4], [0.5, 0.25]);
  await draw(bruno, 'rectangle', [0.55, 0.3], [0.8, 0.6]);
  await draw(gabi, 'arrow', [0.3, 0.7], [0.6, 0.8]);
  const shapes = await sameEverywhere(3, bruno, gabi, vera);
  expect(shapes.map((shape) => shape.split(' ')[0])).toEqual(['stroke', 'rectangle', 'arrow']);

  // The pointer is still down.
  await bruno.page.getByTestId('board-line').click();
  const box = (await board(bruno).boundingBox())!;
  await bruno.page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await bruno.page.mouse.down();
  await bruno.page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6, { steps: 3 });
  await expect.poll(() => drawn(vera), PATIENCE).toHaveLength(4);
  await bruno.page.mouse.up();
  await picture('board');
});

it('a text is written by keys alone, moved, and taken back', async () => {
  const { page } = bruno;
  await board(bruno).focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('board-text-field').fill('Break until\n11:00 <sharp>');
  await page.getByTestId('board-text-field').press('Enter');
  const [...before] = await sameEverywhere(5, bruno, vera);
  expect(before.at(-1)).toBe('text Break until11:00 <sharp>');
  const text = board(vera).locator('text');
  const x = Number(await text.getAttribute('x'));
  await page.keyboard.press('PageUp');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => text.getAttribute('x'), PATIENCE).toBe(String(x + 20));
  await page.keyboard.press('Delete');
  await sameEverywhere(4, bruno, vera);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect.poll(() => text.getAttribute('x'), PATIENCE).toBe(String(x));
  await page.keyboard.press('Control+Shift+z');
  await expect.poll(() => text.getAttribute('x'), PATIENCE).toBe(String(x + 20));
});

it('the eraser takes away what it touches', async () => {
  await draw(gabi, 'eraser', [0.29, 0.36], [0.31, 0.42]);
  const shapes = await sameEverywhere(4, gabi, bruno, vera);
  expect(shapes.some((shape) => shape.startsWith('stroke'))).toBe(false);
});

it('who comes late sees all that is on it', async () => {
  const late = await openPage(browser);
  await joinRoom(late, link('viewer-realtime'), 'Lee');
  await isOpen(late);
  await sameEverywhere(4, bruno, late);
  await late.context.close();
});

it('who may only see it has nothing to draw with, and the server takes nothing from them', async () => {
  expect(await vera.page.getByTestId('board-pen').count()).toBe(0);
  expect(await vera.page.getByTestId('board-close').count()).toBe(0);
  const eve = await WireClient.open(amphi, await tokenFor(amphi, 'hls-viewer'));
  await eve.request('join', { name: 'Eve', data: '' });
  const { params } = await eve.notification('on-board-update');
  const change = { id: 'e', version: 9, nonce: 1, data: { kind: 'text' } };
  const drawing = await eve.request('board-draw', { board_id: params?.board_id, changes: [change] });
  expect(drawing.error?.code).toBe(403);
  await sameEverywhere(4, bruno, vera);
  eve.send(JSON.stringify({ method: 'leave', params: {} }));
});

it('it is saved as a picture', async () => {
  const download = bruno.page.waitForEvent('download');
  await bruno.page.getByTestId('board-save').click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('whiteboard.png');
  const png = await readFile(await file.path());
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1600, 900]);
  const inked = await bruno.page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
    const isDark = (x: number, y: number): boolean => pixels[4 * (y * image.width + x)]! < 100;
    let count = 0;
    for (let x = 0; x < image.width; x++) for (let y = 0; y < image.height; y++) count += Number(isDark(x, y));
    return count;
  }, png.toString('base64'));
  // A rectangle, an arrow, a line and a text; not a page of ink.
  expect(inked).toBeGreaterThan(5_000);
  expect(inked).toBeLessThan(50_000);
});

it('is fair to everyone, in light and in dark, and fits a phone', async () => {
  for (const person of [bruno, gabi, vera]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await person.page.emulateMedia({ colorScheme });
      expect(await violationsOf(person.page), colorScheme).toEqual([]);
    }
    expect(await nameless(person.page)).toEqual([]);
    expect(await widerThanWindow(person.page)).toEqual([]);
    expect(await beyondEdges(person.page)).toEqual([]);
  }
});

it('is closed for everyone, and comes back with what was on it', async () => {
  await bruno.page.getByTestId('board-close').click();
  for (const person of [bruno, gabi, vera]) await person.page.getByTestId('board').waitFor({ state: 'detached' });
  await bruno.page.getByTestId('board-toggle').click();
  await isOpen(vera);
  await sameEverywhere(4, bruno, vera);
  await bruno.page.getByTestId('board-clear').click();
  await sameEverywhere(0, bruno, gabi, vera);
});

it('nothing came from anywhere else: the policy of the page had nothing to refuse', async () => {
  for (const { problems } of [bruno, gabi, vera]) {
    expect(problems.filter((problem) => /content security policy|refused to/i.test(problem))).toEqual([]);
  }
});
