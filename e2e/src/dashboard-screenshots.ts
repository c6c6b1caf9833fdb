import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium, openPage, startAmphi } from '@amphi/testkit';
import { joinRoom } from './people.ts';

/**
 * `npm run screenshots:dashboard -- FOLDER`: every page of the dashboard as it is, on a desk and on a phone, in light and in
 * dark, to be looked at.
 */

const folder = process.argv[2] ?? 'dashboard-screenshots';
await mkdir(folder, { recursive: true });
const amphi = await startAmphi();
const browser = await launchChromium();
try {
  const owner = await openPage(browser, { colorScheme: 'light' });
  await owner.page.goto(amphi.links.dashboard);
  await owner.page.getByTestId('skip-password').click();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await owner.page.getByTestId('join-link-broadcaster').waitFor();
  const app = new URL(owner.page.url()).pathname.replace('/dashboard', '');
  const room = (await owner.page.getByTestId('copy-room-id').locator('..').locator('code').textContent())!.trim();
  const guest = await openPage(browser);
  await joinRoom(guest, amphi.links.rooms.broadcaster!, 'Ada Lovelace');
  const viewer = await openPage(browser);
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace Hopper');
  await viewer.page.getByTestId('player-state').waitFor({ state: 'attached' });
  await guest.page.getByTestId('go-live').waitFor();

  await owner.page.goto(`${amphi.links.url}/dashboard/sessions`);
  await owner.page.getByTestId('session-link').first().click();
  await owner.page.getByTestId('timeline-bar').first().waitFor();
  const session = new URL(owner.page.url()).pathname.replace('/dashboard', '');
  const pages: readonly (readonly [name: string, path: string, sign: string])[] = [
    ['apps', '/', 'create-app'],
    ['kits', '/apps/new', 'kit-live_streaming'],
    ['app', app, 'destination-save'],
    ['roles', `${app}/roles`, 'hearing'],
    ['role', `${app}/roles/broadcaster`, 'role-save'],
    ['storage', `${app}/storage`, 'storage-enabled'],
    ['template', `${app}/template`, 'template-json'],
    ['rooms', '/rooms', 'rooms'],
    ['room', `/rooms/${room}`, 'live-peer'],
    ['sessions', '/sessions', 'session-link'],
    ['session', session, 'timeline-bar'],
    ['recordings', '/recordings', 'account-menu'],
    ['usage', '/usage', 'figure-participants'],
    ['look', `${app}/look`, 'account-menu'],
    ['members', '/members', 'member'],
    ['developer', '/developer', 'webhook-save'],
    ['doctor', '/doctor', 'account-menu'],
  ];
  const state = await owner.context.storageState();
  for (const [device, width, height] of [
    ['desk', 1280, 860],
    ['phone', 390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { context, page } = await openPage(browser, { width, height, colorScheme });
      await context.addCookies(state.cookies);
      for (const [name, path, sign] of pages) {
        await page.goto(`${amphi.links.url}/dashboard${path}`);
        await page.getByTestId(sign).first().waitFor();
        await page.evaluate(() => document.fonts.ready);
        const file = join(folder, `${name}-${device}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
        console.log(file);
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await amphi.stop();
}
