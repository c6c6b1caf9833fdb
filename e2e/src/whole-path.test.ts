import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript, pictureWatchScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CUTTABLE_SOCKETS } from './cuttable-sockets.ts';
import { goLive, hearsTone, joinRoom, say, seesAdvancingBarcode, seesMessage, seesPictureSince } from './people.ts';
import { claimsOf, restBy, tokenBy, WireClient } from './wire.ts';

/** From the sign-in link of a fresh server to a stream that was watched, joined and ended: what a person does. */

const STAGE_VIDEO = '[data-testid=stage-tile] video';
const OTHERS_VIDEO = '[data-testid=stage-tile][data-local=false] video';
const PLAYER_VIDEO = '[data-testid=player] video';
const BEEP_HZ = 1000;

type LevelRole = 'hls-viewer' | 'viewer-realtime' | 'viewer-on-stage';
/** From each level to each other, once. */
const ROUND: readonly LevelRole[] = [
  'viewer-realtime',
  'viewer-on-stage',
  'hls-viewer',
  'viewer-on-stage',
  'viewer-realtime',
  'hls-viewer',
];

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
let broadcaster: TestPage;
let viewer: TestPage;
const links = new Map<string, string>();

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = barcodeCameraScript({ width: 640, height: 360, toneHz: BEEP_HZ });
  owner = await openPage(browser);
  broadcaster = await openPage(browser, { initScripts: [camera, barcodeReaderScript()] });
  viewer = await openPage(browser, {
    initScripts: [
      barcodeCameraScript({ width: 640, height: 360, toneHz: 2000, hue: 120 }),
      barcodeReaderScript(),
      pictureWatchScript(),
      CUTTABLE_SOCKETS,
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('signs in by the printed link and creates an app from the Live Streaming starter kit', async () => {
  const { page } = owner;
  await page.goto(amphi.links.dashboard);
  await page.getByTestId('skip-password').click();
  await page.getByTestId('create-app').first().click();
  await page.getByTestId('kit-live_streaming').click();
  await page.getByTestId('app-name').fill('Evening show');
  await page.getByTestId('app-subdomain').fill('evening-show');
  await page.getByTestId('opt-guests').click();
  await page.getByTestId('opt-webinar').click();
  await page.getByTestId('create-submit').click();
  for (const role of ['broadcaster', 'hls-viewer', 'viewer-on-stage']) {
    const link = page.getByTestId(`join-link-${role}`);
    await link.waitFor({ timeout: 10_000 });
    links.set(role, (await link.textContent())!.trim());
  }
  await expect.poll(() => page.getByTestId('destination-enabled').getAttribute('aria-checked')).toBe('true');
});

it('a viewer who comes before the start is told so', async () => {
  await joinRoom(viewer, links.get('hls-viewer')!, 'Vera');
  await viewer.page.locator('[data-testid=player-state][data-state=waiting]').waitFor({ timeout: 15_000 });
});

it('goes live from the browser, and the waiting viewer plays by itself, with sound and moving picture', async () => {
  await joinRoom(broadcaster, links.get('broadcaster')!, 'Bruno');
  await seesAdvancingBarcode(broadcaster, STAGE_VIDEO);
  await goLive(broadcaster);
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 30 });
  await hearsTone(viewer, PLAYER_VIDEO, BEEP_HZ);
  await waitFor('one viewer is counted', async () =>
    /^1(?!\d)/.test((await broadcaster.page.getByTestId('viewer-count').textContent()) ?? ''),
  );
});

it('the viewer has the keys people know, and numbers that are of this stream', async () => {
  const { page } = viewer;
  const sound = page.getByTestId('player-sound');
  const before = await sound.getAttribute('aria-pressed');
  await page.getByTestId('player').hover();
  await page.keyboard.press('m');
  await expect.poll(() => sound.getAttribute('aria-pressed')).not.toBe(before);
  await page.getByTestId('chat-input').click();
  await page.keyboard.type('m');
  expect(await page.getByTestId('chat-input').inputValue()).toBe('m');
  expect(await sound.getAttribute('aria-pressed')).not.toBe(before);
  await page.getByTestId('chat-input').fill('');
  await page.keyboard.press('Control+]');
  const numbers = page.getByTestId('player-stats');
  await numbers.getByText(/^.?\d+×\d+.?$/).waitFor({ timeout: 10_000 });
  await numbers
    .getByText(/Mbit\/s/)
    .first()
    .waitFor({ timeout: 10_000 });
  await page.keyboard.press('Control+]');
  await numbers.waitFor({ state: 'detached', timeout: 10_000 });
  await page.getByTestId('player').hover();
  await sound.click();
  await expect.poll(() => sound.getAttribute('aria-pressed')).toBe(before);
});

it('chats both ways', async () => {
  await say(broadcaster, 'Welcome to the show');
  await seesMessage(viewer, 'Welcome to the show');
  await say(viewer, 'Hello from the seats');
  await seesMessage(broadcaster, 'Hello from the seats');
});

it('brings the viewer on stage by one call, and back, while the stream goes on', async () => {
  await viewer.page.evaluate(() => window.amphiPicture.reset());
  await changeRole('Vera', 'viewer-on-stage');
  await viewer.page.getByTestId('invite-accept').click({ timeout: 10_000 });
  await viewer.page.getByTestId('mic-toggle').waitFor({ timeout: 15_000 });
  await waitFor('Vera sees the stage', async () => (await viewer.page.locator(STAGE_VIDEO).count()) >= 1);
  await turnOn(viewer, 'cam-toggle');
  await turnOn(viewer, 'mic-toggle');
  await waitFor(
    'two tiles at the broadcaster',
    async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) === 2,
    20_000,
  );
  await hearsTone(broadcaster, 'audio, video', 2000);

  await changeRole('Vera', 'hls-viewer');
  const invited = viewer.page.getByTestId('invite-accept');
  await waitFor('Vera is back in the audience', async () => {
    if (await invited.isVisible()) await invited.click();
    return (await viewer.page.locator(PLAYER_VIDEO).count()) === 1;
  });
  await seesAdvancingBarcode(viewer, PLAYER_VIDEO, { frames: 10 });
  // The old picture stays until the first frame of the new one, both ways.
  const seen = await viewer.page.evaluate(() => ({ ...window.amphiPicture }));
  expect(seen.frames).toBeGreaterThan(10);
  expect(seen.longestDarkMs, seen.story.join('\n')).toBe(0);
  await waitFor('one tile at the broadcaster', async () => (await broadcaster.page.locator(STAGE_VIDEO).count()) === 1);
});

it('ROOM41: from each level to each other, forced and asked, with a socket cut: all that is theirs stays, and the old picture until the new one', async () => {
  const token = await tokenBy(amphi, links.get('broadcaster')!, 'ward');
  const host = await WireClient.open(amphi, token);
  await host.notification('on-policy-change');
  await host.request('join', { name: 'Ward', data: '' });
  const { params } = await host.notification('peer-list');
  const listed = Object.values(params!.peers as Record<string, { peer_id: string; info: { name: string } }>);
  const { peer_id: peerId } = listed.find(({ info }) => info.name === 'Vera')!;
  const answerTo = async (method: string, asked: object) => (await host.request(method, asked)).result!;

  // What is hers.
  const rest = restBy(amphi, await managementToken());
  await rest('POST', `/active-rooms/${claimsOf(token).room_id}/peers/${peerId}`, { metadata: '{"seat":7}' });
  const { page } = viewer;
  await page.getByTestId('hand-toggle').click();
  const { poll_id: poll } = await answerTo('poll-info-set', { title: 'Lunch', type: 'poll' });
  const options = [
    { index: 1, text: 'Rösti' },
    { index: 2, text: 'Raclette' },
  ];
  const question = { index: 1, text: 'What?', type: 'single-choice' };
  await answerTo('poll-questions-set', { poll_id: poll, questions: [{ question, options }] });
  await answerTo('poll-start', { poll_id: poll });
  await page.getByTestId('polls-toggle').click();
  await page.getByTestId('poll-option').last().click();
  await page.getByTestId('poll-answer').click();
  await page.getByTestId('poll-result').waitFor();
  const before = await answerTo('get-peer', { peer_id: peerId });
  expect(before).toMatchObject({ groups: ['_handraise'], info: { name: 'Vera', data: '{"seat":7}' } });

  for (const way of ['forced', 'asked'] as const) {
    let from: LevelRole = 'hls-viewer';
    for (const role of ROUND) {
      const when = `${from} to ${role}, ${way}`;
      await page.evaluate(() => window.amphiPicture.reset());
      const since = Date.now();
      if (role === 'viewer-on-stage' && from === 'viewer-realtime') await page.evaluate(() => window.cutSockets());
      await answerTo('role-change-request', { requested_for: peerId, role, force: way === 'forced' });
      if (way === 'asked') await page.getByTestId('invite-accept').click();
      await page.getByTestId('mic-toggle').waitFor({ state: role === 'viewer-on-stage' ? 'visible' : 'detached' });
      const picture = role === 'hls-viewer' ? PLAYER_VIDEO : OTHERS_VIDEO;
      await seesPictureSince(viewer, picture, since);
      await page.getByTestId('handover-still').waitFor({ state: 'detached' });
      // A gap may also come after the first picture.
      const { frames } = await page.evaluate(() => window.amphiPicture);
      await page.waitForFunction((shown) => window.amphiPicture.frames > shown + 10, frames);
      const seen = await page.evaluate(() => ({ ...window.amphiPicture }));
      expect(seen.longestDarkMs, `${when}\n${seen.story.join('\n')}`).toBe(0);
      expect(await answerTo('get-peer', { peer_id: peerId }), when).toMatchObject({ ...before, role });
      from = role;
    }
  }
  await page.getByTestId('poll-result').waitFor();
  expect(await page.getByTestId('hand-toggle').getAttribute('aria-pressed')).toBe('true');
  expect(await answerTo('poll-result', { poll_id: poll })).toMatchObject({
    user_count: 1,
    questions: [{ options: [0, 1] }],
  });
  await answerTo('poll-stop', { poll_id: poll });
  await page.getByTestId('hand-toggle').click();
  host.close();
});

it('ends the stream; the viewer is told', async () => {
  await broadcaster.page.getByTestId('end-stream').click();
  const confirm = broadcaster.page.getByTestId('end-stream-confirm');
  await confirm.click({ timeout: 5_000 }).catch(() => {});
  await viewer.page.locator('[data-testid=player-state][data-state=ended]').waitFor({ timeout: 30_000 });
  await broadcaster.page.getByTestId('go-live').waitFor({ timeout: 15_000 });
});

it('nothing went wrong in any page', () => {
  for (const person of [owner, broadcaster, viewer]) expect(person.problems).toEqual([]);
});

async function changeRole(name: string, role: string): Promise<void> {
  const { page } = broadcaster;
  const entry = page.getByTestId('participant').filter({ hasText: name });
  if (!(await entry.isVisible())) await page.getByTestId('participants-toggle').click();
  await entry.getByTestId('role-menu').click();
  await page.getByTestId(`role-option-${role}`).click();
}

/** Of the owner, who is signed in. */
async function managementToken(): Promise<string> {
  const { developer } = await owner.page.evaluate(async () => {
    const answer = await fetch('/platform/developer');
    return (await answer.json()) as { developer: { managementToken: string } };
  });
  return developer.managementToken;
}

async function turnOn(person: TestPage, control: string): Promise<void> {
  const button = person.page.getByTestId(control);
  if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click();
}
