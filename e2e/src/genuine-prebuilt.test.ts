import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser, Locator, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostGenuinePrebuilt } from './genuine-prebuilt/host.ts';
import { seesAdvancingBarcode } from './people.ts';
import { publicKeyHashOf } from './public-key-hash.ts';
import { restOf } from './wire.ts';

/** The ready-made room of the public SDK, unmodified, by the layouts and endpoints of this server: one evening on two pages. */

let amphi: AmphiServer;
let browser: Browser;
let host: Awaited<ReturnType<typeof hostGenuinePrebuilt>>;
let broadcaster: TestPage;
let viewer: TestPage;
/** The broadcaster's socket to this server. */
let signaling: WebSocket;
/** What this server has refused the pages. */
const refused: string[] = [];

beforeAll(async () => {
  // The genuine client wants an https address for `/init`.
  amphi = await startAmphi({ env: { AMPHI_TLS: 'self-signed' } });
  [browser, host] = await Promise.all([
    publicKeyHashOf(amphi.links.url).then((hash) =>
      launchChromium({ args: [`--ignore-certificate-errors-spki-list=${hash}`] }),
    ),
    hostGenuinePrebuilt(amphi.links.url),
  ]);
  broadcaster = await openRoom('broadcaster', 200);
  viewer = await openRoom('hls-viewer', 40);
});

afterAll(async () => {
  await browser?.close();
  await host?.close();
  expect(await amphi?.stop()).toBe(0);
});

async function openRoom(role: string, hue: number): Promise<TestPage> {
  const person = await openPage(browser, {
    initScripts: [barcodeReaderScript(), barcodeCameraScript({ width: 640, height: 360, frameRate: 15, hue })],
  });
  const known = [host.url, amphi.links.url];
  // Fonts, pictures of emoji, analytics: nothing may leave this machine.
  await person.context.route(
    (url) => !known.includes(url.origin),
    (route) => route.abort(),
  );
  person.page.on('response', (response) => {
    if (response.url().startsWith(amphi.links.url) && response.status() >= 400) {
      refused.push(`${response.status()} ${response.url()}`);
    }
  });
  person.page.on('websocket', (socket) => {
    if (role === 'broadcaster') signaling = socket;
  });
  const code = amphi.links.rooms[role]!.split('/').at(-1);
  await person.page.goto(`${host.url}/meeting/${code}`);
  return person;
}

async function enter(person: TestPage, name: string, button: string): Promise<void> {
  await person.page.getByPlaceholder('Enter name').fill(name);
  await person.page.getByRole('button', { name: button }).click();
}

async function say(person: TestPage, text: string): Promise<void> {
  await person.page.getByPlaceholder('Send a message').fill(text);
  await person.page.getByTestId('send_msg_btn').click();
}

/** The room lists earlier polls then, and would take one that is made meanwhile for a draft. */
async function openPolls(): Promise<void> {
  const isLastList = ({ payload }: { payload: string | Buffer }) => /"poll-list".*"stopped"/.test(String(payload));
  const listed = signaling.waitForEvent('framesent', { predicate: isLastList });
  await broadcaster.page.getByTestId('polls_btn').click();
  await listed;
}

async function ask(
  kind: 'Poll' | 'Quiz',
  name: string,
  text: string,
  options: readonly [string, string],
): Promise<void> {
  const { page } = broadcaster;
  await openPolls();
  await page.getByTestId('conferencing').getByText(kind, { exact: true }).click();
  await page.getByPlaceholder('Enter a name to continue').fill(name);
  await page.getByRole('button', { name: `Create ${kind}` }).click();
  await page.getByPlaceholder('Ask a question').fill(text);
  await page.getByPlaceholder('Option 1').fill(options[0]);
  await page.getByPlaceholder('Option 2').fill(options[1]);
  // The right answer of a quiz.
  if (kind === 'Quiz') await page.getByRole('radio').first().click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: `Launch ${kind.toLowerCase()}` }).click();
  await page.getByRole('button', { name: `End ${kind.toLowerCase()}` }).waitFor();
}

/** From the toast, which holds two buttons, one in the other. */
async function respond(text: string, button: 'Vote' | 'Answer', option: string): Promise<void> {
  const { page } = viewer;
  await toast(viewer, text).getByRole('button', { name: button }).last().click({ timeout: 60_000 });
  await page.getByText(option, { exact: true }).click();
  await page.getByTestId('conferencing').getByRole('button', { name: button }).click();
}

/** As a back end reads it. */
async function feedback(): Promise<unknown> {
  const rest = await restOf(amphi);
  return (await rest<{ data: unknown }>('GET', '/analytics/feedback')).data;
}

const tileOf = (person: TestPage, name: string): Locator => person.page.getByTestId(`participant_tile_${name}`);
const toast = (person: TestPage, text: string): Locator =>
  person.page.getByRole('region', { name: 'Notifications' }).getByRole('listitem').filter({ hasText: text });

it('PRE2: who may stream sees their camera first, and goes live by joining', async () => {
  const { page } = broadcaster;
  await page.getByText('You are the first to join').waitFor();
  await seesAdvancingBarcode(broadcaster, '[data-testid=preview_tile]', { frames: 3 });
  await enter(broadcaster, 'Bea', 'Go Live');
  await tileOf(broadcaster, 'Bea').waitFor();
  await page.getByTestId('header').getByText('LIVE').waitFor({ timeout: 60_000 });
});

it('PRE2: the audience enters without a camera, and the stream plays', async () => {
  const { page } = viewer;
  await page.getByText('LIVE').waitFor();
  await page.getByText('1 other in the session').waitFor();
  expect(await page.getByTestId('preview_tile').count()).toBe(0);
  await enter(viewer, 'Vic', 'Join Now');
  await seesAdvancingBarcode(viewer, '#hls-player-container video', { timeoutMs: 90_000 });
  expect(await page.getByTestId('audio_toggle_btn').count()).toBe(0);
});

it('chats both ways', async () => {
  await say(broadcaster, 'hello from the stage');
  await viewer.page.getByText('hello from the stage').waitFor();
  await say(viewer, 'hello from the audience');
  await broadcaster.page.getByText('hello from the audience').waitFor();
});

it('asks the audience by a poll, at the picture of its moment', async () => {
  await ask('Poll', 'Lunch', 'What shall it be?', ['Soup', 'Salad']);
  // The stream itself tells it.
  await respond('Bea started a poll', 'Vote', 'Salad');
  await viewer.page.getByText('1 vote', { exact: true }).waitFor();
  await broadcaster.page.getByRole('button', { name: 'End poll' }).click();
  await broadcaster.page.getByText('1 vote', { exact: true }).waitFor();
  await broadcaster.page.keyboard.press('Escape');
});

it('PRE3: a raised hand brings its owner to the stage, once they have looked at themselves', async () => {
  await viewer.page.getByTestId('hand_raise_btn').click();
  await toast(broadcaster, 'Vic raised hand').getByRole('button', { name: 'Bring on stage' }).click();
  const invitation = viewer.page.getByRole('dialog', { name: "You're invited to join the stage" });
  await invitation.waitFor();
  await seesAdvancingBarcode(viewer, '[data-testid=preview_tile]', { frames: 3 });
  await invitation.getByRole('button', { name: 'Accept' }).click();
  await invitation.waitFor({ state: 'detached' });
  await seesAdvancingBarcode(viewer, '[data-testid=participant_tile_Bea] video');
  await seesAdvancingBarcode(broadcaster, '[data-testid=participant_tile_Vic] video');
  expect(await viewer.page.getByTestId('hand_raise_btn').count()).toBe(0);
});

it('ROOM107: asks the stage by a quiz, and shows who leads', async () => {
  const { page } = broadcaster;
  await ask('Quiz', 'Sums', 'One and one?', ['Two', 'Eleven']);
  await respond('Bea started a quiz', 'Answer', 'Two');
  await viewer.page.getByText('Answered', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'End quiz' }).click();
  // One of the two who might have answered, and rightly.
  await page.getByText('50% (1/2)').last().waitFor();
  await page.getByRole('button', { name: 'View Leaderboard' }).click();
  // Of how many, it adds up once more each time that the quiz changes while it asks.
  await page.getByText(/^10 \/ \d+0 points$/).waitFor();
});

it('PRE3: who is taken from the stage sees the stream again', async () => {
  const { page } = broadcaster;
  await page.getByTestId('participant_list').click();
  await page.getByRole('button', { name: 'viewer-on-stage (1)' }).click();
  await page.getByTestId('participant_Vic').hover();
  await page.getByTestId('participant_Vic').getByTestId('participant_more_actions').click();
  await page.getByRole('menuitem', { name: 'Remove from stage' }).click();
  await tileOf(broadcaster, 'Vic').waitFor({ state: 'detached' });
  await seesAdvancingBarcode(viewer, '#hls-player-container video', { timeoutMs: 60_000 });
  await viewer.page.getByTestId('hand_raise_btn').waitFor();
});

it('FBK1: ends the stream for everyone, and tells the server how it was', async () => {
  const { page } = broadcaster;
  await page.getByTestId('leave_end_dropdown_trigger').click();
  await page.getByTestId('end_room_btn').click();
  await page.getByTestId('stop_stream_btn').click();
  await page.getByText('You left the room').waitFor();
  await page.getByText('Great', { exact: true }).click();
  await page.getByPlaceholder('Tell us more').fill('Like being there.');
  const sent = page.waitForResponse((response) => response.url() === `${amphi.links.url}/v2/client/feedback`);
  await page.getByRole('button', { name: 'Submit' }).click();
  expect((await sent).status()).toBe(200);
  await page.getByText('Thank you for your feedback').waitFor();
  expect(await feedback()).toMatchObject([
    { peer_name: 'Bea', role: 'broadcaster', rating: 5, min_rating: 1, max_rating: 5, comment: 'Like being there.' },
  ]);

  await viewer.page.getByText('Stream has ended').waitFor({ timeout: 60_000 });
  await viewer.page.getByTestId('leave_room_btn').click();
  await viewer.page.getByTestId('leave_room').click();
  await viewer.page.getByText('You left the room').waitFor();
});

it('PRE5: was refused nothing', () => {
  expect(refused).toEqual([]);
});
