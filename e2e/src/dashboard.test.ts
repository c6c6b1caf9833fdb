import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { nameless, smallTargets, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinRoom } from './people.ts';

/** What an owner does in the dashboard, against a server that is real. */

let amphi: AmphiServer;
let browser: Browser;
let owner: TestPage;
/** Where the app is, below the dashboard's address. */
let appPath: string;
const by = (testId: string) => owner.page.getByTestId(testId);
const tab = (name: string) => owner.page.getByRole('navigation').getByRole('link', { name });

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  owner = await openPage(browser);
  await owner.page.goto(amphi.links.dashboard);
  await by('skip-password').click();
  await owner.page.locator('[data-testid^=app-link-]').first().click();
  await by('edit-roles').waitFor();
  appPath = new URL(owner.page.url()).pathname;
});

afterAll(async () => {
  expect(owner?.problems).toEqual([]);
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

describe('the roles of an app', () => {
  it('are added, edited field by field, renamed and removed', async () => {
    const { page } = owner;
    await by('edit-roles').click();
    await by('add-role').click();
    await by('role-name-new').fill('broadcaster');
    await by('add-role-submit').click();
    await page.getByText('There is a role broadcaster already.').waitFor();
    await by('role-name-new').fill('guest');
    await by('add-role-submit').click();

    await by('publishes-video').click();
    await by('publishes-audio').click();
    await by('layer-count').selectOption('3');
    await by('video-width').fill('4000');
    await page.getByText(/1920/).first().waitFor();
    expect(await by('role-save').isDisabled()).toBe(true);
    await by('video-width').fill('1280');
    await by('video-height').fill('720');
    await by('layer-q-maxBitrate').fill('120');
    await by('role-priority').selectOption('3');
    await by('role-max-peers').fill('4');
    await by('receives-broadcaster').click();
    await by('may-mute').click();
    await by('role-save').click();
    await by('role-unsaved').waitFor({ state: 'detached' });

    await by('role-name').fill('panelist');
    await by('role-save').click();
    await page.waitForURL(/\/roles\/panelist$/);
    await page.reload();
    await by('role-save').waitFor();
    expect(await by('video-width').inputValue()).toBe('1280');
    expect(await by('layer-q-maxBitrate').inputValue()).toBe('120');
    expect(await by('role-priority').inputValue()).toBe('3');
    expect(await by('role-max-peers').inputValue()).toBe('4');
    expect(await by('receives-broadcaster').isChecked()).toBe(true);
    expect(await by('may-mute').isChecked()).toBe(true);

    await by('video-width').fill('640');
    await page.getByRole('link', { name: 'Roles' }).click();
    await page.getByRole('alertdialog').getByText('Leave without saving?').waitFor();
    await by('confirm').click();
    await by('role-panelist').getByText('at most 4').waitFor();
  });

  it('hear each other as the matrix says, each click saved', async () => {
    const { page } = owner;
    const cell = by('hears-hls-viewer-panelist');
    expect(await cell.isChecked()).toBe(false);
    const saved = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.ok());
    await cell.focus();
    await page.keyboard.press('Space');
    await saved;
    await page.reload();
    await cell.waitFor({ state: 'attached' });
    expect(await cell.isChecked()).toBe(true);
    await by('role-hls-viewer').getByText('Webinar audience').waitFor();

    await by('remove-role-panelist').click();
    await by('confirm').click();
    await by('role-panelist').waitFor({ state: 'detached' });
    expect(await cell.count()).toBe(0);
  });

  it('are exported, and imported with every wrong field named', async () => {
    const { page } = owner;
    await page.goBack();
    await page.goto(page.url().replace(/\/roles.*$/, '/template'));
    const [download] = await Promise.all([page.waitForEvent('download'), by('template-export').click()]);
    const stream = await download.createReadStream();
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    const exported = JSON.parse(Buffer.concat(parts).toString()) as { roles: Record<string, { priority: number }> };
    expect(Object.keys(exported.roles)).toContain('broadcaster');

    const give = (body: unknown) =>
      by('template-file').setInputFiles({
        name: 'template.json',
        mimeType: 'application/json',
        buffer: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      });
    await give('{ "roles": ');
    await by('template-problem').getByText('It is not JSON').waitFor();
    exported.roles.broadcaster!.priority = 11;
    await give(exported);
    await by('template-problem').getByText('roles.broadcaster.priority').first().waitFor();
    expect(await by('template-save').isDisabled()).toBe(true);
    exported.roles.broadcaster!.priority = 5;
    exported.roles.moderator = { ...exported.roles.broadcaster!, name: 'moderator' } as never;
    await give(exported);
    await by('template-changes').getByText('changes the role broadcaster, adds the role moderator').waitFor();
    await by('template-save').click();
    await by('confirm').click();
    await page.getByText('Template saved', { exact: true }).first().waitFor();
    await page.reload();
    await by('template-json').waitFor();
    expect(await by('template-json').inputValue()).toContain('"moderator"');
  });
});

describe('rooms', () => {
  let guest: TestPage;

  it('are created, found by a part of their name, and joined by a link or its code as a picture', async () => {
    const { page } = owner;
    await tab('Rooms').click();
    await by('create-room').click();
    await by('room-name').fill('Friday_Show');
    await by('room-description').fill('Every week');
    await by('create-room-submit').click();
    await by('join-broadcaster').waitFor();
    const link = await by('join-broadcaster').getAttribute('href');
    expect(link).toMatch(/^http.*\/meeting\/\w{3}-\w{4}-\w{3}$/);
    await by('qr-broadcaster').click();
    await page.getByRole('img', { name: `QR code of ${link}` }).waitFor();
    await page.keyboard.press('Escape');

    await tab('Rooms').click();
    await by('rooms-search').fill('day_s');
    await waitFor('one room', async () => (await page.locator('[data-testid^=room-link-]').count()) === 1);
    expect(page.url()).toContain('q=day_s');
    await by('rooms-search').fill('nothing of the kind');
    await page.getByText('No such room').waitFor();
    await by('rooms-search').fill('friday');
    await by('room-link-Friday_Show').click();

    guest = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 320, height: 180 })] });
    await joinRoom(guest, link!, 'Gwen');
  });

  it('show who is in them, whose role is changed, and who is put out', async () => {
    const { page } = owner;
    const peer = by('live-peer').filter({ hasText: 'Gwen' });
    await peer.getByText('On stage').waitFor();
    await peer.getByTestId('peer-menu').click();
    await page.getByRole('menuitemradio', { name: 'hls-viewer' }).click();
    await page.keyboard.press('Escape');
    await peer.getByText('Webinar audience').waitFor();
    await peer.getByTestId('peer-menu').click();
    await page.getByRole('menuitemradio', { name: 'broadcaster' }).click();
    await page.keyboard.press('Escape');
    await peer.getByText('On stage').waitFor();
  });

  it('start their stream, show it, and stop it', async () => {
    await by('stream-start').click();
    await by('stream-preview').waitFor({ timeout: 60_000 });
    // STR22: as many as the two cores that tests count on carry.
    expect(await by('stream-ladder').textContent()).toMatch(/1280 × 720, 640 × 360 \(chosen by this server: 2 cores/);
    await waitFor('the preview plays', () =>
      by('stream-preview').evaluate((video: HTMLVideoElement) => video.currentTime > 0 && video.videoWidth > 0),
    );
    await by('stream-stop').click();
    await by('confirm').click();
    await by('stream-start').waitFor({ timeout: 30_000 });
  });

  it('have a stream key, which is shown and switched off', async () => {
    await by('make-stream-key').click();
    await by('show-stream-key').click();
    expect(await by('stream-key').textContent()).toMatch(/^[\w-]{32}$/);
    expect(await by('whip-url').textContent()).toMatch(/\/whip$/);
    await by('disable-stream-key').click();
    await by('confirm').click();
    await by('make-stream-key').waitFor();
  });

  it('put people out, and are closed', async () => {
    const { page } = owner;
    await by('live-peer').getByTestId('peer-menu').click();
    await by('peer-remove').click();
    await by('confirm').click();
    await page.getByText('Nobody is here').waitFor();
    await by('room-enabled').click();
    await by('confirm').click();
    await by('room-enabled').and(page.locator('[aria-checked=false]')).waitFor();
    await by('join-links').waitFor({ state: 'detached' });
    expect(guest.problems).toEqual([]);
    await guest.context.close();
  });

  it('remember their sessions: who was there, what came of it', async () => {
    const { page } = owner;
    await tab('Sessions').click();
    await by('session-link').filter({ hasText: 'Friday_Show' }).first().click();
    await by('timeline-bar').filter({ hasText: 'Gwen' }).waitFor();
    await by('timeline-bar').filter({ hasText: 'Live stream' }).waitFor();
    await page.getByText('The session began').waitFor();
    const events = await by('session-events').locator('bdi').allTextContents();
    expect(events).toEqual([
      'The session ended',
      'Gwen was put out',
      'The live stream ended',
      'The live stream began',
      'The live stream was asked for',
      'Gwen went from hls-viewer to broadcaster',
      'Gwen went from broadcaster to hls-viewer',
      'Gwen joined as broadcaster',
      'The session began',
    ]);
    await tab('Recordings').click();
    await page.getByText('Nothing was recorded yet').waitFor();
  });
});

it('are pages on which everything has a name and fits a phone and its fingers', async () => {
  const storageState = await owner.context.storageState();
  const phone = { width: 360, height: 740 };
  const context = await browser.newContext({ storageState, viewport: phone, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  const look = async (path: string, sign: string): Promise<void> => {
    await page.goto(new URL(path, amphi.links.url).href);
    await page.getByTestId(sign).first().waitFor();
    const faults = {
      nameless: await nameless(page),
      wide: await widerThanWindow(page),
      small: await smallTargets(page),
    };
    expect(faults, path).toEqual({ nameless: [], wide: [], small: [] });
    // A browser makes fields as wide as it has letters: in no font may they widen the page.
    await page.addStyleTag({ content: 'input, select, textarea { font: 2rem monospace !important }' });
    expect(await widerThanWindow(page), `${path} in wide letters`).toEqual([]);
  };
  await look(`${appPath}/roles`, 'hearing');
  await look(`${appPath}/roles/broadcaster`, 'role-save');
  await look(`${appPath}/template`, 'template-json');
  await look('/dashboard/rooms', 'rooms');
  await page.getByTestId('room-link-Friday_Show').click();
  await page.getByTestId('room-enabled').waitFor();
  await look(new URL(page.url()).pathname, 'room-enabled');
  await look('/dashboard/sessions', 'sessions');
  await page.getByTestId('session-link').first().click();
  await page.getByTestId('session-events').waitFor();
  await look(new URL(page.url()).pathname, 'session-events');
  await look('/dashboard/usage', 'account-menu');
  await look('/dashboard/developer', 'make-key');
  await context.close();
});

describe('recordings', () => {
  it('are played, downloaded, and deleted when that was confirmed', async () => {
    const { page } = owner;
    const host = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 320, height: 180 })] });
    await joinRoom(host, amphi.links.rooms.broadcaster!, 'Hal');
    const record = (status: string) => host.page.locator(`[data-testid=record][data-status=${status}]`);
    await host.page.getByTestId('record').click();
    await record('on').waitFor({ timeout: 30_000 });
    const from = Date.now();
    await waitFor('three seconds of it', () => Date.now() > from + 3_000);
    await host.page.getByTestId('record').click();
    await host.page.getByTestId('confirm').click();
    await record('off').waitFor({ timeout: 30_000 });
    await host.context.close();

    await waitFor(
      'its file',
      async () => {
        await page.goto(`${amphi.links.url}/dashboard/recordings`);
        await by('assets').or(page.getByText('Nothing was recorded yet')).first().waitFor();
        return (await by('asset').count()) === 1;
      },
      60_000,
    );
    await by('asset-play').click();
    await waitFor('it plays', () => by('asset-video').evaluate((video: HTMLVideoElement) => video.currentTime > 1));
    await page.keyboard.press('Escape');
    const download = page.waitForEvent('download');
    await by('asset-download').click();
    expect((await download).suggestedFilename()).toMatch(/\.mp4$/);

    await by('asset-delete').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await by('asset').count()).toBe(1);
    await by('asset-delete').click();
    await by('confirm').click();
    await page.getByText('Nothing was recorded yet').waitFor();
  });
});

describe('keys', () => {
  it('are made, sign tokens that work, and are revoked', async () => {
    const { page } = owner;
    await tab('Developer').click();
    await by('make-key').click();
    await waitFor('two keys', async () => (await by('key').count()) === 2);
    const newer = by('key').last();
    await newer.getByTestId('key-token').click();
    await by('token-validity').selectOption({ label: 'A week' });
    await by('token-make').click();
    const token = (await by('token-made').textContent())!;
    await page.keyboard.press('Escape');
    const status = async () =>
      (await fetch(`${amphi.links.local}/v2/rooms`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await status()).toBe(200);
    await newer.getByTestId('key-revoke').click();
    await by('confirm').click();
    await waitFor('one key', async () => (await by('key').count()) === 1);
    expect(await status()).toBe(401);
    expect(await by('key-revoke').isDisabled()).toBe(true);
  });
});

describe('apps', () => {
  it.each([
    ['webinar', ['host', 'panelist', 'attendee']],
    ['video_conferencing', ['host', 'guest']],
    ['audio_room', ['moderator', 'speaker', 'listener']],
  ])('are made from the kit %s', async (kit, roles) => {
    const { page } = owner;
    await page.goto(`${amphi.links.url}/dashboard/apps/new`);
    await by(`kit-${kit}`).click();
    await by('app-name').fill(`Made of ${kit.replace('_', ' ')}`);
    await by('create-submit').click();
    for (const role of roles) await by(`role-row-${role}`).waitFor();
  });
});
