import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DoctorFinding, recordingConfiguration } from '@amphi/protocol';
import { launchChromium } from '@amphi/testkit';
import { focusedTestId, nameless, pressTabTo, smallTargets, widerThanWindow } from '@amphi/testkit/page-checks';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakePlatform, startFakePlatform } from './fake-platform.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** The built dashboard in Chromium, against a platform API in memory. */

const PASSWORD = 'a calm sea of seats';
const DESKTOP = { width: 1280, height: 860 };
/** The narrowest phones still in use. */
const PHONE = { width: 360, height: 740 };
/** A host name that is not a secure context (W3C Secure Contexts, 3.1), unlike `127.0.0.1`. */
const PLAIN_HOST = 'amphi.test';

const FINDINGS: readonly DoctorFinding[] = [
  { check: 'disk', title: 'Disk', state: 'ok', what: '20 GiB free in /var/lib/amphi, written at 200 MiB a second' },
  { check: 'disk', title: 'Disk', state: 'warn', what: 'nearly full', remedy: 'Make room.' },
  {
    check: 'turn',
    title: 'TURN',
    state: 'fail',
    what: 'turn:turn.example.org:3478?transport=udp: it refuses the credentials (401)',
    remedy: 'The secrets differ, or the clocks: rtc.turn.secret must be the static-auth-secret of the TURN server.',
  },
  { check: 'encoder', title: 'Encoder', state: 'ok', what: 'a 720p stream takes 0.48 of a core' },
];

let dist: string;
let browser: Browser;
let fake: FakePlatform;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'amphi-dashboard-'));
  const root = fileURLToPath(new URL('..', import.meta.url));
  // Vitest's "test" would make a development build.
  vi.stubEnv('NODE_ENV', 'production');
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true, sourcemap: false },
  });
  vi.unstubAllEnvs();
  browser = await launchChromium({ args: [`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`] });
});

afterAll(async () => {
  await browser?.close();
  await rm(dist, { recursive: true, force: true });
});

beforeEach(async () => {
  fake = await startFakePlatform({ dist });
  await open({ viewport: DESKTOP });
});

afterEach(async () => {
  await context.close();
  await fake.close();
});

/** A new browser profile; `page` is its only page. */
async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Athens', ...options });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
}

const at = (path: string) => `${fake.url}/dashboard${path}`;
const by = (testId: string) => page.getByTestId(testId);
const heading = () => page.getByRole('heading', { level: 1 });

async function signIn(path = '/'): Promise<void> {
  fake.password = PASSWORD;
  await page.goto(at(path));
  await by('signin-email').fill(fake.email);
  await by('signin-password').fill(PASSWORD);
  await by('signin-submit').click();
  await by('account-menu').waitFor();
}

const ONE_PIXEL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describe('signing in', () => {
  it('works by the one-time link, which asks for a password and works once', async () => {
    const link = at(`/sign-in?code=${fake.oneTimeCode}`);
    await page.goto(link);
    await page.waitForURL(at('/welcome'));
    await by('new-password').fill('too short');
    await by('password-submit').click();
    await page.getByText('The password needs at least 10 characters.').waitFor();
    await by('new-password').fill(PASSWORD);
    await by('password-submit').click();
    await page.waitForURL(at('/'));
    expect(fake.password).toBe(PASSWORD);

    await page.goto(link);
    await page.waitForURL(at('/'));

    await open({ viewport: DESKTOP });
    await page.goto(link);
    await by('link-error').waitFor();
    expect(fake.requests.filter((request) => request === 'POST /platform/session/one-time')).toHaveLength(3);
    await by('signin-email').fill(fake.email);
    await by('signin-password').fill(PASSWORD);
    await by('signin-submit').click();
    await by('create-app').waitFor();
  });

  it('lets the owner skip the password, reminds, and sets it later', async () => {
    await page.goto(at(`/sign-in?code=${fake.oneTimeCode}`));
    await by('skip-password').click();
    await by('reminder-set-password').click();
    await by('new-password').fill(PASSWORD);
    await by('password-submit').click();
    await page.getByText('Password saved', { exact: true }).first().waitFor();
    await by('reminder-set-password').waitFor({ state: 'detached' });
    expect(fake.password).toBe(PASSWORD);
  });

  it('says what is wrong: the fields, the password, the server', async () => {
    fake.password = PASSWORD;
    await page.goto(at('/'));
    await by('signin-email').fill('nobody');
    await by('signin-submit').click();
    await page.getByText('Write an address such as').waitFor();
    await page.getByText('Write your password.').waitFor();
    expect(await by('signin-email').getAttribute('aria-invalid')).toBe('true');

    await by('signin-email').fill(fake.email);
    await by('signin-password').fill('wrong');
    await by('signin-submit').click();
    await page.getByText('Email or password is wrong').waitFor();

    await page.route('**/platform/session', (route) => route.abort());
    await by('signin-submit').click();
    await page.getByText('The server did not answer.').waitFor();

    await page.unroute('**/platform/session');
    await by('signin-password').fill(PASSWORD);
    await by('signin-submit').click();
    await by('create-app').waitFor();
  });

  it('comes back to the page that was asked for, also after the session was lost', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    await page.waitForURL(at(`/apps/${app.id}`));
    expect(await heading().textContent()).toBe(app.name);

    fake.signOutEveryone();
    await page.getByRole('link', { name: 'Developer' }).click();
    await by('signin-email').fill(fake.email);
    await by('signin-password').fill(PASSWORD);
    await by('signin-submit').click();
    await page.waitForURL(at('/developer'));
  });

  it('ends by signing out', async () => {
    await signIn();
    await by('account-menu').click();
    await by('menu-sign-out').click();
    await by('signin-email').waitFor();
    await page.goto(at('/developer'));
    await by('signin-email').waitFor();
  });

  it('changes a password for who knows the present one', async () => {
    await signIn();
    await by('account-menu').click();
    await by('menu-set-password').click();
    await by('current-password').fill('not the one');
    await by('new-password').fill('another fine password');
    await by('password-submit').click();
    await page.getByText('This is not your present password.').waitFor();
    await by('current-password').fill(PASSWORD);
    await by('password-submit').click();
    await page.getByText('Password saved', { exact: true }).first().waitFor();
    expect(fake.password).toBe('another fine password');
  });
});

describe('apps', () => {
  it('begin with an empty list, and are made from the Live Streaming kit', async () => {
    await signIn();
    await page.getByText('No app yet').waitFor();
    fake.addApp({ name: 'Somebody else', subdomain: 'town-hall' });
    await by('create-app').click();
    await by('kit-live_streaming').click();
    await by('app-name').fill('Town hall');
    expect(await by('app-subdomain').inputValue()).toBe('town-hall');
    expect(await by('app-region').inputValue()).toBe('eu');
    await by('app-region').selectOption({ label: 'India' });
    await by('opt-webinar').click();
    await by('opt-guests').click();
    await by('create-submit').click();

    await page.getByText('"town-hall" is taken. Choose another one.').waitFor();
    await expect.poll(() => focusedTestId(page)).toBe('app-subdomain');
    await by('use-suggestion').click();
    expect(await by('app-subdomain').inputValue()).toBe('town-hall-2');
    await by('create-submit').click();

    await by('destination-save').waitFor();
    expect(await heading().textContent()).toBe('Town hall');
    const made = fake.apps.at(-1);
    expect(made).toMatchObject({ name: 'Town hall', subdomain: 'town-hall-2', region: 'in', kit: 'live_streaming' });
    for (const [role, level] of [
      ['broadcaster', 'On stage'],
      ['viewer-realtime', 'Webinar audience'],
      ['hls-viewer', 'Stream audience'],
      ['viewer-on-stage', 'On stage'],
    ]) {
      expect(await by(`role-row-${role}`).textContent()).toContain(level);
      const link = made?.rooms[0]?.links.find((candidate) => candidate.role === role);
      expect(await by(`join-link-${role}`).getAttribute('href')).toBe(link?.url);
      expect(await by(`room-code-${role}`).textContent()).toBe(link?.code);
    }
    const broadcaster = await by('role-row-broadcaster').textContent();
    for (const word of ['Microphone', 'Camera', 'Screen', 'viewer-on-stage', 'Start and stop the stream']) {
      expect(broadcaster).toContain(word);
    }
    expect(await by('role-row-hls-viewer').textContent()).toContain('The composed stream');
  });

  it('are checked while they are filled in', async () => {
    await signIn('/apps/new/custom');
    expect(await by('opt-webinar').count()).toBe(0);
    await by('create-submit').click();
    await page.getByText('Give the app a name.').waitFor();
    await page.getByText('Choose a subdomain.').waitFor();
    expect(await focusedTestId(page)).toBe('app-name');
    await by('app-subdomain').fill('lab_1');
    await page.getByText('A subdomain has small letters a to z, digits and "-" only.').waitFor();
    await by('app-subdomain').fill('LAB-1');
    expect(await by('app-subdomain').inputValue()).toBe('lab-1');
    await by('app-name').fill('Lab');
    await by('create-submit').click();
    await by('destination-enabled').waitFor();
    expect(fake.requests.filter((request) => request === 'POST /platform/apps')).toHaveLength(1);
  });

  it('say in place when they cannot be made or read', async () => {
    await signIn('/apps/new/custom');
    fake.failNext('POST /platform/apps', 503, 'the server is stopping');
    await by('app-name').fill('Lab');
    await by('create-submit').click();
    await by('create-error').getByText('The server is stopping.').waitFor();
    expect(await by('app-name').inputValue()).toBe('Lab');

    fake.answerNext('GET /platform/apps', { apps: 'none' });
    await page.goto(at('/'));
    await page.getByText('Could not load your apps').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No app yet').waitFor();

    await page.goto(at('/apps/000000000000000000000000'));
    await page.getByText('This app does not exist').waitFor();
    await page.goto(at('/apps/new/nothing'));
    await page.getByText('There is no such page').waitFor();
  });
});

describe('the live stream', () => {
  it('is drawn as it is set up, marked while not saved, and saved', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    const picture = by('stage-picture');
    const tiles = by('stage-tile');
    expect(await picture.getAttribute('aria-label')).toBe('Wide picture with 4 equal tiles of 16:9');
    expect(await tiles.count()).toBe(4);
    expect(await by('destination-save').isDisabled()).toBe(true);

    await by('stage-more').click();
    expect(await tiles.count()).toBe(5);
    expect(await by('destination-unsaved').count()).toBe(0);
    await by('stage-fewer').click();

    await by('destination-aspect-9:16').click();
    await by('destination-layout-active_speaker').click();
    await by('destination-tile').selectOption('1:1');
    await by('destination-unsaved').waitFor();
    expect(await picture.getAttribute('aria-label')).toBe(
      'Upright picture with the speaker large and 3 small tiles of 1:1',
    );
    const box = await picture.boundingBox();
    expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(9 / 16, 1);
    const areas = await tiles.evaluateAll((all) =>
      all.map((tile) => (tile as HTMLElement).offsetWidth * (tile as HTMLElement).offsetHeight),
    );
    expect(Math.max(...areas)).toBe(areas[0]);

    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination).toMatchObject({
      enabled: true,
      videoAspectRatio: '9:16',
      layout: 'active_speaker',
      tileAspectRatio: '1:1',
    });
    await expect.poll(() => by('destination-layers').textContent()).toContain('720 × 1280');
    expect(await by('destination-layers-reason').textContent()).toContain('2 cores');

    await page.reload();
    await by('destination-layout-active_speaker').waitFor();
    expect(await by('destination-layout-active_speaker').isChecked()).toBe(true);
    expect(await by('destination-tile').inputValue()).toBe('1:1');
    expect(await by('destination-unsaved').count()).toBe(0);
  });

  it('shows how it looks before it is saved: layout, colours, images of a size that can be kept', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    const picture = by('stage-picture');
    await by('destination-layout-picture_in_picture').click();
    expect(await picture.getAttribute('aria-label')).toBe(
      'Wide picture with the speaker large and 3 small tiles of 16:9 over it',
    );
    await by('destination-layout-single').click();
    expect(await by('stage-tile').count()).toBe(1);
    await by('destination-layout-sidebar').click();
    await by('destination-color').fill('#203040');
    expect(await picture.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(32, 48, 64)');
    await by('destination-fit').selectOption('crop');
    await by('destination-gap').fill('20');
    await by('destination-stand-by').fill('Be right back');
    await by('destination-names').click();

    const png = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(ONE_PIXEL_PNG, 'base64') };
    await by('destination-logo').setInputFiles({ ...png, buffer: Buffer.alloc(160_000) });
    await page.getByText('logo.png cannot be used').waitFor();
    expect(await by('stage-logo').count()).toBe(0);
    await by('destination-logo').setInputFiles(png);
    await by('stage-logo').waitFor();
    await by('destination-logo-corner').selectOption('bottom_left');

    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination).toMatchObject({
      layout: 'sidebar',
      backgroundColor: '#203040',
      tileFit: 'crop',
      gap: 20,
      standByText: 'Be right back',
      showNames: false,
      logo: { image: `data:image/png;base64,${ONE_PIXEL_PNG}`, corner: 'bottom_left' },
    });
    await by('destination-logo-remove').click();
    await by('destination-save').click();
    await by('destination-unsaved').waitFor({ state: 'detached' });
    expect(fake.apps[0]?.destination.logo).toBeNull();
  });

  it('says how far back viewers can go and who may play, whatever a back end has chosen', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    const reach = by('destination-reach');
    expect(await reach.inputValue()).toBe('live');
    await reach.selectOption({ label: 'For 30 minutes' });
    await by('destination-signed').click();
    await by('destination-av1').click();
    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination).toMatchObject({
      playlistType: 'event',
      dvrWindow: 1_800,
      signedPlayback: true,
      av1: true,
      opus: true,
    });

    await reach.selectOption({ label: 'To the beginning' });
    await by('destination-save').click();
    await by('destination-unsaved').waitFor({ state: 'detached' });
    expect(fake.apps[0]?.destination).toMatchObject({ playlistType: 'event', dvrWindow: null, signedPlayback: true });

    await reach.selectOption({ label: 'Not at all: always live' });
    await by('destination-discard').click();
    expect(await reach.inputValue()).toBe('beginning');
    Object.assign(fake.apps[0]!.destination, { dvrWindow: 90 });
    await page.reload();
    await expect.poll(() => reach.inputValue()).toBe('90');
    expect(await reach.locator('option:checked').textContent()).toBe('For 90 seconds');
    expect(await nameless(page)).toEqual([]);
  });

  it('DSH7: says what is kept of it, and who may play that once it is over; on a phone, too', async () => {
    const app = fake.addApp({});
    await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await signIn(`/apps/${app.id}`);
    expect(await by('destination-viewer-roles').count()).toBe(0);
    await by('destination-vod').click();
    await by('destination-viewer-hls-viewer').click();
    await by('destination-files').click();
    expect(await nameless(page)).toEqual([]);
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    await by('destination-save').click();
    await by('destination-saved').waitFor();
    const recording = { hlsVod: true, singleFilePerLayer: true, viewerRoles: ['hls-viewer'] };
    expect(fake.apps[0]?.destination.recording).toEqual(recording);

    // A role that is gone meanwhile is not offered anything.
    Object.assign(recording, { viewerRoles: ['hls-viewer', 'gone'] });
    Object.assign(fake.apps[0]!.destination, { recording });
    await page.reload();
    await by('destination-viewer-broadcaster').click();
    await by('destination-viewer-hls-viewer').click();
    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination.recording.viewerRoles).toEqual(['broadcaster']);
  });

  it('is off in a custom app until it is switched on', async () => {
    const app = fake.addApp({ kit: 'custom', name: 'Lab', subdomain: 'lab' });
    await signIn(`/apps/${app.id}`);
    expect(await by('destination-enabled').getAttribute('aria-checked')).toBe('false');
    await by('destination-enabled').click();
    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination.enabled).toBe(true);
  });

  it('keeps the changes when saving fails, and says what to do', async () => {
    const app = fake.addApp({});
    const save = `POST /platform/apps/${app.id}/destination`;
    await signIn(`/apps/${app.id}`);
    await by('destination-layout-active_speaker').click();

    fake.failNext(save, 500, 'the database is busy');
    await by('destination-save').click();
    await by('destination-error').getByText('The database is busy. It is a fault of the server').waitFor();
    fake.signOutEveryone();
    await by('destination-save').click();
    const way = by('destination-error').getByRole('link', { name: 'Sign in in a new tab' });
    const [tab] = await Promise.all([context.waitForEvent('page'), way.click()]);
    await tab.getByTestId('signin-email').fill(fake.email);
    await tab.getByTestId('signin-password').fill(PASSWORD);
    await tab.getByTestId('signin-submit').click();
    await tab.getByTestId('account-menu').waitFor();
    await tab.close();
    expect(await by('destination-layout-active_speaker').isChecked()).toBe(true);
    await by('destination-save').click();
    await by('destination-saved').waitFor();
    expect(await by('destination-error').count()).toBe(0);
    expect(fake.apps[0]?.destination.layout).toBe('active_speaker');
  });

  it('is not lost by leaving, and can be taken back', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    await by('destination-layout-active_speaker').click();
    await page.getByRole('link', { name: 'Developer' }).click();
    await page.getByRole('alertdialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await page.waitForURL(at(`/apps/${app.id}`));
    await by('destination-discard').click();
    expect(await by('destination-layout-grid').isChecked()).toBe(true);
    await by('destination-layout-active_speaker').click();
    await page.getByRole('link', { name: 'Developer' }).click();
    await by('confirm').click();
    await page.waitForURL(at('/developer'));
  });
});

describe('the recording of tracks', () => {
  it('DSH9: is switched by mouse and keyboard, says what it does, and leaves alone what else is said of recordings', async () => {
    const { id, templateId } = fake.addApp({});
    const known = recordingConfiguration.parse({ name: 'default', role: 'hls-viewer', maxDuration: 900 });
    fake.recordings.set(templateId, [known]);
    await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await signIn(`/apps/${id}`);
    const tracks = by('tracks-enabled');
    const saved = () => fake.recordings.get(templateId);
    const isOn = () => tracks.getAttribute('aria-checked');
    expect(await isOn()).toBe('false');
    await tracks.click();
    await page.getByText('Everyone in the room is told.').waitFor();
    await expect.poll(isOn).toBe('true');
    await expect.poll(saved).toEqual([{ ...known, trackRecording: { ...known.trackRecording, enabled: true } }]);
    expect([await nameless(page), await widerThanWindow(page), await smallTargets(page)]).toEqual([[], [], []]);

    // A back end changed something meanwhile.
    const changed = { ...saved()![0]!, maxDuration: 1800 };
    fake.recordings.set(templateId, [changed]);
    await expect.poll(() => tracks.isEnabled()).toBe(true);
    await tracks.press('Space');
    await expect.poll(isOn).toBe('false');
    await expect.poll(saved).toEqual([{ ...known, maxDuration: 1800 }]);
  });

  it('DSH9: stays as it is when that fails, which is said', async () => {
    const { id, templateId } = fake.addApp({});
    fake.recordings.set(templateId, []);
    await signIn(`/apps/${id}`);
    fake.failNext(`POST /platform/v2/templates/${templateId}/recordings`, 503, 'the database is away');
    await by('tracks-enabled').click();
    await page.getByText('The recording of tracks was not changed', { exact: true }).waitFor();
    expect(await by('tracks-enabled').getAttribute('aria-checked')).toBe('false');
    await by('tracks-enabled').click();
    await expect.poll(() => by('tracks-enabled').getAttribute('aria-checked')).toBe('true');
    const saved = () => fake.recordings.get(templateId);
    await expect.poll(saved).toMatchObject([{ role: 'broadcaster', trackRecording: { enabled: true } }]);
  });
});

describe('the storage of recordings', () => {
  const saved = () => fake.settings.get(fake.apps[0]!.templateId)?.recording?.upload;

  it('DSH8: is a bucket, whose secret is written and never shown; saved again without it', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    await by('edit-storage').click();
    await by('storage-enabled').waitFor();
    expect(await by('storage-bucket').count()).toBe(0);
    await by('storage-enabled').click();
    await by('storage-save').click();
    for (const problem of ['Write the name of the bucket.', 'Write the key of', 'Write the secret of this key.']) {
      await by('storage').getByText(problem).waitFor();
    }
    await by('storage-bucket').fill('shows');
    await by('storage-prefix').fill('evening');
    await by('storage-endpoint').fill('s3.example.org');
    await by('storage-region').fill('eu-central-1');
    await by('storage-key').fill('AK');
    await by('storage-secret').fill('not to be seen');
    await by('storage-save').click();
    await by('storage-error').getByText('https://s3.example.org').waitFor();
    await by('storage-endpoint').fill('https://s3.example.org');
    await page.keyboard.press('Enter');
    await by('storage-saved').waitFor();
    const bucket = { type: 's3', location: 'shows', prefix: 'evening', credentials: { key: 'AK', secretKey: '' } };
    const options = { region: 'eu-central-1', endpoint: 'https://s3.example.org' };
    expect(saved()).toEqual({ ...bucket, options });
    expect(fake.secret).toBe('not to be seen');

    await page.reload();
    await by('storage-secret').waitFor();
    expect(await by('storage-secret').inputValue()).toBe('');
    expect(await page.content()).not.toContain('not to be seen');
    await by('storage-prefix').fill('morning');
    await by('storage-save').click();
    await by('storage-saved').waitFor();
    expect(saved()).toEqual({ ...bucket, prefix: 'morning', options });
    await by('storage-key').fill('AK2');
    await by('storage-save').click();
    await by('storage').getByText('Write the secret of this key.').waitFor();
    await by('storage-discard').click();
    expect(await by('storage-key').inputValue()).toBe('AK');

    await by('storage-enabled').click();
    await by('storage-save').click();
    await by('storage-saved').waitFor();
    expect(saved()).toBeUndefined();
  });

  it('REC31: is tried before it is saved, and what failed is told until a field is another', async () => {
    const app = fake.addApp({});
    await signIn(`/apps/${app.id}`);
    await by('edit-storage').click();
    await by('storage-enabled').click();
    await by('storage-test').click();
    await by('storage').getByText('Write the name of the bucket.').waitFor();
    await by('storage-bucket').fill('shows');
    await by('storage-key').fill('AK');
    await by('storage-secret').fill('wrong');
    await by('storage-test').click();
    await by('storage-test-result').getByText('A file could not be written: the storage does not').waitFor();
    await by('storage-test-result').getByText('Correct the access key.').waitFor();
    await by('storage-secret').fill('right');
    await by('storage-test-result').getByText('Correct').waitFor({ state: 'detached' });
    await by('storage-test').click();
    await by('storage-test-result').getByText('It works').waitFor();
    expect(saved()).toBeUndefined();
  });

  it('is filled in on a phone, by the keyboard, and is not lost by leaving', async () => {
    const app = fake.addApp({});
    await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await signIn(`/apps/${app.id}`);
    await by('edit-storage').click();
    await by('storage-enabled').focus();
    await page.keyboard.press('Space');
    await pressTabTo(page, 'storage-bucket');
    await page.keyboard.type('shows');
    expect(await nameless(page)).toEqual([]);
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    await page.goBack();
    await page.getByRole('alertdialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Stay here' }).click();
    expect(await by('storage-bucket').inputValue()).toBe('shows');
  });

  it('says when it cannot be read', async () => {
    const app = fake.addApp({});
    fake.failNext(`GET /platform/v2/templates/${app.templateId}/settings`, 503, 'the server is stopping', 2);
    await signIn(`/apps/${app.id}/storage`);
    await page.getByText('Could not load the storage').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await by('storage-enabled').waitFor();
  });
});

describe('join links', () => {
  it('are copied, which is said, and open in a new tab', async () => {
    const app = fake.addApp({});
    await open({ viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(`/apps/${app.id}`);
    const link = app.rooms[0]?.links.find(({ role }) => role === 'hls-viewer');
    await by('copy-link-hls-viewer').click();
    await by('announcer').getByText('Copied link for hls-viewer').waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link?.url);
    await by('copy-code-hls-viewer').click();
    await by('announcer').getByText('Copied room code for hls-viewer').waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link?.code);

    const [tab] = await Promise.all([context.waitForEvent('page'), by('join-as-hls-viewer').click()]);
    await tab.waitForURL(link?.url ?? '');
    expect(await tab.evaluate(() => window.opener)).toBeNull();
  });

  it('are copied on plain http, too, where browsers have no clipboard interface', async () => {
    const app = fake.addApp({});
    fake.url = fake.url.replace('127.0.0.1', PLAIN_HOST);
    await signIn(`/apps/${app.id}`);
    expect(await page.evaluate(() => 'clipboard' in navigator)).toBe(false);
    await by('copy-link-broadcaster').click();
    await by('announcer').getByText('Copied link for broadcaster').waitFor({ state: 'attached' });
    expect(await focusedTestId(page)).toBe('copy-link-broadcaster');
    await page.goto(at('/apps/new/custom'));
    await by('app-name').focus();
    await page.keyboard.press('Control+V');
    expect(await by('app-name').inputValue()).toBe(app.rooms[0]?.links[0]?.url);
  });
});

describe('the developer page', () => {
  it('hides the secret until asked, and copies keys, addresses and token', async () => {
    await open({ viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn('/developer');
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await by('secret').textContent()).toContain('hidden');
    await by('copy-secret').click();
    await by('announcer').getByText('Copied secret').waitFor({ state: 'attached' });
    const secret = await clipboard();
    expect(secret.length).toBeGreaterThan(30);
    await by('reveal-secret').click();
    expect(await by('secret').textContent()).toBe(secret);

    expect(await by('api-url').textContent()).toBe(`${fake.url}/v2`);
    await by('copy-management-token').click();
    await by('announcer').getByText('Copied token').waitFor({ state: 'attached' });
    const token = await clipboard();
    expect(token).toBe(await by('management-token').textContent());
    await by('renew-token').click();
    await expect.poll(() => by('management-token').textContent()).not.toBe(token);
  });
});

describe('members', () => {
  it('DSH4: are invited by a link, which asks for a password and makes the account', async () => {
    await signIn('/members');
    await by('invite').click();
    await by('invite-email').fill('not an address');
    await by('invite-submit').click();
    await page.getByText('Write an address such as ada@example.org.').waitFor();
    await by('invite-email').fill('ada@example.org');
    await by('invite-submit').click();
    const link = (await by('invite-link').textContent()) ?? '';
    await page.keyboard.press('Escape');
    await by('invitation').getByText('ada@example.org').waitFor();

    await open({ viewport: DESKTOP });
    await page.goto(link);
    await page.getByText('as Viewer: looks').waitFor();
    expect(await nameless(page)).toEqual([]);
    await by('new-password').fill(PASSWORD);
    await by('accept').click();
    await page.waitForURL(at('/'));
    await by('viewer-note').waitFor();
    expect(await page.getByRole('link', { name: 'Developer' }).count()).toBe(0);
    await page.goto(at('/members'));
    await by('member').first().waitFor();
    expect(await by('invite').count()).toBe(0);

    await open({ viewport: DESKTOP });
    await page.goto(link);
    await by('invitation-error').getByText('This invitation no longer works').waitFor();
  });

  it('DSH5: are removed when that was confirmed', async () => {
    await signIn('/members');
    await by('member-remove').nth(1).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => fake.requests).toContain('DELETE /platform/members/other');
  });
});

describe('the doctor', () => {
  it('is asked, shows how far it is, then what was found, the worst first (DOC8)', async () => {
    await signIn('/doctor');
    await page.getByText('Nobody has looked yet').waitFor();
    await by('doctor-start').click();
    await page.getByText('0 of 3 done. Still looking at: Disk, TURN, Encoder.').waitFor();
    expect(await by('doctor-start').getAttribute('aria-busy')).toBe('true');

    const { startedAt } = fake.doctor!;
    fake.doctor = { startedAt, findings: FINDINGS.slice(0, 2), pending: ['TURN', 'Encoder'] };
    await page.getByText('1 of 3 done. Still looking at: TURN, Encoder.').waitFor();
    expect(await by('doctor-progress').evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])).toEqual([1, 3]);

    fake.doctor = { startedAt, finishedAt: startedAt, findings: FINDINGS, pending: [] };
    await by('doctor-verdict').getByText('1 thing has to be mended.').waitFor();
    await by('announcer').getByText('1 thing has to be mended.').waitFor({ state: 'attached' });
    expect(await by('doctor-progress').count()).toBe(0);
    const headings = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(headings).toEqual(['To be mended (1)', 'Could be better (1)', 'Right (2)']);
    await by('doctor-fail').getByText('it refuses the credentials (401)').waitFor();
    await by('doctor-fail').getByText('must be the static-auth-secret').waitFor();

    const polls = fake.requests.length;
    await by('doctor-start').click();
    await by('doctor-progress').waitFor();
    expect(fake.requests.slice(polls)).toContain('POST /platform/doctor');
  });

  it('shows the last report to who comes later, and says when it cannot be asked', async () => {
    fake.doctor = {
      startedAt: '2026-11-28T10:00:00.000Z',
      finishedAt: '2026-11-28T10:00:09.000Z',
      findings: FINDINGS,
      pending: [],
    };
    await signIn('/doctor');
    await by('doctor-verdict')
      .getByText(/28\/11\/2026, 12:00:09/)
      .waitFor();
    fake.failNext('POST /platform/doctor', 503, 'the server is shutting down');
    await by('doctor-start').click();
    await by('doctor-refused').waitFor();
    await by('doctor-fail').waitFor();
  });
});

describe('everybody', () => {
  it('can do all of it with the keyboard alone, always seeing where they are', async () => {
    fake.password = PASSWORD;
    await page.goto(at('/'));
    await pressTabTo(page, 'signin-email');
    await page.keyboard.type(fake.email);
    await pressTabTo(page, 'signin-password');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await by('create-app').waitFor();
    await pressTabTo(page, 'create-app');
    await page.keyboard.press('Enter');
    await by('kit-live_streaming').waitFor();
    await pressTabTo(page, 'kit-live_streaming');
    await page.keyboard.press('Enter');
    await by('app-name').waitFor();
    await pressTabTo(page, 'app-name');
    await page.keyboard.type('By hand');
    await pressTabTo(page, 'app-region');
    await page.keyboard.type('United');
    await pressTabTo(page, 'opt-guests');
    await page.keyboard.press('Space');
    await pressTabTo(page, 'create-submit');
    await page.keyboard.press('Enter');
    await by('destination-save').waitFor();
    expect(fake.apps[0]).toMatchObject({ name: 'By hand', subdomain: 'by-hand', region: 'us' });
    expect(fake.apps[0]?.roles.map(({ name }) => name)).toEqual(['broadcaster', 'hls-viewer', 'viewer-on-stage']);
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');

    await pressTabTo(page, 'copy-link-broadcaster');
    await pressTabTo(page, 'destination-enabled');
    await page.keyboard.press('Space');
    await page.keyboard.press('Space');
    await pressTabTo(page, 'destination-aspect-16:9');
    await page.keyboard.press('ArrowRight');
    await pressTabTo(page, 'destination-layout-grid');
    await page.keyboard.press('ArrowDown');
    await pressTabTo(page, 'destination-tile');
    await page.keyboard.type('Square');
    await pressTabTo(page, 'destination-save');
    await page.keyboard.press('Enter');
    await by('destination-saved').waitFor();
    expect(fake.apps[0]?.destination).toMatchObject({
      enabled: true,
      videoAspectRatio: '9:16',
      layout: 'active_speaker',
      tileAspectRatio: '1:1',
    });

    await page.goto(at('/developer'));
    await by('copy-secret').waitFor();
    await page.keyboard.press('Tab');
    await pressTabTo(page, 'account-menu', { backwards: true });
    await page.keyboard.press('Enter');
    await by('menu-set-password').waitFor();
    await page.keyboard.press('Enter');
    await by('current-password').waitFor();
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await by('current-password').waitFor({ state: 'detached' });
  });

  it('finds every control named, on every page', async () => {
    const app = fake.addApp({ options: { webinarAudience: true, guestsOnStage: true } });
    await page.goto(at('/sign-in'));
    await by('signin-email').waitFor();
    expect(await nameless(page)).toEqual([]);
    await signIn();
    for (const [path, sign] of pages(app.id)) {
      await page.goto(at(path));
      await by(sign).waitFor();
      expect(await nameless(page), path).toEqual([]);
    }
  });

  it('fits on a phone: nothing scrolls sideways, and fingers hit', async () => {
    const app = fake.addApp({
      name: `Evenings with a very long name ${'and-an-unbreakable-rest'.repeat(2)}`,
      subdomain: 'a'.repeat(63),
      options: { webinarAudience: true, guestsOnStage: true },
    });
    await open({ viewport: PHONE, hasTouch: true, isMobile: true });
    await page.goto(at('/sign-in'));
    await by('signin-email').waitFor();
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    await signIn();
    for (const [path, sign] of pages(app.id)) {
      await page.goto(at(path));
      await by(sign).waitFor();
      expect(await widerThanWindow(page), path).toEqual([]);
      expect(await smallTargets(page), path).toEqual([]);
      expect(await chosenTab(), path).toEqual({ isInView: true, isAlone: true });
    }
  });

  it('sees light or dark as the system says, or as chosen', async () => {
    await open({ viewport: DESKTOP, colorScheme: 'dark' });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const [light, dark] = ['rgb(243, 244, 240)', 'rgb(15, 20, 18)'];
    await signIn();
    expect(await ground()).toBe(dark);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe(light);
    await by('account-menu').click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    expect(await ground()).toBe(dark);
    await page.reload();
    await by('account-menu').waitFor();
    expect(await ground()).toBe(dark);
    expect(await page.evaluate(() => localStorage.getItem('amphi.theme'))).toBe('dark');
  });

  it('is told while something loads, and no click counts twice', async () => {
    await signIn('/apps/new/custom');
    const release = fake.hold('POST /platform/apps');
    await by('app-name').fill('Slowly');
    await by('create-submit').click();
    expect(await by('create-submit').getAttribute('aria-busy')).toBe('true');
    await by('create-submit').click({ force: true });
    release();
    await by('destination-save').waitFor();
    expect(fake.apps).toHaveLength(1);

    const releaseApps = fake.hold('GET /platform/apps');
    await page.goto(at('/'));
    await page.getByRole('status').getByText('Loading your apps…').waitFor();
    releaseApps();
    await by('app-link-slowly').waitFor();
  });
});

describe('a room on air', () => {
  const SINCE = '2026-01-05T09:10:00Z';
  const stream = {
    ...{ id: 'stream', status: 'running', created_at: SINCE, started_at: SINCE, stopped_at: null },
    ...{ playback: { url: '/hls/stream/master.m3u8' }, recording: { hls_vod: true, single_file_per_layer: false } },
    ...{ recording_paused: false, ladder: null },
  };
  /** What the server would tell of the stream, and what it was asked for. */
  let told: typeof stream;
  let asked: string[];

  beforeEach(async () => {
    told = stream;
    asked = [];
    await signIn();
    await page.route('**/hls/**', (route) => route.fulfill({ status: 404 }));
    await page.route('**/platform/v2/**', (route) => {
      const request = route.request();
      const path = new URL(request.url()).pathname.replace('/platform/v2', '');
      if (request.method() === 'POST') {
        asked.push(path);
        if (asked.length === 1) return route.fulfill({ status: 400, json: { code: 400, message: 'not yet' } });
        told = { ...stream, recording_paused: path.endsWith('pause-recording') };
        return route.fulfill({ json: told });
      }
      if (path === '/rooms/room') {
        const room = { id: 'room', name: 'Town hall', enabled: true, description: '', app_id: 'a', template_id: 't' };
        return route.fulfill({ json: { ...room, created_at: SINCE } });
      }
      return route.fulfill({ json: { data: path === '/live-streams' ? [told] : [], last: '' } });
    });
  });

  it('pauses what is kept of the stream and lets it go on; says so when it cannot', async () => {
    await page.goto(at('/rooms/room'));
    const button = by('recording-pause');
    await button.click();
    await page.getByText('The recording goes on', { exact: true }).waitFor();
    expect(await by('recording-state').textContent()).toBe('Being recorded.');
    await button.click();
    await by('recording-state').getByText('Recording paused').waitFor();
    expect(await button.textContent()).toBe('Resume recording');
    await button.click();
    await by('recording-state').getByText('Being recorded.').waitFor();
    const path = '/live-streams/stream';
    expect(asked).toEqual([`${path}/pause-recording`, `${path}/pause-recording`, `${path}/resume-recording`]);
    expect(await nameless(page)).toEqual([]);
    expect(await widerThanWindow(page)).toEqual([]);
  });

  it('has nothing to pause where nothing is kept', async () => {
    told = { ...stream, recording: { hls_vod: false, single_file_per_layer: false } };
    await page.goto(at('/rooms/room'));
    await by('stream-stop').waitFor();
    await by('stream-status').getByText('Live').waitFor();
    expect(await by('recording').count()).toBe(0);
  });
});

describe('a room with people in it', () => {
  const SINCE = '2026-01-05T09:10:00Z';
  const ada = { id: 'ada', name: 'Ada', role: 'broadcaster', user_id: '', joined_at: SINCE, left_at: null };
  /** What the server was asked to do. */
  let asked: { readonly path: string; readonly body: unknown }[];
  let enabled: boolean;
  let isRefused: boolean;

  beforeEach(async () => {
    asked = [];
    enabled = true;
    isRefused = false;
    let peers: object = { ada };
    await signIn();
    await page.route('**/platform/v2/**', (route) => {
      const request = route.request();
      const path = new URL(request.url()).pathname.replace('/platform/v2', '');
      if (request.method() === 'POST') {
        asked.push({ path, body: request.postDataJSON() });
        if (isRefused) return route.fulfill({ status: 503, json: { code: 503, message: 'not now' } });
        peers = {};
        if (request.postDataJSON().lock === true) enabled = false;
        return route.fulfill({ json: { message: 'session is ending in the room' } });
      }
      if (path === '/rooms/room') {
        const room = { id: 'room', name: 'Town hall', enabled, description: '', app_id: 'a', template_id: 't' };
        return route.fulfill({ json: { ...room, created_at: SINCE } });
      }
      const session = { id: 's', room_id: 'room', active: true, peers, created_at: SINCE, updated_at: SINCE };
      return route.fulfill({ json: { data: path === '/sessions' ? [session] : [], last: '' } });
    });
    await page.goto(at('/rooms/room'));
    await by('live-peer').waitFor();
  });

  const dialog = () => page.getByRole('alertdialog');
  const end = { path: '/active-rooms/room/end-room' };
  const reason = 'ended by the dashboard';

  it('is ended when that was confirmed, by the keyboard, and not before', async () => {
    await by('end-room').focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    expect(await nameless(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(asked).toEqual([]);
    await by('end-room').click();
    await dialog().getByRole('button', { name: 'End session' }).click();
    await by('live').getByText('Nobody is here').waitFor();
    await by('live').getByText('Open one of the links below').waitFor();
    expect(asked).toEqual([{ ...end, body: { reason, lock: false } }]);
  });

  it('is closed, too, when that is asked for', async () => {
    await by('end-room').click();
    await by('end-lock').check();
    await dialog().getByRole('button', { name: 'End session' }).click();
    await by('live').getByText('The room is closed').waitFor();
    expect(asked).toEqual([{ ...end, body: { reason, lock: true } }]);
  });

  it('says so when it goes on', async () => {
    isRefused = true;
    await by('end-room').click();
    await dialog().getByRole('button', { name: 'End session' }).click();
    await page.getByText('The session goes on', { exact: true }).waitFor();
    await by('live-peer').waitFor();
    expect(asked).toHaveLength(1);
  });
});

describe('usage', () => {
  const day = (index: number) => ({
    day: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
    participant_minutes: index * 100,
    stream_minutes: index % 3,
    recording_minutes: 0,
    peak_participants: index,
  });
  /** What the server was asked. */
  let asked: string[];

  beforeEach(async () => {
    asked = [];
  });

  async function answerUsage(): Promise<void> {
    await page.route('**/platform/v2/analytics/usage*', (route) => {
      const query = new URL(route.request().url()).searchParams;
      const count = (Date.parse(query.get('to')!) - Date.parse(query.get('from')!)) / 86_400_000 + 1;
      asked.push(`${count} ${query.get('app_id') ?? 'all'}`);
      const used = query.get('app_id') === null;
      const data = Array.from({ length: count }, (_, index) => ({ ...day(used ? index : 0), day: day(index).day }));
      return route.fulfill({ json: { from: '', to: '', data } });
    });
  }

  it('USE3: is drawn by day, said in words, and there as numbers; of the days and the app that are chosen', async () => {
    const app = fake.addApp({ name: 'Evenings' });
    await signIn();
    await answerUsage();
    await page.getByRole('link', { name: 'Usage' }).click();
    const people = by('figure-participants');
    await people.waitFor();
    expect(await people.getByRole('img').getAttribute('aria-label')).toBe(
      'Time of people in sessions: 43,500 min in all, 2,900 at most on a day',
    );
    expect(await people.locator('rect').count()).toBe(30);
    expect(await by('figure-peak').textContent()).toContain('29 at most');
    await people.getByText('Numbers').focus();
    await page.keyboard.press('Enter');
    expect(await people.getByRole('row').nth(2).textContent()).toMatch(/2 Jan 2026100$/);
    expect(await nameless(page)).toEqual([]);
    await by('usage-days').selectOption('Last 7 days');
    await people.getByText('2,100 min in all').waitFor();
    await by('usage-app').selectOption('Evenings');
    await by('usage-none').waitFor();
    await page.reload();
    await by('usage-none').waitFor();
    expect(new Set(asked)).toEqual(new Set(['30 all', '7 all', `7 ${app.id}`]));
  });

  it('USE3: fits on a phone, a year of it too', async () => {
    await open({ viewport: PHONE, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    await signIn();
    await answerUsage();
    await page.goto(at('/usage?days=365'));
    await by('figure-recordings').waitFor();
    await by('figure-streams').getByText('Numbers').click();
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
  });

  it('USE3: says what to do when it cannot be read', async () => {
    await signIn();
    await page.route('**/platform/v2/analytics/usage*', (route) =>
      route.fulfill({ status: 503, json: { code: 503, message: 'the database does not answer' } }),
    );
    await page.goto(at('/usage'));
    await page.getByText('Could not load the usage').waitFor();
    await page.unroute('**/platform/v2/analytics/usage*');
    await answerUsage();
    await page.getByRole('button', { name: 'Try again' }).click();
    await by('figure-participants').waitFor();
  });
});

describe('a session that is over', () => {
  const ID = '6b0c08bc-e29d-4b2f-9c3e-7156aa0d1c11';
  const start = Date.parse('2026-01-05T09:10:00Z');
  const span = (count: number, value: (index: number) => number | null) =>
    Array.from({ length: count }, (_, i) => value(i));
  const times = span(20, (index) => start + 30_000 * (index < 12 ? index : index + 6));
  const peer = (id: string, name: string) => ({
    ...{ id, name, role: 'broadcaster', user_id: '' },
    ...{ joined_at: '2026-01-05T09:10:00Z', left_at: '2026-01-05T09:25:00Z' },
  });

  function answerSession(): void {
    const v2 = (path: string, body: object) => fake.answerNext(`GET /platform/v2/${path}`, body);
    v2(`sessions/${ID}`, {
      ...{ id: ID, room_id: 'room', active: false, peers: { p: peer('p', 'Ada'), q: peer('q', '') } },
      ...{ created_at: '2026-01-05T09:10:00Z', updated_at: '2026-01-05T09:25:00Z' },
    });
    for (const list of ['live-streams', 'recordings', 'recording-assets']) v2(list, { data: [], last: '' });
    v2(`sessions/${ID}/events`, { data: [event(0, 'session.open'), event(9, 'session.close')].reverse(), last: '' });
    v2('rooms/room', {
      ...{ id: 'room', name: 'Town hall', enabled: true, description: '', app_id: 'a', template_id: 't' },
      created_at: '2026-01-05T09:00:00Z',
    });
    const common = { timestamps: times, packet_loss_percent: span(20, (i) => (i === 5 ? 4.5 : 0.2)) };
    v2('analytics/peer-stats', {
      publisher: {
        video: [
          {
            time_series: {
              ...common,
              bitrate: span(20, (i) => 1_100_000 + 90_000 * Math.sin(i)),
              rtt_ms: span(20, (i) => 40 + i),
            },
          },
        ],
        audio: [
          {
            time_series: {
              ...{ ...common, bitrate: span(20, () => 32_000), rtt_ms: span(20, () => 38) },
              jitter_ms: span(20, (i) => 2 + (i % 5)),
            },
          },
        ],
      },
      subscriber: {
        video: [
          {
            time_series: {
              timestamps: times,
              bitrate: span(20, () => null),
              freeze_count: span(20, (i) => (i === 6 ? 2 : 0)),
            },
          },
        ],
        audio: [{ time_series: { ...common, bitrate: span(20, () => 30_000) } }],
      },
    });
  }

  const event = (index: number, type: string, over: object = {}) => ({
    ...{ id: `e${index}`, type, timestamp: new Date(start + index * 1_000).toISOString(), peer_id: '', user_id: '' },
    ...over,
  });

  it('EVT5: tells what happened, newest first, page by page, and marks what went wrong', async () => {
    await signIn();
    answerSession();
    const ada = { peer_id: 'p', user_name: 'Ada', role: 'broadcaster' };
    const guest = { peer_id: 'g', user_name: 'Bo', role: 'guest' };
    const all = [
      event(0, 'session.open'),
      event(1, 'peer.join', ada),
      event(2, 'peer.join', { ...guest, role: 'viewer' }),
      event(3, 'peer.role-change', { ...guest, previous_role: 'viewer', requested_by: 'p' }),
      event(4, 'stream.failed', { reason: 'no encoder' }),
      event(5, 'output.started', { output: 'browser' }),
      event(6, 'client.publish.failed', ada),
      event(7, 'peer.leave', { ...guest, reason: 'removed', requested_by: 'p' }),
      event(8, 'session.close'),
    ].reverse();
    await page.route(`**/platform/v2/sessions/${ID}/events*`, (route) => {
      const isFirst = new URL(route.request().url()).searchParams.get('start') === null;
      return route.fulfill({ json: isFirst ? { data: all.slice(0, 6), last: '6' } : { data: all.slice(6), last: '' } });
    });
    await page.goto(at(`/sessions/${ID}`));
    const rows = by('session-events').getByRole('listitem');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(6);
    expect(await by('session-events').locator('.text-danger').allTextContents()).toEqual([
      'Ada could not send picture or sound',
      'The live stream failed: no encoder',
    ]);
    await by('session-happened').getByTestId('more').focus();
    await page.keyboard.press('Enter');
    await page.getByText('The session began').waitFor();
    expect(await by('session-events').locator('bdi').allTextContents()).toEqual([
      'The session ended',
      'Bo was put out by Ada',
      'Ada could not send picture or sound',
      'The recording began',
      'The live stream failed: no encoder',
      'Bo went from viewer to guest, changed by Ada',
      'Bo joined as viewer',
      'Ada joined as broadcaster',
      'The session began',
    ]);
    expect(await by('more').count()).toBe(0);
    expect(await nameless(page)).toEqual([]);
  });

  it('EVT5: says that nothing is kept of what happened, or that it could not be read', async () => {
    await signIn();
    answerSession();
    fake.failNext(`GET /platform/v2/sessions/${ID}/events`, 503, 'the database does not answer', 2);
    await page.goto(at(`/sessions/${ID}`));
    await page.getByText('Could not load the events').waitFor();
    fake.answerNext(`GET /platform/v2/sessions/${ID}/events`, { data: [], last: '' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await by('session-events-none').waitFor();
  });

  it('QUA1: shows how media of each person fared, as lines, in words and as numbers', async () => {
    await signIn();
    answerSession();
    await page.goto(at(`/sessions/${ID}`));
    const bitrate = by('figure-sent-bitrate');
    await bitrate.waitFor();
    expect(await bitrate.getByRole('img').getAttribute('aria-label')).toMatch(
      /^Sent: 1,1\d\d kbit\/s on average, 1,2\d\d at most$/,
    );
    // Nothing was measured for three minutes: the line is broken there.
    expect(await bitrate.locator('polyline').count()).toBe(2);
    for (const figure of ['received-bitrate', 'sent-loss', 'received-loss', 'rtt', 'jitter', 'freezes']) {
      await by(`figure-${figure}`).waitFor();
    }
    const loss = by('figure-sent-loss');
    await loss.getByText('Numbers').click();
    expect(await loss.getByRole('row').count()).toBe(21);
    expect(await loss.getByRole('row').nth(6).textContent()).toMatch(/4\.5$/);
    const nothing = { video: [], audio: [] };
    fake.answerNext('GET /platform/v2/analytics/peer-stats', { publisher: nothing, subscriber: nothing });
    await by('quality-peer').selectOption('Without a name, broadcaster');
    await by('quality-none').waitFor();
    expect(await nameless(page)).toEqual([]);
  });

  it('fits on a phone', async () => {
    await open({ viewport: PHONE, hasTouch: true, isMobile: true, colorScheme: 'dark' });
    await signIn();
    answerSession();
    await page.goto(at(`/sessions/${ID}`));
    await by('figure-freezes').waitFor();
    await by('figure-rtt').getByText('Numbers').click();
    expect(await widerThanWindow(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
  });
});

/** Whether the tab of the page one is on can be seen in the row of tabs, and is the only one so marked. */
function chosenTab(): Promise<{ isInView: boolean; isAlone: boolean }> {
  return page.getByRole('navigation', { name: 'Dashboard' }).evaluate((row) => {
    const marked = [...row.querySelectorAll('[aria-current=page]')];
    const [frame, tab] = [row.getBoundingClientRect(), marked[0]!.getBoundingClientRect()];
    return { isInView: tab.left >= frame.left - 1 && tab.right <= frame.right + 1, isAlone: marked.length === 1 };
  });
}

/** Every page behind the sign-in, with something that shows it is there. */
function pages(appId: string): readonly (readonly [path: string, testId: string])[] {
  const at = new Date().toISOString();
  fake.doctor = { startedAt: at, finishedAt: at, findings: FINDINGS, pending: [] };
  return [
    ['/', 'create-app'],
    ['/apps/new', 'kit-live_streaming'],
    ['/apps/new/live_streaming', 'create-submit'],
    [`/apps/${appId}`, 'destination-save'],
    [`/apps/${appId}/storage`, 'storage-enabled'],
    ['/usage', 'figure-participants'],
    ['/members', 'invite'],
    ['/developer', 'management-token'],
    ['/doctor', 'doctor-fail'],
  ];
}
