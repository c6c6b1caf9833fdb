import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mediaWorkersOf } from './media-workers.ts';
import { hearsTone, joinRoom, say, seesAdvancingBarcode, seesMessage, seesPictureSince } from './people.ts';
import { claimsOf, restOf, tokenFor, WireClient } from './wire.ts';

/** The process that forwards a room's media is killed while people are on stage. */

const OTHERS = '[data-testid=stage-tile][data-local=false] video';
const PATIENCE_MS = 60_000;
const BEA_HZ = 700;
/** A socket that is silent for 20 s is closed (SIG9). */
const PING_MS = 3_000;

let amphi: AmphiServer;
let browser: Browser;
let witness: WireClient;
let pings: NodeJS.Timeout;
/** On stage, on stage, in the webinar audience. */
let people: Readonly<Record<'Bea' | 'Tom' | 'Vic', TestPage>>;

beforeAll(async () => {
  // The session's worker is the only one, so it is known, and nothing is there to take over.
  [amphi, browser] = await Promise.all([startAmphi({ env: { AMPHI_SFU_WORKERS: '1' } }), launchChromium()]);
  const camera = (hue: number, toneHz: number) =>
    barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue, toneHz });
  const scripts = (...cameras: string[]) => ({ initScripts: [...cameras, barcodeReaderScript()] });
  people = {
    Bea: await openPage(browser, scripts(camera(0, BEA_HZ))),
    Tom: await openPage(browser, scripts(camera(120, 1_100))),
    Vic: await openPage(browser, scripts()),
  };
});

afterAll(async () => {
  clearInterval(pings);
  witness?.close();
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('two are on stage, one watches, and somebody notes who comes and goes', async () => {
  witness = await WireClient.open(amphi, await tokenFor(amphi, 'hls-viewer'));
  await witness.notification('on-policy-change');
  await witness.request('join', { name: 'Wanda', data: '' });
  pings = setInterval(() => witness.send(JSON.stringify({ method: 'ping', id: 'ping', params: {} })), PING_MS);
  const { rooms } = amphi.links;
  await joinRoom(people.Bea, rooms.broadcaster!, 'Bea');
  await joinRoom(people.Tom, rooms['viewer-on-stage']!, 'Tom');
  await joinRoom(people.Vic, rooms['viewer-realtime']!, 'Vic');
  for (const person of Object.values(people)) {
    await seesAdvancingBarcode(person, OTHERS, { timeoutMs: PATIENCE_MS });
  }
});

function killWorker(): number {
  const [worker, ...rest] = mediaWorkersOf(amphi.serverPid());
  if (worker === undefined || rest.length > 0) throw new Error(`not one worker: ${[worker, ...rest]}`);
  process.kill(worker, 'SIGKILL');
  return Date.now();
}

it('SIG50: when the worker is killed, everyone sees and hears the others again, and nobody leaves', async () => {
  const killedAt = killWorker();
  const backMs = await Promise.all(
    Object.entries(people).map(
      async ([name, person]) => [name, await seesPictureSince(person, OTHERS, killedAt, PATIENCE_MS)] as const,
    ),
  );
  await hearsTone(people.Vic, 'audio', BEA_HZ, PATIENCE_MS);
  const figures = backMs.map(([name, ms]) => `${name} ${ms} ms`).join(', ');
  console.log(`media worker killed: pictures made since are there after ${figures}`);
  expect(mediaWorkersOf(amphi.serverPid())).toHaveLength(1);

  const told = witness.received.map(({ method, params }) => ({ method, ...params }) as Record<string, unknown>);
  const gone = told.filter(({ method, realtime }) => method === 'on-peer-leave' || realtime === false);
  expect(gone).toEqual([]);
  for (const { page } of Object.values(people)) expect(await page.getByTestId('connection-banner').count()).toBe(0);
  await say(people.Vic, 'Still here');
  await seesMessage(people.Bea, 'Still here');
  await waitFor('Wanda is told', async () => JSON.stringify(witness.received).includes('Still here'));
});

it('SIG50: a role that changes as the worker is killed is had all the same', async () => {
  const rest = await restOf(amphi);
  const { room_id: roomId } = claimsOf(await tokenFor(amphi, 'hls-viewer'));
  const tom = await waitFor('Tom is found', async () => {
    const path = `/active-rooms/${roomId}/peers`;
    const { peers } = await rest<{ peers: Record<string, { id: string; name: string }> }>('GET', path);
    return Object.values(peers).find(({ name }) => name === 'Tom');
  });
  const killedAt = killWorker();
  await rest('POST', `/active-rooms/${roomId}/peers/${tom.id}`, { role: 'viewer-realtime' });
  for (const person of [people.Tom, people.Vic]) await seesPictureSince(person, OTHERS, killedAt, PATIENCE_MS);
  const seenByVic = people.Vic.page.locator(OTHERS);
  await waitFor('Vic sees Bea only', async () => (await seenByVic.count()) === 1);
  await hearsTone(people.Vic, 'audio', BEA_HZ, PATIENCE_MS);
});
