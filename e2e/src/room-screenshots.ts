import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemplateBody } from '@amphi/protocol';
import { launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { demoCameraScript } from '../../examples/demo/src/picture.ts';
import { endStream, goLive, joinRoom, openChat, say } from './people.ts';
import { restOf } from './wire.ts';

/**
 * `npm run screenshots:room -- FOLDER [ACT…]`: every screen of the room app, from a small phone to a wide desk, in light and in
 * dark, to be looked at. Without an act all of them, which takes a quarter of an hour on two cores.
 */

const SIZES = [
  [320, 640],
  [390, 844],
  [1280, 720],
  [2560, 1440],
  [3840, 2160],
] as const;
const PATIENCE = { timeout: 60_000 };

const ACTS = { entering, stage, quiz, hosting, audience, afterwards, arabic, trouble };
type Act = keyof typeof ACTS;

const [folder = 'room-screenshots', ...asked] = process.argv.slice(2);
const unknown = asked.find((act) => !Object.hasOwn(ACTS, act));
if (unknown !== undefined) {
  throw new Error(`screenshots:room: no act "${unknown}"; there are ${Object.keys(ACTS).join(', ')}`);
}
await mkdir(folder, { recursive: true });
const amphi = await startAmphi();
const rest = await restOf(amphi);
const browser = await launchChromium();
const links = amphi.links.rooms;
try {
  for (const act of asked.length > 0 ? (asked as Act[]) : (Object.keys(ACTS) as Act[])) {
    await ACTS[act]();
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
} finally {
  await browser.close();
  await amphi.stop();
}

/** @param show brings back what a turn of the page closes */
async function shoot({ page }: TestPage, name: string, show?: () => Promise<void>): Promise<void> {
  const before = page.viewportSize()!;
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await show?.();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(before);
  console.log(name);
}

function by({ page }: TestPage, testId: string) {
  return page.getByTestId(testId).first();
}

async function seesPlayer({ page }: TestPage, state: string): Promise<void> {
  await page.locator(`[data-testid=player-state][data-state=${state}]`).waitFor({ state: 'attached', ...PATIENCE });
}

async function closeDialog({ page }: TestPage): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

function openBroadcaster(): Promise<TestPage> {
  return openPage(browser, { initScripts: [demoCameraScript({ clock: false })] });
}

/** Ada on stage. */
async function enterBroadcaster(): Promise<TestPage> {
  const broadcaster = await openBroadcaster();
  await joinRoom(broadcaster, links.broadcaster!, 'Ada');
  await by(broadcaster, 'stage-tile').waitFor(PATIENCE);
  return broadcaster;
}

/** Grace on a phone, in front of the stream. */
async function enterViewer(): Promise<TestPage> {
  const viewer = await openPage(browser, { width: 390, height: 844 });
  await joinRoom(viewer, links['hls-viewer']!, 'Grace');
  await by(viewer, 'player-state').waitFor({ state: 'attached', ...PATIENCE });
  return viewer;
}

async function entering(): Promise<void> {
  const viewer = await openPage(browser);
  await viewer.page.goto(`${amphi.links.url}/meeting/no-such-code`);
  await viewer.page.getByRole('heading').first().waitFor();
  await shoot(viewer, 'no-room');
  await viewer.page.goto(links['hls-viewer']!);
  await by(viewer, 'preview-join').waitFor();
  await shoot(viewer, 'preview-viewer');
  // Its "join and go live" is there until somebody is live.
  const broadcaster = await openBroadcaster();
  await broadcaster.page.goto(links.broadcaster!);
  await by(broadcaster, 'preview-join').waitFor();
  await broadcaster.page.locator('video').first().waitFor();
  await shoot(broadcaster, 'preview');
}

async function stage(): Promise<void> {
  const broadcaster = await enterBroadcaster();
  const guest = await openPage(browser, { initScripts: [demoCameraScript()] });
  await joinRoom(guest, links['viewer-on-stage']!, 'Alan');
  await broadcaster.page.locator('[data-testid=stage-tile][data-local=false] video').waitFor(PATIENCE);
  const viewer = await enterViewer();
  await shoot(broadcaster, 'stage');
  await openChat(broadcaster);
  await say(broadcaster, 'Good evening, see https://example.org');
  await say(viewer, 'Hello from the seats!');
  await waitFor('both messages', async () => (await broadcaster.page.getByTestId('chat-message').count()) === 2);
  await shoot(broadcaster, 'mentions', async () => {
    await openChat(broadcaster);
    await by(broadcaster, 'chat-input').fill('');
    await by(broadcaster, 'chat-input').pressSequentially('@');
    await by(broadcaster, 'mention').waitFor();
  });
  await openChat(broadcaster);
  await by(broadcaster, 'chat-input').fill('');
  await by(viewer, 'hand-toggle').click();
  await by(broadcaster, 'participants-toggle').click();
  await by(broadcaster, 'lower-hand').waitFor();
  await shoot(broadcaster, 'people');
  await by(broadcaster, 'polls-toggle').click();
  await by(broadcaster, 'poll-new').click();
  await by(broadcaster, 'poll-title').fill('Next week');
  await by(broadcaster, 'poll-question-text').fill('Which evening suits you?');
  for (const [index, evening] of ['Tuesday', 'Thursday'].entries()) {
    await broadcaster.page.getByTestId('poll-option-text').nth(index).fill(evening);
  }
  await shoot(broadcaster, 'poll-form');
  await by(broadcaster, 'poll-launch').click();
  await by(broadcaster, 'poll').waitFor();
  await shoot(broadcaster, 'poll');
  await by(broadcaster, 'polls-toggle').click();
  await by(broadcaster, 'board-toggle').click();
  await broadcaster.page.locator('[data-testid=board][data-status=open]').waitFor(PATIENCE);
  await shoot(broadcaster, 'whiteboard');
  await by(broadcaster, 'board-toggle').click();
}

async function quiz(): Promise<void> {
  const broadcaster = await enterBroadcaster();
  const viewer = await enterViewer();
  await by(broadcaster, 'polls-toggle').click();
  await by(broadcaster, 'poll-new').click();
  await by(broadcaster, 'poll-kind').selectOption('quiz');
  await by(broadcaster, 'poll-title').fill('Capitals');
  await by(broadcaster, 'poll-question-text').fill('Of France?');
  for (const [index, city] of ['Lyon', 'Paris'].entries()) {
    await broadcaster.page.getByTestId('poll-option-text').nth(index).fill(city);
  }
  await broadcaster.page.getByTestId('poll-correct').nth(1).check();
  await by(broadcaster, 'poll-launch').click();
  await viewer.page.getByRole('button', { name: 'Answer', exact: true }).click();
  const openPolls = async (): Promise<void> => {
    if (!(await by(viewer, 'poll').isVisible())) await by(viewer, 'polls-toggle').click();
    await by(viewer, 'poll').waitFor();
  };
  await shoot(viewer, 'quiz', openPolls);
  await openPolls();
  await viewer.page.getByTestId('poll-option').nth(1).check();
  await by(viewer, 'poll-answer').click();
  await by(viewer, 'poll-result').waitFor(PATIENCE);
  await by(broadcaster, 'poll-stop').click();
  await by(viewer, 'poll-leaders').click();
  await by(viewer, 'leaderboard').getByText('Grace').waitFor(PATIENCE);
  await shoot(viewer, 'leaderboard', async () => {
    if (await by(viewer, 'leaderboard').isVisible()) return;
    await openPolls();
    await by(viewer, 'poll-leaders').click();
    await by(viewer, 'leaderboard').waitFor();
  });
}

async function hosting(): Promise<void> {
  const broadcaster = await enterBroadcaster();
  await goLive(broadcaster);
  await by(broadcaster, 'stage-tile').hover();
  await broadcaster.page.locator('[data-testid=stage-tile] [data-testid=role-menu]').first().click();
  await broadcaster.page.getByRole('menu').waitFor();
  await shoot(broadcaster, 'tile-menu');
  await broadcaster.page.keyboard.press('Escape');
  await by(broadcaster, 'settings').click();
  await broadcaster.page.getByRole('dialog').waitFor();
  await shoot(broadcaster, 'settings');
  await closeDialog(broadcaster);
  await by(broadcaster, 'customise').click();
  await by(broadcaster, 'customise-panel').waitFor();
  await shoot(broadcaster, 'customise');
  await by(broadcaster, 'customise-break').click();
  await shoot(broadcaster, 'customise-break');
  await closeDialog(broadcaster);
  await by(broadcaster, 'leave').click();
  await broadcaster.page.getByRole('dialog').waitFor();
  await shoot(broadcaster, 'leaving');
  await closeDialog(broadcaster);
  await endStream(broadcaster);
}

async function audience(): Promise<void> {
  const viewer = await enterViewer();
  await seesPlayer(viewer, 'waiting');
  await shoot(viewer, 'waiting');
  const broadcaster = await enterBroadcaster();
  await goLive(broadcaster);
  await say(broadcaster, 'Good evening, see https://example.org');
  await seesPlayer(viewer, 'playing');
  await viewer.page.getByTestId('player').hover();
  await shoot(viewer, 'playing');
  await by(viewer, 'settings').click();
  await viewer.page.getByRole('dialog').waitFor();
  await shoot(viewer, 'settings-viewer');
  await closeDialog(viewer);
  await endStream(broadcaster);
  await seesPlayer(viewer, 'ended');
  await shoot(viewer, 'ended');
  await by(viewer, 'leave').click();
  await by(viewer, 'left-screen').waitFor();
  await shoot(viewer, 'left');
}

/** What is there of a stream once it is over. */
async function afterwards(): Promise<void> {
  await recordStreams();
  const viewer = await enterViewer();
  const broadcaster = await enterBroadcaster();
  await goLive(broadcaster);
  await seesPlayer(viewer, 'playing');
  await endStream(broadcaster);
  await by(viewer, 'watch-recording').waitFor(PATIENCE);
  await shoot(viewer, 'recording-offered');
  await by(viewer, 'watch-recording').click();
  await by(viewer, 'recording-video').waitFor(PATIENCE);
  await shoot(viewer, 'recording');
}

async function recordStreams(): Promise<void> {
  const { data: rooms } = await rest<{ data: { template_id: string }[] }>('GET', '/rooms');
  const template = `/templates/${rooms[0]!.template_id}`;
  const { destinations } = await rest<TemplateBody>('GET', template);
  const recording = { hlsVod: true, viewerRoles: ['broadcaster', 'hls-viewer'] };
  await rest('POST', `${template}/destinations`, {
    ...destinations,
    hlsDestinations: { default: { ...destinations.hlsDestinations.default, recording } },
  });
}

/** Read from the right. */
async function arabic(): Promise<void> {
  const inArabic = (link: string): string => `${link}?lang=ar`;
  const broadcaster = await openBroadcaster();
  await broadcaster.page.goto(inArabic(links.broadcaster!));
  await broadcaster.page.locator('video').first().waitFor();
  await shoot(broadcaster, 'arabic-preview');
  await joinRoom(broadcaster, inArabic(links.broadcaster!), 'ليلى');
  await by(broadcaster, 'stage-tile').waitFor(PATIENCE);
  const viewer = await openPage(browser, { width: 390, height: 844 });
  await joinRoom(viewer, inArabic(links['hls-viewer']!), 'سمير');
  await goLive(broadcaster);
  await seesPlayer(viewer, 'playing');
  await say(broadcaster, 'مساء الخير');
  await shoot(broadcaster, 'arabic-stage', () => openChat(broadcaster));
  await viewer.page.getByTestId('player').hover();
  await shoot(viewer, 'arabic-playing');
  await endStream(broadcaster);
}

/** What nobody wants to see, and must understand. */
async function trouble(): Promise<void> {
  await deniedDevices();
  await missingPage();
  await fullRoom();
  await removedAndEnded();
  await lostServer();
}

async function deniedDevices(): Promise<void> {
  const denied =
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };";
  const person = await openPage(browser, { initScripts: [denied] });
  await person.page.goto(links.broadcaster!);
  await person.page.getByRole('alert').or(person.page.getByRole('status')).first().waitFor();
  await shoot(person, 'devices-denied');
}

async function missingPage(): Promise<void> {
  const person = await openPage(browser);
  await person.page.route(/page-[^/]*\.js$/, (route) => route.abort());
  await person.page.goto(links['hls-viewer']!);
  await by(person, 'page-missing').waitFor();
  await shoot(person, 'page-missing');
}

async function fullRoom(): Promise<void> {
  const { data: rooms } = await rest<{ data: { template_id: string }[] }>('GET', '/rooms');
  const room = await rest<{ id: string }>('POST', '/rooms', {
    name: 'small',
    template_id: rooms[0]!.template_id,
    size: 1,
  });
  const { data: codes } = await rest<{ data: { code: string; role: string }[] }>('POST', `/room-codes/room/${room.id}`);
  const linkOf = (role: string): string => {
    const { code } = codes.find((each) => each.role === role)!;
    return `${amphi.links.url}/meeting/${code}`;
  };
  const first = await openBroadcaster();
  await joinRoom(first, linkOf('broadcaster'), 'Ada');
  await by(first, 'stage-tile').waitFor(PATIENCE);
  const second = await openPage(browser);
  await joinRoom(second, linkOf('hls-viewer'), 'Grace');
  await by(second, 'left-screen').waitFor(PATIENCE);
  await shoot(second, 'room-full');
}

async function removedAndEnded(): Promise<void> {
  const { data: rooms } = await rest<{ data: { id: string; name: string }[] }>('GET', '/rooms');
  const broadcaster = await enterBroadcaster();
  const viewer = await enterViewer();
  const room = rooms.find(({ name }) => name !== 'small')!;
  await rest('POST', `/active-rooms/${room.id}/remove-peers`, {
    role: 'hls-viewer',
    reason: 'Please come back on Thursday',
  });
  await by(viewer, 'left-screen').waitFor(PATIENCE);
  await shoot(viewer, 'removed');
  await rest('POST', `/active-rooms/${room.id}/end-room`, { reason: 'That was it for today' });
  await by(broadcaster, 'left-screen').waitFor(PATIENCE);
  await shoot(broadcaster, 'room-ended');
}

/** Killed with what would start it again: clients look for it in vain. */
async function lostServer(): Promise<void> {
  const other = await startAmphi();
  try {
    const person = await openBroadcaster();
    await joinRoom(person, other.links.rooms.broadcaster!, 'Ada');
    await by(person, 'stage-tile').waitFor(PATIENCE);
    const pid = other.serverPid();
    other.process.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await by(person, 'connection-banner').waitFor(PATIENCE);
    await shoot(person, 'connection-lost');
  } finally {
    await other.stop();
  }
}
