import { launchChromium, openPage, run as runProgram, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { encodeLadder, type LiveRun, runLive, startServers, type TestServers } from './live-stream.ts';

/** Players that know nothing of ours play its streams, from live to the end, without an error. */

const SECONDS = 12;

let browser: Browser;
let servers: TestServers;
let stream: Awaited<ReturnType<typeof encodeLadder>>;
let viewer: TestPage;
let run: LiveRun | undefined;

beforeAll(async () => {
  [browser, servers, stream] = await Promise.all([
    launchChromium(),
    startServers(new URL('./in-page/other-players-page.ts', import.meta.url)),
    encodeLadder(SECONDS),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await servers?.close();
});
beforeEach(async () => {
  viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  await viewer.page.goto(servers.pageUrl);
});
afterEach(async () => {
  run?.stop();
  await viewer.context.close();
});

/** On air, playable, and ended when all of it was sent. */
async function goLive(streamId: string): Promise<string> {
  const isPlayable = new Promise<void>((resolve) => {
    const off = servers.origin.on('playable', (event) => {
      if (event.streamId !== streamId) return;
      off();
      resolve();
    });
  });
  const client = servers.ingest(streamId);
  run = await runLive(client, stream, SECONDS);
  void run.finished.then(() => client.end());
  await isPlayable;
  return servers.masterUrl(streamId);
}

/** Pictures of the live stream came one after another, until its end; nobody called anything an error. */
async function playsToTheEnd(): Promise<void> {
  const isOver = () => viewer.page.evaluate(() => document.querySelector('video')!.ended);
  await waitFor('the end', isOver, 60_000).catch(async (error: unknown) => {
    const state = await viewer.page.evaluate(() => {
      const { currentTime, paused, readyState, error } = document.querySelector('video')!;
      return { currentTime, paused, readyState, error: error?.message, errors: window.playerErrors };
    });
    throw new Error(`${String(error)}; ${JSON.stringify(state)}; ${viewer.log.slice(-10).join('\n')}`);
  });
  const seen = await viewer.page.evaluate(() => window.amphiTest.seen.map(({ code }) => code));
  expect(await viewer.page.evaluate(() => window.playerErrors)).toEqual([]);
  expect(seen.length).toBeGreaterThan(20);
  expect(seen.slice(1).filter((code, i) => code < seen[i]!)).toEqual([]);
  // To within the last segment.
  expect(seen.at(-1)!).toBeGreaterThan((SECONDS - 2.1) * 1000);
}

it('OR18: Shaka Player plays it, with low latency asked for in its playlist', async () => {
  const url = await goLive('shaka');
  await viewer.page.evaluate(async (url) => {
    window.amphiTest.watchBarcode(document.querySelector('video')!);
    await window.openShaka(url);
  }, url);
  await playsToTheEnd();
});

it('OR18: video.js plays it by its own engine', async () => {
  const url = await goLive('videojs');
  await viewer.page.evaluate((url) => {
    window.amphiTest.watchBarcode(document.querySelector('video')!);
    window.openVideoJs(url);
  }, url);
  await playsToTheEnd();
});

it('OR18: ffmpeg reads it, every rendition, without a word', async () => {
  const url = await goLive('ffmpeg');
  // It fails when anything is said.
  const args = ['-v', 'error', '-xerror', '-i', url, '-map', '0', '-f', 'null', '-progress', 'pipe:1', '-'];
  const told = String(await runProgram('ffmpeg', args));
  expect(told).toMatch(/progress=end/);
  expect(Number(/out_time_us=(\d+)\n(?![\s\S]*out_time_us)/.exec(told)?.[1]) / 1e6).toBeGreaterThan(SECONDS / 2);
});
