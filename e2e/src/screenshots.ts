import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { demoCameraScript } from '../../examples/demo/src/picture.ts';
import { goLive, joinRoom, openChat, say } from './people.ts';

/** `npm run screenshots`: the pictures of the README, taken of the running product. */

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
await mkdir(folder, { recursive: true });
const amphi = await startAmphi();
const browser = await launchChromium();
try {
  const shoot = async (person: TestPage, name: string): Promise<void> => {
    await person.page.screenshot({ path: `${folder}${name}.png` });
    console.log(`docs/images/${name}.png`);
  };
  const owner = await openPage(browser, { colorScheme: 'light' });
  await owner.page.goto(amphi.links.dashboard);
  await owner.page.getByTestId('skip-password').click();
  await owner.page.getByTestId('create-app').first().waitFor();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await owner.page.getByTestId('join-link-broadcaster').waitFor();
  await shoot(owner, 'dashboard');
  await owner.context.close();

  // Everybody sees their own picture mirrored, so only the guest's has a clock.
  const broadcaster = await openPage(browser, {
    initScripts: [demoCameraScript({ clock: false, sky: ['#0d2b2a', '#2c6b5f', '#e0a458'] })],
    colorScheme: 'dark',
  });
  const guest = await openPage(browser, { initScripts: [demoCameraScript()] });
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Ada');
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Alan');
  await broadcaster.page.locator('[data-testid=stage-tile][data-local=false] video').waitFor();
  await goLive(broadcaster);
  const viewer = await openPage(browser, { width: 390, height: 844, colorScheme: 'light' });
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
  const playing = viewer.page.locator('[data-testid=player-state][data-state=playing]');
  await playing.waitFor({ state: 'attached', timeout: 40_000 });
  await say(broadcaster, 'Good evening, everybody!');
  await say(viewer, 'Hello from the seats!');
  await openChat(broadcaster);
  await waitFor('both messages', async () => (await broadcaster.page.getByTestId('chat-message').count()) >= 2);
  await shoot(broadcaster, 'broadcaster');
  await playing.waitFor({ state: 'attached', timeout: 40_000 });
  await shoot(viewer, 'viewer-phone');
} finally {
  await browser.close();
  await amphi.stop();
}
