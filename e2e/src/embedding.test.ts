import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import type { Browser, Frame, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveExample } from './served-example.ts';

/**
 * The room app in frames of other origins' pages: the examples as they are, then pages that mean no good. The room is at
 * `localhost`; 127.0.0.1 is another site, which the settings let in, and 127.0.0.2 one which they do not.
 */

/** Keeps all messages to its window. */
const LISTENS = '<script>heard = []; addEventListener("message", ({ data }) => heard.push(data));</script>';

let amphi: AmphiServer;
let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'amphi-embedding-'));
const served: { close(): Promise<unknown> }[] = [];
const opened: TestPage[] = [];

beforeAll(async () => {
  [amphi, browser] = await Promise.all([
    startAmphi({ env: { AMPHI_EMBEDDING_ORIGINS: 'http://127.0.0.1:*' } }),
    launchChromium(),
  ]);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ context }) => context.close()));
  await Promise.all(served.splice(0).map((server) => server.close()));
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
});

describe('examples', () => {
  it('EMB1–EMB3, EMB6, EMB7: an iframe tells and is told by messages alone', async () => {
    const ada = await visit(await serve('embed-frame'), 'broadcaster', 'Ada');
    const room = roomOf(ada);
    expect(await room.getByTestId('preview-name').inputValue()).toBe('Ada');
    await told(ada, 'ready {}');
    // As the address says: the camera is off, whatever the person had the last time, and the microphone as ever.
    await told(ada, 'microphone-changed {"isOn":true}');
    await room.getByTestId('preview-join').click();
    await told(ada, /^joined \{"peerId":"[\w-]+","name":"Ada","role":"broadcaster","level":"stage"\}$/);
    await room.getByTestId('leave').waitFor();
    expect(await room.getByTestId('cam-toggle').getAttribute('aria-pressed')).toBe('false');
    for (const hidden of ['polls-toggle', 'settings']) expect(await room.getByTestId(hidden).count()).toBe(0);
    expect(await room.getByTestId('participants-toggle').count()).toBe(1);

    await press(ada, 'Microphone');
    await told(ada, 'microphone-changed {"isOn":false}');
    await told(ada, 'answer 1 done');
    await press(ada, 'Leave');
    await told(ada, 'left {"reason":"left","message":""}');
    await room.getByTestId('left-screen').waitFor();
    await press(ada, 'Microphone');
    await told(ada, 'answer 3 wrong_state');
    expect(ada.problems).toEqual([]);
  });

  it('EMB6–EMB8: a web component tells by DOM events that the stream is on air, and does what the role allows', async () => {
    const url = await serve('embed-element');
    const ada = await visit(url, 'broadcaster', 'Ada');
    const room = roomOf(ada);
    expect(await room.locator('html').getAttribute('data-theme')).toBe('dark');
    await room.getByTestId('preview-join').click();
    await room.getByTestId('go-live').click();
    await told(ada, /^live-started \{"url":"http:.*\.m3u8"\}$/, 60_000);
    await press(ada, 'Raise hand');
    await told(ada, 'hand-changed {"isRaised":true}');
    expect(await room.getByTestId('hand-toggle').getAttribute('aria-pressed')).toBe('true');
    await room.getByTestId('end-stream').click();
    await room.getByTestId('end-stream-confirm').click();
    await told(ada, 'live-stopped {}', 20_000);

    // Who may not publish has no microphone, for the page around either.
    const vera = await visit(url, 'viewer-realtime', 'Vera');
    await roomOf(vera).getByTestId('preview-join').click();
    await told(vera, /^joined .*"level":"webinar"/);
    await press(vera, 'Mute');
    await vera.page.getByRole('alert').getByText('the role has no microphone').waitFor();
    // An element that is taken out has left.
    await vera.page.locator('amphi-room').evaluate((element) => element.remove());
    await room.getByRole('button', { name: 'People, 1' }).waitFor();
    expect([...ada.problems, ...vera.problems]).toEqual([]);
  });

  it('EMB1, EMB10: a React component is in the room at once, and leaves it when it is taken away', async () => {
    const ada = await visit(await serve('embed-react'), 'broadcaster', 'Ada');
    await ada.page.getByText('In the room as broadcaster.').waitFor();
    const room = roomOf(ada);
    await room.getByTestId('mic-toggle').waitFor();
    expect(await room.getByTestId('leave').count()).toBe(0);
    await press(ada, 'Microphone');
    await ada.page.locator('button[aria-pressed=true]', { hasText: 'Microphone' }).waitFor();
    await room.getByTestId('mic-toggle').click();
    await ada.page.locator('button[aria-pressed=false]', { hasText: 'Microphone' }).waitFor();
    await press(ada, 'Leave');
    await ada.page.getByText('Out of the room: left.').waitFor();
    expect(ada.problems).toEqual([]);
  });

  it('EMB12: a page without a build has the web component from the server itself', async () => {
    const page = await openAt('127.0.0.1', elementOfServer());
    await roomOf(page).getByTestId('preview-join').waitFor();
    expect(page.problems).toEqual([]);
  });
});

it('EMB6, PRE16: the page around is told that code of the room did not come', async () => {
  const around = await openPage(browser);
  opened.push(around);
  await around.page.route(/\/room-assets\/assets\/page-[\w-]{8}\.js$/, (route) => route.fulfill({ status: 404 }));
  const frame = `${LISTENS}<iframe></iframe><script>
    const link = ${JSON.stringify(amphi.links.rooms.broadcaster)} + '?embed=' + location.origin;
    document.querySelector('iframe').src = link;
  </script>`;
  await around.page.goto(await servePage('127.0.0.1', frame));
  await around.page.frameLocator('iframe').getByTestId('page-missing').waitFor();
  const told = await waitFor('it is told', async () => (await heardBy(around.page)).at(-1));
  expect(told).toMatchObject({ type: 'event', name: 'error', detail: { code: 'page_missing' } });
  await around.page.unrouteAll();
  await around.page.frameLocator('iframe').getByRole('button').click();
  await around.page.frameLocator('iframe').getByTestId('preview-join').waitFor();
});

describe('pages that mean no good', () => {
  it('EMB4, EMB11: one that the settings do not name shows no room, and its element says so', async () => {
    const eve = await visit(await serve('embed-element', '127.0.0.2'), 'broadcaster', 'Eve');
    await told(eve, /^error \{"code":"no_answer"/, 30_000);
    expect(await roomOf(eve).getByTestId('preview-join').count()).toBe(0);
    await press(eve, 'Mute');
    await eve.page.getByRole('alert').getByText('does not answer').waitFor();
    expect(eve.problems.join()).toContain('frame-ancestors');
  });

  it('EMB3: one that may frame the room but is not named by its address hears nothing, and nobody hears it', async () => {
    const link = `${amphi.links.rooms.broadcaster}?name=Ada&skip_preview=true`;
    const eve = await openAt(
      '127.0.0.1',
      `${LISTENS}<iframe src="${link}&embed=http://127.0.0.1:81" allow="microphone"></iframe>`,
    );
    const room = eve.page.frameLocator('iframe');
    await room.getByTestId('leave').waitFor();
    await eve.page.evaluate(() => {
      const message = { protocol: 'amphi-room', version: 1, type: 'command', id: 1, name: 'leave', params: {} };
      frames[0]!.postMessage(message, '*');
    });
    // What the person does comes after it, and changes what a page that is named would be told.
    await room.getByTestId('mic-toggle').click();
    await room.locator('[data-testid=mic-toggle][aria-pressed=true]').waitFor();
    expect(await room.getByTestId('leave').count()).toBe(1);
    expect(await heardBy(eve.page)).toEqual([]);
  });

  it('EMB9: another window, and another page in the frame, are not heard and get nothing', async () => {
    const forged = {
      protocol: 'amphi-room',
      version: 1,
      type: 'event',
      name: 'left',
      detail: { reason: 'x', message: '' },
    };
    const forge = `parent.postMessage(${JSON.stringify(forged)}, '*')`;
    const beside = await servePage('127.0.0.2', `<script>forge = () => ${forge}</script>`);
    const instead = await servePage('127.0.0.2', `${LISTENS}<script>${forge}</script>`);
    const page = await openAt('127.0.0.1', `${LISTENS}${elementOfServer()}<iframe src="${beside}"></iframe>`);
    await roomOf(page).getByTestId('preview-join').waitFor();
    await page.page.evaluate(() => {
      const room = document.querySelector('amphi-room')!;
      Object.assign(window, { told: [] });
      room.addEventListener('left', () => (window as unknown as { told: string[] }).told.push('left'));
    });
    const forgeries = async (): Promise<number> => (await heardBy(page.page)).filter(isForged).length;
    const isForged = (message: unknown): boolean => JSON.stringify(message) === JSON.stringify(forged);
    const frameAt = (url: string): Frame => page.page.frames().find((frame) => frame.url() === url)!;
    await frameAt(beside).evaluate('forge()');
    await waitFor('the first forgery has come', async () => (await forgeries()) === 1);

    await page.page.evaluate((url) => {
      document.querySelector('amphi-room')!.shadowRoot!.querySelector('iframe')!.contentWindow!.location.href = url;
    }, instead);
    await waitFor('the second forgery has come', async () => (await forgeries()) === 2);
    await page.page.evaluate(() => {
      void document.querySelector('amphi-room')!.setMicrophone(true);
      // To anybody, and after it: once this has come, what was before it would have, too.
      document
        .querySelector('amphi-room')!
        .shadowRoot!.querySelector('iframe')!
        .contentWindow!.postMessage('last', '*');
    });
    await waitFor('the page in the frame hears', async () => (await heardBy(frameAt(instead))).length > 0);
    expect(await heardBy(frameAt(instead))).toEqual(['last']);
    expect(await page.page.evaluate('told')).toEqual([]);
  });
});

/** @returns the origin where the example is served until the test ends */
async function serve(name: string, host?: string): Promise<string> {
  const { url, server } = await serveExample(name, { folder, ...(host !== undefined && { host }) });
  served.push(server);
  return url;
}

async function visit(url: string, roleName: string, name: string): Promise<TestPage> {
  const person = await openPage(browser);
  opened.push(person);
  await person.page.goto(`${url}/?${new URLSearchParams({ link: amphi.links.rooms[roleName]!, name })}`);
  return person;
}

/** Opens a page of one's own, from a server that is at that address until the test ends. */
async function openAt(host: string, html: string): Promise<TestPage> {
  const person = await openPage(browser);
  opened.push(person);
  await person.page.goto(await servePage(host, html));
  return person;
}

/** @returns its address */
async function servePage(host: string, html: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><link rel="icon" href="data:,">${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  served.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://${host}:${(server.address() as AddressInfo).port}/`;
}

/** A page that loads nothing but what the server gives. */
function elementOfServer(): string {
  return `<script type="module" src="${amphi.links.url}/room-assets/embed.js"></script>
    <amphi-room link="${amphi.links.rooms.broadcaster}" name="Ada"></amphi-room>`;
}

function heardBy(page: Page | Frame): Promise<unknown[]> {
  return page.evaluate<unknown[]>('heard');
}

function roomOf(person: TestPage): FrameLocator {
  return person.page.frameLocator('iframe[title=Room]');
}

async function press(person: TestPage, name: string): Promise<void> {
  await person.page.getByRole('button', { name, exact: true }).click();
}

async function told(person: TestPage, event: string | RegExp, timeout = 15_000): Promise<void> {
  await person.page.getByLabel('Events').getByText(event, { exact: true }).first().waitFor({ timeout });
}
