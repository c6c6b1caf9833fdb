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
