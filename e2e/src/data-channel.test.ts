import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinRoom, say, seesAdvancingBarcode, seesMessage } from './people.ts';

/** What a page may send on the data channel that the server opens to it, through a real browser's SCTP. */

const STAGE_VIDEO = '[data-testid=stage-tile] video';

/** Keeps the channels that the server opens, and what comes by them. */
const KEEP_CHANNELS = `
  window.channels = [];
  window.heard = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      this.addEventListener('datachannel', ({ channel }) => {
        window.channels.push(channel);
        channel.addEventListener('message', ({ data }) => window.heard.push(data));
      });
    }
  };`;

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number };
}

interface Page {
  readonly channels: readonly RTCDataChannel[];
  readonly heard: readonly string[];
}

let amphi: AmphiServer;
let browser: Browser;
let attacker: TestPage;
let innocent: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = barcodeCameraScript({ width: 320, height: 180 });
  attacker = await openPage(browser, { initScripts: [camera, barcodeReaderScript(), KEEP_CHANNELS] });
  innocent = await openPage(browser, { initScripts: [camera, barcodeReaderScript()] });
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

it('deep nesting by data channel is refused or ignored; the channel, the server and the others go on', async () => {
  const link = amphi.links.rooms.broadcaster!;
  await joinRoom(innocent, link, 'Ines');
  await joinRoom(attacker, link, 'Atta');
  await waitFor('the server has opened a channel', () =>
    attacker.page.evaluate(() => (window as unknown as Page).channels.some(({ readyState }) => readyState === 'open')),
  );
  const deep = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
  const fair = { id: 'fair', method: 'prefer-video-track-state', params: { track_id: 'x', max_spatial_layer: 'low' } };
  await send(
    `{"id":"1","method":"prefer-video-track-state","params":{"track_id":${deep},"max_spatial_layer":"low"}}`,
    `{"id":${deep},"method":"x"}`,
    JSON.stringify(fair),
  );
  const answers = await waitFor('what came after them is answered', async () => {
    const heard = await attacker.page.evaluate(() => [...(window as unknown as Page).heard]);
    const answers = heard.map((text) => JSON.parse(text) as Answer);
    return answers.some(({ id }) => id === 'fair') && answers;
  });
  expect(answers.find(({ id }) => id === '1')).toMatchObject({ error: { code: 400 } });
  // What is nested is repeated by none of them; the page's own client asks by this channel as well.
  expect(answers.map(({ id }) => typeof id)).toEqual(answers.map(() => 'string'));
  expect((await fetch(`${amphi.links.local}/healthz`)).status).toBe(200);
  await say(attacker, 'still here');
  await seesMessage(innocent, 'still here');
  await seesAdvancingBarcode(innocent, STAGE_VIDEO);
});

async function send(...messages: readonly string[]): Promise<void> {
  await attacker.page.evaluate((texts) => {
    const channel = (window as unknown as Page).channels.find(({ readyState }) => readyState === 'open');
    for (const text of texts) channel?.send(text);
  }, messages);
}
