import { createHmac } from 'node:crypto';
import {
  type AmphiServer,
  launchChromium,
  openPage,
  startAmphi,
  startTurnServer,
  type TestPage,
  type TurnServer,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostGenuineClient } from './genuine-client/host.ts';
import { joinRoom, seesAdvancingBarcode } from './people.ts';

/** Browsers whose every packet goes through a TURN server, over each transport; and one whose credentials are too old. */

const VIDEO = '[data-testid=stage-tile][data-local=false] video';
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;

let coturn: TurnServer;
let browser: Browser;
let amphi: AmphiServer;
let open: TestPage;

beforeAll(async () => {
  coturn = await startTurnServer({ peers: ['127.0.0.1'] });
  amphi = await startWithTurn(Object.values(coturn.urls));
  browser = await launchChromium({ args: [`--ignore-certificate-errors-spki-list=${coturn.publicKeyHash}`] });
  open = await openPage(browser, { initScripts: [camera(0), barcodeReaderScript()] });
  await joinRoom(open, amphi.links.rooms.broadcaster!, 'Una');
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
  await coturn?.stop();
});

function startWithTurn(urls: readonly string[], secret = coturn.secret): Promise<AmphiServer> {
  return startAmphi({
    env: { AMPHI_RTC_ADDRESSES: '127.0.0.1', AMPHI_RTC_TURN: JSON.stringify([{ urls, secret }]) },
  });
}

/**
 * Lets every connection of the page use relays by `url` only, keeps the connections, and what they say about relays they did not get.
 * @param credentials in the place of those that the page was given
 */
function relayOnly(url: string, credentials?: { readonly username: string; readonly credential: string }): string {
  return `{
    const relayed = { peers: [], errors: [] };
    window.relayed = relayed;
    const Original = window.RTCPeerConnection;
    const only = ${JSON.stringify(url)};
    const override = ${JSON.stringify(credentials ?? {})};
    window.RTCPeerConnection = new Proxy(Original, {
      construct(target, [configuration]) {
        const iceServers = configuration.iceServers.map((server) => ({ ...server, urls: [only], ...override }));
        const made = new target({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
        made.addEventListener('icecandidateerror', ({ errorCode, errorText, url }) =>
          relayed.errors.push({ errorCode, errorText, url }));
        relayed.peers.push(made);
        return made;
      },
    });
  }`;
}

interface Relayed {
  readonly peers: RTCPeerConnection[];
  readonly errors: { readonly errorCode: number; readonly errorText: string; readonly url: string }[];
}

const camera = (hue: number) => barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue });

/**
 * Of the local candidate in use on each connection: its kind, and how it reaches the TURN server. Media flow by a pair
 * before it is nominated (RFC 8445, 8.1.1), so that is waited for.
 */
function relaysOf(person: TestPage): Promise<{ type: unknown; protocol: unknown }[]> {
  return waitFor('both connections have chosen a pair', async () => {
    const found = await candidatesInUse(person);
    return found.every(({ type }) => type !== undefined) && found;
  });
}

function candidatesInUse(person: TestPage): Promise<{ type: unknown; protocol: unknown }[]> {
  return person.page.evaluate(async () => {
    const found: { type: unknown; protocol: unknown }[] = [];
    for (const peer of (window as unknown as { relayed: Relayed }).relayed.peers) {
      const stats = [...((await peer.getStats()) as unknown as Map<string, Record<string, unknown>>).values()];
      const pair = stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated === true);
      const local = stats.find((entry) => entry.id === pair?.localCandidateId);
      found.push({ type: local?.candidateType, protocol: local?.relayProtocol });
    }
    return found;
  });
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a browser restricted to relays joins, is seen, and sees an advancing picture (TURN4)', async () => {
    const scripts = [relayOnly(coturn.urls[transport]), camera(90), barcodeReaderScript()];
    const relayed = await openPage(browser, { initScripts: scripts });
    await joinRoom(relayed, amphi.links.rooms['viewer-on-stage']!, 'Tom');
    await Promise.all([seesAdvancingBarcode(open, VIDEO), seesAdvancingBarcode(relayed, VIDEO)]);
    const relay = { type: 'relay', protocol: transport };
    expect(await relaysOf(relayed)).toEqual([relay, relay]);
    await relayed.context.close();
  });
});

it('the public client, restricted to relays, sees an advancing picture (TURN4)', async () => {
  const host = await hostGenuineClient();
  const scripts = [relayOnly(coturn.urls.udp), camera(90), barcodeReaderScript()];
  const relayed = await openPage(browser, { initScripts: scripts });
  await relayed.context.route(/100ms\.live/, (route) => route.abort());
  await relayed.page.goto(host.url);
  const link = amphi.links.rooms['viewer-on-stage']!;
  await relayed.page.evaluate((options) => window.genuine.join(options), {
    userName: 'Gus',
    roomCode: link.slice(link.lastIndexOf('/') + 1),
    tokenEndpoint: `${amphi.links.url}/v2/token`,
    initEndpoint: `${amphi.links.url}/?https://`,
  });
  const trackId = await waitFor('the camera of Una is offered', async () => {
    const { peers } = await relayed.page.evaluate(() => window.genuine.state());
    return peers.find((peer) => peer.name === 'Una')?.video?.id;
  });
  await relayed.page.evaluate((id) => window.genuine.attach(id, 'una'), trackId);
  await seesAdvancingBarcode(relayed, '#una');
  await seesAdvancingBarcode(open, VIDEO);
  const relay = { type: 'relay', protocol: 'udp' };
  expect(await relaysOf(relayed)).toEqual([relay, relay]);
  await relayed.context.close();
  await host.close();
});

it('a browser with expired credentials gets no relay (TURN2)', async () => {
  const expired = turnCredentials(coturn.secret, `${Math.floor(Date.now() / 1000) - 1}:late-peer`);
  const late = await openPage(browser, { initScripts: [relayOnly(coturn.urls.udp, expired), camera(0)] });
  await joinRoom(late, amphi.links.rooms.broadcaster!, 'Lea');
  const error = await waitFor('the browser is refused', () =>
    late.page.evaluate(() => (window as unknown as { relayed?: Relayed }).relayed?.errors[0]),
  );
  expect(error).toMatchObject({ errorCode: 401, url: coturn.urls.udp });
  await late.context.close();
});

it('a TURN server that refuses our secret is a warning with its remedy, and the server serves (TURN5)', async () => {
  const other = await startWithTurn([coturn.urls.tcp], 'not-the-secret-of-it');
  const warning = await waitFor('the warning', () => /.*gives no relay.*/.exec(other.output())?.[0]);
  expect(JSON.parse(warning)).toMatchObject({
    url: coturn.urls.tcp,
    remedy: expect.stringContaining('static-auth-secret'),
  });
  expect((await fetch(`${other.links.url}/readyz`)).status).toBe(200);
  expect(await other.stop()).toBe(0);
});

/** As the server makes them, written down a second time. */
function turnCredentials(secret: string, username: string): { username: string; credential: string } {
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
