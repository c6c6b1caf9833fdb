import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { movingParts } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { endStream, goLive, joinRoom, openChat, say } from './people.ts';

/** Every screen of the room app and of the dashboard, in light and in dark, as axe-core judges it. */

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
let broadcaster: TestPage;
let viewer: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  owner = await openPage(browser);
  broadcaster = await openPage(browser, {
    initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15 })],
  });
  viewer = await openPage(browser, { width: 390, height: 844 });
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** The page in both colour schemes. */
async function expectFair({ page }: TestPage, screen: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page), `${screen}, ${colorScheme}`).toEqual([]);
  }
}

/** Whether the control that opened a menu or dialog has the focus again. */
async function hasFocus({ page }: TestPage, testId: string): Promise<void> {
  await page.waitForFunction((id) => document.activeElement?.getAttribute('data-testid') === id, testId);
}

const by = ({ page }: TestPage, testId: string) => page.getByTestId(testId).first();

describe('the room app', () => {
  it('before one joins', async () => {
    await broadcaster.page.goto(amphi.links.rooms.broadcaster!);
    await by(broadcaster, 'preview-join').waitFor();
    await expectFair(broadcaster, 'preview');
    await viewer.page.goto(`${amphi.links.url}/meeting/no-such-code`);
    await viewer.page.getByRole('heading').first().waitFor();
    await expectFair(viewer, 'a link that leads nowhere');
    await viewer.page.goto(amphi.links.rooms['hls-viewer']!);
    await by(viewer, 'preview-join').waitFor();
    await expectFair(viewer, 'preview of a viewer');
  });

  it('while one waits for the stream', async () => {
    await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Grace');
    await viewer.page.locator('[data-testid=player-state][data-state=waiting]').waitFor();
    await expectFair(viewer, 'waiting viewer');
  });

  it('on stage: tiles, chat, people, polls, menus, settings', async () => {
    await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Ada');
    await by(broadcaster, 'stage-tile').waitFor();
    await openChat(broadcaster);
    await expectFair(broadcaster, 'stage with an empty chat');
    await say(broadcaster, 'Good evening, see https://example.org');
    await say(viewer, 'Hello from the seats!');
    await waitFor('both messages', async () => (await broadcaster.page.getByTestId('chat-message').count()) === 2);
    await by(viewer, 'hand-toggle').click();
    await expectFair(broadcaster, 'stage with chat and a message about a hand');
    await by(broadcaster, 'participants-toggle').click();
    await expectFair(broadcaster, 'people');
    await by(broadcaster, 'role-menu').click();
    await broadcaster.page.getByRole('menu').waitFor();
    await expectFair(broadcaster, 'menu of a person');
    await broadcaster.page.keyboard.press('Escape');
    await hasFocus(broadcaster, 'role-menu');
    // A dialog that a menu opened gives the focus back to the menu's button.
    await broadcaster.page.getByTestId('participant').filter({ hasText: 'Grace' }).getByTestId('role-menu').click();
    await by(broadcaster, 'remove-person').click();
    await broadcaster.page.getByRole('alertdialog').waitFor();
    await expectFair(broadcaster, 'asking before somebody is removed');
    await broadcaster.page.keyboard.press('Escape');
    await hasFocus(broadcaster, 'role-menu');
    await by(broadcaster, 'stage-tile').hover();
    await by(broadcaster, 'stage-tile').getByTestId('role-menu').click();
    await by(broadcaster, 'tile-pin').waitFor();
    await expectFair(broadcaster, 'menu of a tile');
    await broadcaster.page.keyboard.press('Escape');
    await by(broadcaster, 'polls-toggle').click();
    await expectFair(broadcaster, 'polls');
    await by(broadcaster, 'poll-new').click();
    await expectFair(broadcaster, 'a poll being written');
    await by(broadcaster, 'reactions-open').click();
    await by(broadcaster, 'reaction-clap').waitFor();
    await expectFair(broadcaster, 'reactions');
    await broadcaster.page.keyboard.press('Escape');
    await by(broadcaster, 'settings').click();
    await broadcaster.page.getByRole('dialog').waitFor();
    await expectFair(broadcaster, 'settings');
    await broadcaster.page.keyboard.press('Escape');
    await hasFocus(broadcaster, 'settings');
  });

  it('on stage, on a phone: the stage alone, what lies over it, a tile’s menu', async () => {
    const { page } = broadcaster;
    const desk = page.viewportSize()!;
    for (const size of [
      { width: 390, height: 844 },
      { width: 320, height: 640 },
    ]) {
      await page.setViewportSize(size);
      if (await page.getByTestId('pane-close').isVisible()) await by(broadcaster, 'pane-close').click();
      await by(broadcaster, 'stage-tile').waitFor();
      await expectFair(broadcaster, `stage, ${size.width} wide`);
      await by(broadcaster, 'stage-tile').hover();
      await by(broadcaster, 'stage-tile').getByTestId('role-menu').click();
      await by(broadcaster, 'tile-pin').waitFor();
      await expectFair(broadcaster, `menu of a tile, ${size.width} wide`);
      await page.keyboard.press('Escape');
      for (const pane of ['chat', 'participants', 'polls']) {
        await by(broadcaster, `${pane}-toggle`).click();
        await by(broadcaster, 'pane-close').waitFor();
        await expectFair(broadcaster, `${pane} over the stage, ${size.width} wide`);
        await by(broadcaster, 'pane-close').click();
      }
    }
    await page.setViewportSize(desk);
  });

  it('at the stream, beside the chat and without', async () => {
    await goLive(broadcaster);
    await viewer.page
      .locator('[data-testid=player-state][data-state=playing]')
      .waitFor({ state: 'attached', timeout: 60_000 });
    await viewer.page.getByTestId('player').hover();
    await expectFair(viewer, 'playing on a phone');
    await viewer.page.setViewportSize({ width: 1280, height: 720 });
    await expectFair(viewer, 'playing on a desk');
    await expectFair(broadcaster, 'stage on air');
    await by(broadcaster, 'leave').click();
    await broadcaster.page.getByRole('dialog').waitFor();
    await expectFair(broadcaster, 'leaving');
    await broadcaster.page.keyboard.press('Escape');
  });

  it('moves nothing for those who have asked for less motion: reactions, messages, dialogs, tiles', async () => {
    const { page } = broadcaster;
    const flight = by(broadcaster, 'reaction');
    const react = async (): Promise<string> => {
      await by(viewer, 'reactions-open').click();
      await by(viewer, 'reaction-clap').click();
      await viewer.page.keyboard.press('Escape');
      return flight.evaluate((element) => getComputedStyle(element).animationName);
    };
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await react()).toBe('amphi-fly');
    expect(await movingParts(page)).not.toEqual([]);
    await flight.waitFor({ state: 'detached' });

    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await react()).toBe('none');
    // A message about the hand, and a dialog over it.
    await by(viewer, 'hand-toggle').click();
    await by(viewer, 'hand-toggle').click();
    await page.getByRole('listitem').filter({ hasText: 'Grace' }).first().waitFor();
    await by(broadcaster, 'settings').click();
    await page.getByRole('dialog').waitFor();
    expect(await movingParts(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await viewer.page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await movingParts(viewer.page)).toEqual([]);
  });

  it('at the end of the stream and after leaving', async () => {
    await endStream(broadcaster);
    await viewer.page.locator('[data-testid=player-state][data-state=ended]').waitFor({ timeout: 30_000 });
    await expectFair(viewer, 'stream over');
    await by(viewer, 'leave').click();
    await by(viewer, 'left-screen').waitFor();
    await expectFair(viewer, 'left');
    await by(viewer, 'feedback-4').click();
    await by(viewer, 'feedback-send').waitFor();
    await expectFair(viewer, 'saying how it was');
  });
});

describe('the dashboard', () => {
  const go = async (path: string, sign: string): Promise<void> => {
    await owner.page.goto(`${amphi.links.url}/dashboard${path}`);
    await by(owner, sign).waitFor();
  };

  it('signing in', async () => {
    await go('/sign-in', 'signin-email');
    await expectFair(owner, 'sign-in');
    await owner.page.goto(amphi.links.dashboard);
    await by(owner, 'skip-password').waitFor();
    await expectFair(owner, 'welcome');
    await by(owner, 'skip-password').click();
    await by(owner, 'create-app').waitFor();
  });

  it('every page', async () => {
    await owner.page.locator('[data-testid^=app-link-]').first().click();
    await by(owner, 'join-link-broadcaster').waitFor();
    const app = new URL(owner.page.url()).pathname.replace('/dashboard', '');
    const room = (await by(owner, 'copy-room-id').locator('..').locator('code').textContent())!.trim();
    await go('/sessions', 'session-link');
    await by(owner, 'session-link').click();
    await by(owner, 'timeline-bar').waitFor();
    const session = new URL(owner.page.url()).pathname.replace('/dashboard', '');
    const pages: readonly (readonly [path: string, sign: string])[] = [
      ['/', 'create-app'],
      ['/apps/new', 'kit-live_streaming'],
      ['/apps/new/live_streaming', 'create-submit'],
      [app, 'destination-save'],
      [`${app}/roles`, 'hearing'],
      [`${app}/roles/broadcaster`, 'role-save'],
      [`${app}/storage`, 'storage-enabled'],
      [`${app}/template`, 'template-json'],
      ['/rooms', 'rooms'],
      [`/rooms/${room}`, 'live-peer'],
      ['/sessions', 'session-link'],
      [session, 'session-events'],
      ['/recordings', 'account-menu'],
      ['/usage', 'account-menu'],
      ['/members', 'invite'],
      ['/developer', 'webhook-save'],
      ['/doctor', 'account-menu'],
    ];
    for (const [path, sign] of pages) {
      await go(path, sign);
      await expectFair(owner, path);
    }
    const dialogs: readonly (readonly [path: string, opener: string])[] = [
      [`${app}/roles`, 'add-role'],
      ['/rooms', 'create-room'],
      [`/rooms/${room}`, 'qr-broadcaster'],
      [`/rooms/${room}`, 'room-enabled'],
      ['/members', 'invite'],
      ['/developer', 'key-token'],
    ];
    for (const [path, opener] of dialogs) {
      await go(path, opener);
      await by(owner, opener).click();
      await owner.page.locator('[role=dialog], [role=alertdialog]').waitFor();
      await expectFair(owner, `dialog of ${opener}`);
      await owner.page.keyboard.press('Escape');
      await owner.page.locator('[role=dialog], [role=alertdialog]').waitFor({ state: 'detached' });
      await hasFocus(owner, opener);
    }
    await owner.page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await movingParts(owner.page)).toEqual([]);
    await by(owner, 'account-menu').click();
    await owner.page.getByRole('menu').waitFor();
    await expectFair(owner, 'menu of the account');
  });
});
