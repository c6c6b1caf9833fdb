import { readdir } from 'node:fs/promises';
import { millis } from '@amphi/base';
import { type AmphiServer, inPage, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { denoisedOffline } from './denoised-offline.ts';
import { countContexts, countSound, noisyMicrophone, noWorklets, oneRate } from './noisy-microphone.ts';
import { joinRoom } from './people.ts';

/** A voice without its noise: what the model makes of known sound, and what others get. */

const PATIENCE = { timeout: 60_000 };
/** In dB of full scale, by the loudest of each tenth of a second: a voice, and what is left where none is sent. */
const VOICE_DB = -45;
/** Of received sound. */
const SPAN_S = 0.5;

let amphi: AmphiServer;
let browser: Browser;
let bruno: TestPage;
let ada: TestPage | undefined;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  bruno = await openPage(browser, { initScripts: [inPage(countSound)] });
  await joinRoom(bruno, amphi.links.rooms['viewer-on-stage']!, 'Bruno');
});

afterEach(async () => {
  await ada?.context.close();
  ada = undefined;
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

async function preview(...scripts: string[]): Promise<TestPage> {
  ada = await openPage(browser, { initScripts: [inPage(noisyMicrophone), inPage(countContexts), ...scripts] });
  await ada.page.goto(amphi.links.rooms.broadcaster!);
  await ada.page.getByTestId('preview-name').waitFor(PATIENCE);
  return ada;
}

async function enter({ page }: TestPage): Promise<void> {
  await page.getByTestId('preview-name').fill('Ada');
  await page.getByTestId('preview-join').click();
  await page.getByTestId('stage').waitFor(PATIENCE);
}

/** How loud what this page receives is, in dB. */
async function levelHeard({ page }: TestPage): Promise<number> {
  const from = await page.evaluate(() => window.amphiHeard.total());
  const to = await waitFor(
    'more sound',
    async () => {
      const total = await page.evaluate(() => window.amphiHeard.total());
      // A connection that has ended takes its sums with it.
      return (total.duration < from.duration || total.duration - from.duration >= SPAN_S) && total;
    },
    millis(PATIENCE.timeout),
  );
  const [energy, duration] = [to.energy - from.energy, to.duration - from.duration];
  return duration > 0 ? 10 * Math.log10(Math.max(0, energy) / duration + 1e-12) : Number.NaN;
}

/**
 * That is what is sent, and a voice is heard. How much of its noise is gone is not judged here: a machine with much else to do
 * leaves gaps in sound that is captured, and no model takes these for steady noise.
 */
async function isSent(person: TestPage, what: 'captured' | 'made'): Promise<void> {
  await expect.poll(() => person.page.evaluate(() => window.amphiVoice.sent()), PATIENCE).toBe(what);
  await expect.poll(() => levelHeard(bruno), PATIENCE).toBeGreaterThan(VOICE_DB);
}

const contextsOf = ({ page }: TestPage) => page.evaluate(() => window.amphiNoise.contexts());
const openContexts = async (person: TestPage): Promise<number> => (await contextsOf(person)).open;
const requestsOf = ({ page }: TestPage): string[] => {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  return urls;
};

it('EFF7: of known sound the model leaves the voice and takes the noise away', async () => {
  const { page } = await preview();
  const files = await readdir(new URL('../../apps/room/dist/assets', import.meta.url));
  const served = (pattern: RegExp): string => `/room-assets/assets/${files.find((name) => pattern.test(name))}`;
  const urls = { worklet: served(/^workletProcessor-.*\.js$/), wasm: served(/^rnnoise_simd-.*\.wasm$/) };
  const { noise, voice, both } = await page.evaluate(denoisedOffline, urls);
  // It needs a second to know what noise is.
  expect(noise.after.length).toBe(6);
  for (const [second, level] of noise.after.slice(2).entries())
    expect(level).toBeLessThan(noise.before[second + 2]! - 20);
  for (const sound of [voice, both])
    for (const [second, level] of sound.after.entries()) expect(Math.abs(level - sound.voice[second]!)).toBeLessThan(1);
  // Where the voice rests, the noise is heard no more.
  expect(both.restAfter).toBeLessThan(both.restBefore - 15);
  for (const { delayMs } of [voice, both]) expect(delayMs).toBeLessThan(25);
});

it('EFF6, EFF9, EFF10: others get what the model makes while noise is suppressed, and else the microphone', async () => {
  const ada = await preview();
  const { page } = ada;
  const requests = requestsOf(ada);
  const isLoaded = (): boolean => requests.some((url) => /rnnoise.*\.wasm/.test(url));
  await enter(ada);
  await isSent(ada, 'captured');
  expect(isLoaded()).toBe(false);
  expect(await openContexts(ada)).toBe(0);

  await page.getByTestId('settings').click();
  await page.getByTestId('noise-switch').click();
  await isSent(ada, 'made');
  expect(isLoaded()).toBe(true);
  expect(await violationsOf(page)).toEqual([]);
  expect(await contextsOf(ada)).toEqual({ made: 1, open: 1 });
  // Another microphone goes through it as well; what was made for the last one is closed.
  await page.getByRole('dialog').getByLabel('Microphone', { exact: true }).selectOption({ index: 1 });
  await expect.poll(() => contextsOf(ada), PATIENCE).toEqual({ made: 2, open: 1 });
  await isSent(ada, 'made');
  await page.getByTestId('noise-switch').click();
  await isSent(ada, 'captured');
  await expect.poll(() => openContexts(ada), PATIENCE).toBe(0);
  await page.getByTestId('noise-switch').click();
  await isSent(ada, 'made');
  await page.keyboard.press('Escape');

  // It is remembered; a page that nobody has touched sends the voice as it is.
  await page.reload();
  requests.length = 0;
  await page.locator('[data-testid=mic-toggle][data-status=on]').waitFor(PATIENCE);
  expect(await page.getByTestId('noise-switch').getAttribute('data-state')).toBe('checked');
  expect(isLoaded()).toBe(false);
  await enter(ada);
  await isSent(ada, 'made');
  expect(await openContexts(ada)).toBe(1);
  // Muted and heard again, it is the same.
  await page.getByTestId('mic-toggle').click();
  await page.locator('[data-testid=mic-toggle][data-status=off]').waitFor(PATIENCE);
  await page.getByTestId('mic-toggle').click();
  await page.locator('[data-testid=mic-toggle][data-status=on]').waitFor(PATIENCE);
  expect(await openContexts(ada)).toBe(1);
  await isSent(ada, 'made');
  expect(ada.problems).toEqual([]);
});

it.each([
  ['no_worklets', inPage(noWorklets)],
  ['other_rate', inPage(oneRate)],
  ['broken', ''],
])('EFF8: where it does not work (%s) that is said, and the voice is sent as it is', async (failure, script) => {
  const ada = await preview(script);
  const { page } = ada;
  if (failure === 'broken') await page.route('**/rnnoise*.wasm', (route) => route.abort());
  await page.locator('[data-testid=mic-toggle][data-status=on]').waitFor(PATIENCE);
  await page.getByTestId('noise-switch').click();
  await page.locator(`[data-testid=noise-failure][data-failure=${failure}]`).waitFor(PATIENCE);
  expect(await page.getByTestId('noise-switch').getAttribute('data-state')).toBe('unchecked');
  await page.locator('[data-testid=mic-toggle][data-status=on]').waitFor(PATIENCE);
  await expect.poll(() => openContexts(ada), PATIENCE).toBe(0);
  await enter(ada);
  await isSent(ada, 'captured');
});
