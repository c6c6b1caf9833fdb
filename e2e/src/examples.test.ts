import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import type { Browser, Locator } from 'playwright-core';
import type { PreviewServer } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { serveExample } from './served-example.ts';

/** The examples as their readers run them: built by vite, served from an origin of their own, used in a browser. */

let amphi: AmphiServer;
let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'amphi-examples-'));
const served: PreviewServer[] = [];
const opened: TestPage[] = [];

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
});

afterEach(async () => {
  const problems = opened.flatMap((person) => person.problems);
  await Promise.all(opened.splice(0).map(({ context }) => context.close()));
  await Promise.all(served.splice(0).map((server) => server.close()));
  expect(problems).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
});

it('vanilla: two people see each other and chat; who leaves may come again', async () => {
  const url = await serve('vanilla');
  const ada = await visit(url, 'broadcaster', 'Ada');
  const bob = await visit(url, 'viewer-on-stage', 'Bob');
  await press(ada, 'Join');
  await press(bob, 'Join');
  await shows(video(ada, 'Bob'), video(bob, 'Ada'), video(ada, 'Ada (you)'));

  await say(ada, 'Hello');
  await bob.page.getByText('Ada: Hello').waitFor();
  await press(bob, 'Camera');
  await video(ada, 'Bob').waitFor({ state: 'detached' });
  await press(bob, 'Camera');
  await shows(video(ada, 'Bob'));

  await press(bob, 'Leave');
  await video(ada, 'Bob').waitFor({ state: 'detached' });
  expect(await bob.page.getByRole('alert').textContent()).toBe('You have left.');
  await press(bob, 'Join');
  await shows(video(ada, 'Bob'), video(bob, 'Ada'));
  expect(await bob.page.locator('figure').count()).toBe(2);
});

it('vanilla: a link that is none is told', async () => {
  const { page } = await visit(await serve('vanilla'), 'broadcaster', 'Ada');
  await page.getByLabel('Join link').fill('https://example.org/elsewhere');
  await page.getByRole('button', { name: 'Join' }).click();
  expect(await page.getByRole('alert').textContent()).toContain('no join link');
});

it('react: previews, joins with the camera as it was set, chats', async () => {
  const url = await serve('react');
  const ada = await visit(url, 'broadcaster', 'Ada');
  const vera = await visit(url, 'viewer-realtime', 'Vera');
  for (const person of [ada, vera]) {
    await press(person, 'Open');
    await person.page.getByLabel('Your name').waitFor();
  }
  // The webinar audience publishes nothing, so nothing of it is offered.
  await vera.page.getByText('as viewer-realtime').waitFor();
  expect(await vera.page.getByRole('button', { name: 'Camera' }).count()).toBe(0);
  await press(ada, 'Camera');
  await shows(video(ada, 'You'));
  await press(ada, 'Join');
  await press(vera, 'Join');
  await shows(video(vera, 'Ada'));
  await say(vera, 'From the seats');
  await ada.page.getByText('Vera: From the seats').waitFor();
  await press(ada, 'Leave');
  await ada.page.getByText('You have left.').waitFor();
  await video(vera, 'Ada').waitFor({ state: 'detached' });
});

it('bring-on-stage: a viewer of the stream raises a hand, goes on stage, and back', async () => {
  const url = await serve('bring-on-stage');
  const host = await visit(url, 'broadcaster', 'Hanna');
  const viewer = await visit(url, 'hls-viewer', 'Vera');
  await viewer.page.getByText('in the audience of the stream').waitFor();
  await press(host, 'Go live');
  await shows(viewer.page.locator('figure video').first());
  await press(viewer, 'Raise hand');
  await press(host, 'Bring Vera on stage');
  await viewer.page.getByText('Hanna asks you on stage.').waitFor();
  await press(viewer, 'Camera');
  await press(viewer, 'Go on stage');
  await viewer.page.getByText('You are on stage.').waitFor();
  await shows(video(host, 'Vera'), video(viewer, 'Hanna'));

  await press(host, 'Thank Vera');
  await viewer.page.getByText('in the audience of the stream').waitFor();
  await shows(viewer.page.locator('figure video').first());
  await video(host, 'Vera').waitFor({ state: 'detached' });
  // It was heard: the hand went down by itself.
  await viewer.page.getByRole('button', { name: 'Raise hand' }).waitFor();
});

it('own-layout: each layout places its tiles, who has no camera on among them', async () => {
  const url = await serve('own-layout');
  const ada = await visit(url, 'broadcaster', 'Ada');
  const bob = await visit(url, 'viewer-on-stage', 'Bob Builder');
  await shows(video(ada, 'Bob Builder'), video(bob, 'Ada'));
  const widthOf = async (): Promise<number> => (await tile(ada, 'You').boundingBox())?.width ?? 0;
  const grid = await widthOf();
  expect(grid).toBeGreaterThan(0);
  await press(ada, 'single');
  // Who is in front follows who speaks, so either may be alone.
  await ada.page.getByText('and 1 more').waitFor();
  expect(await ada.page.locator('figure').count()).toBe(1);
  await press(ada, 'grid');
  await expect.poll(widthOf).toBe(grid);
  // A page that ends leaves the room: nobody looks at a frozen picture until the server misses its person.
  await bob.page.goto('about:blank');
  await tile(ada, 'Bob Builder').waitFor({ state: 'detached' });
  await expect.poll(widthOf).toBeGreaterThan(grid);
});

/** @returns the origin where the example is served until the test ends */
async function serve(name: string): Promise<string> {
  const { url, server } = await serveExample(name, { folder });
  served.push(server);
  return url;
}

async function visit(url: string, roleName: string, name: string): Promise<TestPage> {
  const person = await openPage(browser);
  opened.push(person);
  const query = new URLSearchParams({ link: amphi.links.rooms[roleName]!, name });
  await person.page.goto(`${url}/?${query}`);
  return person;
}

async function press(person: TestPage, name: string): Promise<void> {
  await person.page.getByRole('button', { name, exact: true }).click();
}

async function say(person: TestPage, text: string): Promise<void> {
  await person.page.getByLabel('Message').fill(text);
  await press(person, 'Send');
}

function tile(person: TestPage, name: string): Locator {
  return person.page.locator('figure').filter({ hasText: name });
}

function video(person: TestPage, name: string): Locator {
  return tile(person, name).locator('video');
}

/** Waits until each shows a picture that moves on. */
async function shows(...videos: readonly Locator[]): Promise<void> {
  for (const video of videos) {
    await video.waitFor();
    await video.evaluate(
      (element) =>
        new Promise<void>((resolve) => {
          const picture = element as HTMLVideoElement;
          picture.requestVideoFrameCallback(() => picture.requestVideoFrameCallback(() => resolve()));
        }),
    );
  }
}
