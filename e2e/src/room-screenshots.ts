import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { demoCameraScript } from '../../examples/demo/src/picture.ts';
import { endStream, goLive, joinRoom, openChat, say } from './people.ts';

/**
 * `npm run screenshots:room -- FOLDER`: every screen of the room app, from a small phone to a wide desk, in light and in dark,
 * to be looked at.
 */

const folder = process.argv[2] ?? 'room-screenshots';
const SIZES = [
  [320, 640],
  [390, 844],
  [1280, 720],
  [2560, 1440],
] as const;

await mkdir(folder, { recursive: true });
const amphi = await startAmphi();
const browser = await launchChromium();

async function shoot({ page }: TestPage, name: string): Promise<void> {
  const before = page.viewportSize()!;
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(before);
  console.log(name);
}

const by = ({ page }: TestPage, testId: string) => page.getByTestId(testId).first();
const seesPlayer = (person: TestPage, state: string) =>
  person.page
    .locator(`[data-testid=player-state][data-state=${state}]`)
    .waitFor({ state: 'attached', timeout: 60_000 });

try {
  const broadcaster = await openPage(browser, { initScripts: [demoCameraScript({ clock: false })] });
  const guest = await openPage(browser, { initScripts: [demoCameraScript()] });
  const viewer = await openPage(browser, { width: 390, height: 844 });

  await viewer.page.goto(`${amphi.links.url}/meeting/no-such-code`);
  await viewer.page.getByRole('heading').first().waitFor();
  await shoot(viewer, 'no-room');
  await viewer.page.goto(amphi.links.rooms['hls-viewer']!);
  await by(viewer, 'preview-join').waitFor();
  await shoot(viewer, 'preview-viewer');
  await broadcaster.page.goto(amphi.links.rooms.broadcaster!);
  await by(broadcaster, 'preview-join').waitFor();
  await broadcaster.page.locator('video').first().waitFor();
  await shoot(broadcaster, 'preview');

  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
  await seesPlayer(viewer, 'waiting');
  await shoot(viewer, 'waiting');
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Ada');
  await by(broadcaster, 'stage-tile').waitFor();
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Alan');
  await broadcaster.page.locator('[data-testid=stage-tile][data-local=false] video').waitFor();
  await goLive(broadcaster);
  await openChat(broadcaster);
  await say(broadcaster, 'Good evening, see https://example.org');
  await say(viewer, 'Hello from the seats!');
  await waitFor('both messages', async () => (await broadcaster.page.getByTestId('chat-message').count()) === 2);
  await shoot(broadcaster, 'stage-chat');
  await by(broadcaster, 'participants-toggle').click();
  await shoot(broadcaster, 'stage-people');
  await by(broadcaster, 'polls-toggle').click();
  await by(broadcaster, 'poll-new').click();
  await shoot(broadcaster, 'stage-poll');
  await by(broadcaster, 'polls-toggle').click();
  await shoot(broadcaster, 'stage');
  await by(broadcaster, 'stage-tile').hover();
  await broadcaster.page.locator('[data-testid=stage-tile] [data-testid=role-menu]').first().click();
  await broadcaster.page.getByRole('menu').waitFor();
  await shoot(broadcaster, 'tile-menu');
  await broadcaster.page.keyboard.press('Escape');
  await by(broadcaster, 'settings').click();
  await broadcaster.page.getByRole('dialog').waitFor();
  await shoot(broadcaster, 'settings');
  await broadcaster.page.keyboard.press('Escape');
  await by(broadcaster, 'customise').click();
  await by(broadcaster, 'customise-panel').waitFor();
  await shoot(broadcaster, 'customise');
  await broadcaster.page.keyboard.press('Escape');
  await by(broadcaster, 'leave').click();
  await broadcaster.page.getByRole('dialog').waitFor();
  await shoot(broadcaster, 'leaving');
  await broadcaster.page.keyboard.press('Escape');

  await seesPlayer(viewer, 'playing');
  await viewer.page.getByTestId('player').hover();
  await shoot(viewer, 'playing');
  await by(viewer, 'settings').click();
  await viewer.page.getByRole('dialog').waitFor();
  await shoot(viewer, 'settings-viewer');
  await viewer.page.keyboard.press('Escape');
  await endStream(broadcaster);
  await seesPlayer(viewer, 'ended');
  await shoot(viewer, 'ended');
  await by(viewer, 'leave').click();
  await by(viewer, 'left-screen').waitFor();
  await shoot(viewer, 'left');
} finally {
  await browser.close();
  await amphi.stop();
}
