import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from '@amphi/client';
import type { RoomFrame } from '@amphi/client/embed';
import {
  type AmphiServer,
  freePort,
  launchChromium,
  openPage,
  RtmpServer,
  startAmphi,
  type TestPage,
} from '@amphi/testkit';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveExample } from './served-example.ts';
import { type ServedReadme, type Surroundings, serveReadme } from './served-readme.ts';
import { codeOf, restOf } from './wire.ts';

/** The examples as their readers run them: built by vite, served from an origin of their own, used in a browser. */

let amphi: AmphiServer;
let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'amphi-examples-'));
const served: { close(): Promise<unknown> }[] = [];
const opened: TestPage[] = [];

beforeAll(async () => {
  [amphi, browser] = await Promise.all([
    startAmphi({ env: { AMPHI_RTMP_ALLOW_PRIVATE_ADDRESSES: 'true' } }),
    launchChromium(),
  ]);
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

describe('the examples of the READMEs', () => {
  let hanna: TestPage;
  /** Playlist of the stream that the example of the client starts. */
  let stream: string;

  beforeAll(async () => {
    await stopStreams();
    const example = await serveExample('vanilla', { folder });
    hanna = await openPage(browser);
    await hanna.page.goto(`${example.url}/?${queryFor('broadcaster', 'Hanna')}`);
    await example.server.close();
    await press(hanna, 'Join');
    await shows(video(hanna, 'Hanna (you)'));
  });

  afterAll(async () => {
    expect(hanna?.problems).toEqual([]);
    await hanna?.context.close();
  });

  it('client: a visit from the preview to the end', async () => {
    const port = await freePort();
    const readme = await serveReadmeOf('client', CLIENT, {
      'rtmp://live.example/app/STREAM-KEY': `rtmp://127.0.0.1:${port}/app/STREAM-KEY`,
    });
    const ada = await reads(readme, 1);
    await hanna.page.getByText('Ada: Hello').waitFor();
    await video(hanna, 'Ada').waitFor();
    // Nobody takes what is sent to a platform, and so the visit does not end, before a picture was there.
    await ada.page.locator('html[data-seen]').waitFor({ state: 'attached' });
    const platform = new RtmpServer();
    await platform.listen(port);
    served.push(platform);
    await toTheEnd(ada);
    const told = await ada.page.evaluate(() => window.told);
    expect(told).toEqual(expect.arrayContaining(['preview', 'joined', 'left', 'recording', 'live stream', 'rtmp']));
    expect(platform.publications).toMatchObject([{ app: 'app', streamKey: 'STREAM-KEY' }]);
    await video(hanna, 'Ada').waitFor({ state: 'detached' });

    const rita = await reads(readme, 2);
    await toTheEnd(rita);
    const state = await rita.page.evaluate(async () => {
      const { session } = window;
      const poll = await session.when(({ polls }) =>
        Object.values(polls).find(({ results }) => (results?.voters ?? 0) > 0),
      );
      const values = await session.when(({ values }) => values.chatPeerBlacklist !== undefined && values);
      const url = await session.when(({ liveStream }) => liveStream.url);
      const { self, board } = session.state;
      return { votes: poll.results?.questions[0]?.votes, values, url, selfId: self.peerId, drawn: board.elements };
    });
    stream = state.url;
    expect(state.votes).toEqual({ 1: 0, 2: 1 });
    expect(Object.values(state.drawn)).toMatchObject([{ data: { kind: 'line', to: [40, 30] } }]);
    expect(state.values).toMatchObject({
      spotlight: state.selfId,
      pinnedMessages: [{ text: 'Rita: To be pinned' }],
      chatState: { enabled: false },
      chatPeerBlacklist: ['user-9'],
    });
  });

  it('client: the effect, the diagnostics, the room in a frame', async () => {
    const readme = await serveReadmeOf('client', CLIENT);
    const rita = await reads(readme, 3);
    await toTheEnd(rita);
    const camera = await rita.page.evaluate(() => {
      const { track, source, status } = window.session.state.camera;
      return { status, isOwn: track === source, effects: window.effects };
    });
    expect(camera).toEqual({ status: 'on', isOwn: true, effects: ['begun', 'ended'] });

    const checked = await reads(readme, 4);
    await toTheEnd(checked);
    expect(checked.log.at(-1)).toMatch(/^log: (good|limited|bad)$/);
    expect(await checked.page.evaluate(() => window.told)).toMatchObject({ server: { status: 'passed' } });

    const ada = await reads(readme, 5);
    await toTheEnd(ada);
    const room = ada.page.frameLocator('iframe');
    await room.getByTestId('preview-join').click();
    await room.locator('[data-testid=mic-toggle][aria-pressed=false]').waitFor();
    expect(ada.log).toContain('log: broadcaster');
    // What is closed once the person has left does not answer.
    await ada.page.evaluate(() => window.room.leave().catch(() => {}));
    await ada.page.locator('iframe').waitFor({ state: 'detached' });
  });

  it('react: the stage, and the ready-made room', async () => {
    const show = (name: string): Surroundings => ({
      before: "import { createRoot } from 'react-dom/client';",
      after: `createRoot(document.getElementById('root')).render(<${name} />);`,
    });
    const readme = await serveReadmeOf('react', [show('App'), show('Lesson')]);
    const ada = await reads(readme, 1);
    await shows(ada.page.locator('#root video').first());
    const room = await reads(readme, 2);
    await room.page.frameLocator('iframe').getByTestId('preview-join').click();
    await expect.poll(() => room.log, { timeout: 60_000 }).toContain('log: broadcaster');
  });

  it('player: the stream plays until it is closed', async () => {
    const before = `
      const closeButton = document.querySelector('button');
      const showButton = (press) => console.log('autoplay is blocked');
      const showFailure = (error, retry) => console.log(String(error));`;
    const readme = await serveReadmeOf('player', [{ before }], {
      'https://live.example.org/hls/s1/master.m3u8': stream,
    });
    const viewer = await reads(readme, 1);
    const shown = viewer.page.locator('video');
    await shows(shown);
    expect(viewer.log).toEqual([]);
    await viewer.page.locator('button').click();
    await expect.poll(() => shown.evaluate((element) => (element as HTMLVideoElement).readyState)).toBe(0);
  });
});

/** Those of the examples before: a stream outlives those who have started it for some minutes. */
async function stopStreams(): Promise<void> {
  const rest = await restOf(amphi);
  const { data } = await rest<{ data: { id: string }[] }>('GET', '/live-streams?status=running');
  for (const { id } of data) await rest('POST', `/live-streams/${id}/stop`);
}

const JOINED = `
  import { createSession } from '@amphi/client';
  const session = createSession({ endpoint: 'https://live.example.org' });
  window.session = session;
  await session.join({ access: { roomCode: 'abc-defg-hij' }, name: 'Rita', camera: true });`;

/** What readers of the client's README have around its examples. */
const CLIENT: readonly Surroundings[] = [
  {
    before: `
      const videoElement = document.querySelector('video');
      videoElement.addEventListener('loadeddata', () => { document.documentElement.dataset.seen = ''; });
      window.told = [];
      const render = ({ connection, recording, liveStream, rtmp }) => {
        window.told.push(connection.status);
        if (recording.status === 'on') window.told.push('recording');
        if (rtmp.status === 'on') window.told.push('rtmp');
        if (liveStream.status !== 'off') window.told.push('live stream');
      };`,
  },
  {
    before: `
      import { BLOCKED_USERS, CHAT_STATE, HIDDEN_MESSAGES, PINNED_MESSAGES, readValue, SPOTLIGHT } from '@amphi/client';
      ${JOINED}
      await session.sendMessage('To be pinned');
      const message = await session.when(({ messages }) => messages.at(-1));
      const userId = 'user-9';`,
  },
  {
    before: `
      ${JOINED}
      window.effects = [];
      const startMyEffect = async (track) => {
        window.effects.push('begun');
        return { track: track.clone(), end: () => window.effects.push('ended') };
      };`,
  },
  { before: 'const render = (progress) => { window.told = progress; };' },
  { after: 'window.room = room;' },
];

declare global {
  interface Window {
    session: Session;
    told: unknown;
    effects: string[];
    room: RoomFrame;
  }
}

/** @returns the examples of a package's README, served until the test ends, for a broadcaster of this server */
async function serveReadmeOf(
  name: string,
  around: readonly Surroundings[],
  replaces: Readonly<Record<string, string>> = {},
): Promise<ServedReadme> {
  const own = {
    ...replaces,
    'https://live.example.org': amphi.links.url,
    'abc-defg-hij': codeOf(amphi.links.rooms.broadcaster!),
  };
  const readme = await serveReadme(name, { replaces: own, around });
  served.push(readme);
  return readme;
}

/** Opens the page of an example. */
async function reads(readme: ServedReadme, example: number): Promise<TestPage> {
  const reader = await openPage(browser);
  opened.push(reader);
  await reader.page.goto(readme.urlOf(example));
  return reader;
}

/** Waits until all of the example has run. */
async function toTheEnd({ page, problems }: TestPage): Promise<void> {
  await page
    .locator('html[data-done]')
    .waitFor({ state: 'attached', timeout: 90_000 })
    .catch((error: unknown) => {
      throw new Error(`${String(error)}: ${problems.join('; ')}`);
    });
}

/** @returns the origin where the example is served until the test ends */
async function serve(name: string): Promise<string> {
  const { url, server } = await serveExample(name, { folder });
  served.push(server);
  return url;
}

async function visit(url: string, roleName: string, name: string): Promise<TestPage> {
  const person = await openPage(browser);
  opened.push(person);
  await person.page.goto(`${url}/?${queryFor(roleName, name)}`);
  return person;
}

function queryFor(roleName: string, name: string): URLSearchParams {
  return new URLSearchParams({ link: amphi.links.rooms[roleName]!, name });
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
