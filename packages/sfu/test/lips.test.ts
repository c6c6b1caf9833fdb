import { silentLogger } from '@amphi/base';
import { launchChromium, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkerPool } from '../src/sfu.ts';
import { BrowserPeer } from './browser-peer.ts';

/** By how much the publisher's pictures come later to the server than its sound. */
const HELD_BACK_MS = 300;
/** The browser's own part, one frame, and the page's clocks that look for both. */
const TOGETHER_MS = 120;

let browser: Browser;
let sfu: WorkerPool;

beforeAll(async () => {
  sfu = new WorkerPool({ workers: 1, listen: [{ ip: '127.0.0.1' }], logger: silentLogger });
  await sfu.start();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  sfu?.close();
  await sfu?.closed;
});

test('SB15: lips and voice stay together behind an uplink that holds up the picture', async () => {
  const session = await sfu.createSessionRouter({ sessionId: 'lips' });
  const speaker = await BrowserPeer.open(browser, session, 'speaker');
  const listener = await BrowserPeer.open(browser, session, 'listener');
  await Promise.all([speaker.connect(), listener.connect()]);
  const { trackId: voice } = await speaker.publish('voice', { kind: 'audio', isClock: true });
  const { trackId: lips } = await speaker.publish('lips', { kind: 'video', isClock: true, heldBackMs: HELD_BACK_MS });
  listener.want({
    [voice]: { subscribed: true, maxLayer: 'high' },
    [lips]: { subscribed: true, maxLayer: 'high' },
  });
  await listener.playsOn(lips);
  await listener.call('watchLips');

  // A browser moves them towards each other by at most 80 ms a second.
  let offsets: readonly number[] = [];
  await waitFor(
    `five flashes within ${TOGETHER_MS} ms of their beeps`,
    async () => {
      offsets = (await listener.call<number[]>('lips')).slice(-5);
      return offsets.length === 5 && offsets.every((offset) => Math.abs(offset) < TOGETHER_MS);
    },
    45_000,
  ).catch((error: unknown) => {
    throw new Error(`flashes came ${offsets.map(Math.round)} ms after their beeps`, { cause: error });
  });
  expect([...speaker.errors, ...listener.errors]).toEqual([]);
});
