import { fileURLToPath } from 'node:url';
import type { DiagnosticReport, runDiagnostics } from '@amphi/client';
import {
  type AmphiServer,
  launchChromium,
  openPage,
  startAmphi,
  startTurnServer,
  type TestPage,
  type TurnServer,
} from '@amphi/testkit';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';

/** The SDK's diagnostics in Chromium, against real media workers and a relay. */

let coturn: TurnServer;
let amphi: AmphiServer;
let sdk: string;
const browsers: Browser[] = [];

beforeAll(async () => {
  coturn = await startTurnServer({ peers: ['127.0.0.1'] });
  const turn = JSON.stringify([{ urls: [coturn.urls.udp, coturn.urls.tcp], secret: coturn.secret }]);
  [amphi, sdk] = await Promise.all([
    startAmphi({ env: { AMPHI_RTC_ADDRESSES: '127.0.0.1', AMPHI_RTC_TURN: turn } }),
    bundledSdk(),
  ]);
});

afterEach(async () => {
  await Promise.all(browsers.splice(0).map((browser) => browser.close()));
});

afterAll(async () => {
  expect(await amphi?.stop()).toBe(0);
  await coturn?.stop();
});

it('DIA5: an open network passes by every way, with figures', async () => {
  const report = await diagnose(await personWith([]));
  expect(report).toMatchObject({
    server: { status: 'passed' },
    clock: { status: 'passed' },
    microphone: { status: 'passed' },
    camera: { status: 'passed', figures: { width: expect.any(Number) } },
    udp: { status: 'passed', figures: { roundTripMs: expect.any(Number) } },
    tcp: { status: 'passed' },
    turn: { status: 'passed', figures: { protocol: expect.stringMatching(/^(udp|tcp)$/) } },
  });
  const { bandwidth } = report;
  if (!('figures' in bandwidth)) throw new Error(JSON.stringify(bandwidth));
  // What a browser begins with is 300 kbit/s; more was found by what flowed.
  expect(bandwidth.figures?.outgoingBps).toBeGreaterThan(300_000);
});

it('DIA5, DIA7: where UDP is closed and the camera is denied, both are told, and TCP carries the measurement', async () => {
  const person = await personWith(['--webrtc-ip-handling-policy=disable_non_proxied_udp']);
  await person.context.clearPermissions();
  await person.context.grantPermissions(['microphone']);
  await person.page.evaluate(DENIED_CAMERA);
  const report = await diagnose(person);
  expect(report).toMatchObject({
    camera: { status: 'failed', remedy: 'allow_device' },
    microphone: { status: 'passed' },
    udp: { status: 'warning', remedy: 'open_udp' },
    tcp: { status: 'passed' },
    bandwidth: { figures: { outgoingBps: expect.any(Number) } },
  });
});

it('DIA10: the page tells how it goes and what helps, and its report can be copied', async () => {
  const browser = await launchChromium({ args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] });
  browsers.push(browser);
  const { page, problems } = await openPage(browser, { initScripts: [DENIED_CAMERA], width: 390, height: 844 });
  await page.goto(amphi.links.rooms['viewer-on-stage']!);
  await page.getByTestId('preview-diagnostics').click();
  await page.getByTestId('diagnostics-start').click();
  await page
    .getByTestId('diagnostics-verdict')
    .getByText(/^\d of 8 done$/)
    .waitFor();
  expect(await violationsOf(page)).toEqual([]);
  const verdict = 'You can take part, though not everything works as it should.';
  await page.getByTestId('diagnostics-verdict').getByText(verdict).waitFor({ timeout: 60_000 });
  const row = (check: string) => page.getByTestId(`check-${check}`);
  const statuses = ['server', 'microphone', 'camera', 'udp', 'tcp'].map((check) =>
    row(check).getAttribute('data-status'),
  );
  expect(await Promise.all(statuses)).toEqual(['passed', 'passed', 'failed', 'warning', 'passed']);
  await row('camera').getByText('Allow it in the browser’s address bar').waitFor();
  await row('udp').getByText('UDP is closed').waitFor();
  expect(await violationsOf(page)).toEqual([]);

  await page.getByTestId('diagnostics-copy').click();
  await page.getByTestId('diagnostics-copy').getByText('Copied').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(JSON.parse(copied)).toMatchObject({ verdict: 'limited', checks: { camera: { remedy: 'allow_device' } } });
  expect(copied).not.toContain(new URL(amphi.links.rooms['viewer-on-stage']!).pathname.split('/').at(-1)!);
  expect(problems).toEqual([]);

  await page.getByTestId('diagnostics-to-room').click();
  await page.getByTestId('preview-join').waitFor();
});

it('DIA8, DIA10: without a room the page leaves the ways to the media out, in the language of the person', async () => {
  const browser = await launchChromium();
  browsers.push(browser);
  const { page } = await openPage(browser);
  await page.goto(`${amphi.links.url}/diagnostics?lang=de`);
  await page.getByText('Öffnen Sie diese Seite aus der Vorschau eines Raums').waitFor();
  await page.getByRole('button', { name: 'Starten' }).click();
  await page.getByText('Alles in Ordnung.').waitFor({ timeout: 30_000 });
  expect(await page.locator('[data-status=skipped]').count()).toBe(4);
});

/** The fake user interface of the test browser denies nobody; this is what a page gets from a person who says no. */
const DENIED_CAMERA = `{
  const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (wanted.video) throw new DOMException('Permission denied', 'NotAllowedError');
    return capture(wanted);
  };
}`;

async function personWith(args: readonly string[]): Promise<TestPage> {
  const browser = await launchChromium({ args });
  browsers.push(browser);
  const person = await openPage(browser);
  // Any page of the server's origin will do.
  await person.page.goto(`${amphi.links.url}/healthz`);
  await person.page.evaluate(sdk);
  return person;
}

function diagnose({ page }: TestPage): Promise<DiagnosticReport> {
  const roomCode = new URL(amphi.links.rooms['viewer-on-stage']!).pathname.split('/').at(-1)!;
  return page.evaluate(
    async ([endpoint, code]) => {
      const { amphi } = window as unknown as { amphi: { runDiagnostics: typeof runDiagnostics } };
      return amphi.runDiagnostics({ endpoint, access: { roomCode: code } });
    },
    [amphi.links.url, roomCode] as const,
  );
}

/** The SDK as a script: evaluated, no policy of the page is in its way. */
async function bundledSdk(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'amphi',
    conditions: ['source'],
    footer: { js: 'window.amphi = amphi;' },
    write: false,
  });
  return outputFiles[0]!.text;
}
