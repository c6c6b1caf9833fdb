import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, joinRoom, openChat, say, seesAdvancingBarcode } from './people.ts';

/** What phones, browsers and languages do to people in a room; each was reported of other products. */

const PLAYER_VIDEO = '[data-testid=player] video';
/** The others at whoever looks. */
const OTHERS = '[data-testid=stage-tile][data-local=false]';

const PATIENCE = { timeout: 15_000 };

/** Lets a test take a device as a phone call does: `window.takeDevices(true)`. */
const takableDevices = `{
  const taken = [];
  const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await capture(constraints);
    for (const track of stream.getTracks()) {
      let muted = false;
      Object.defineProperty(track, 'muted', { get: () => muted });
      taken.push((value) => {
        muted = value;
        track.dispatchEvent(new Event(value ? 'mute' : 'unmute'));
      });
    }
    return stream;
  };
  window.takeDevices = (value) => { for (const take of taken) take(value); };
}`;

/** Two cameras whose ids are hidden until one was captured, and the ids that were asked for. */
const shyCameras = `{
  let isCaptured = false;
  window.asked = [];
  const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const id = constraints.video?.deviceId?.exact;
    if (constraints.video) window.asked.push(id ?? '');
    if (id === 'gone') throw new OverconstrainedError('deviceId', 'no such device');
    isCaptured = true;
    return capture(constraints);
  };
  navigator.mediaDevices.enumerateDevices = async () =>
    ['one', 'two'].map((id) => ({ kind: 'videoinput', deviceId: isCaptured ? id : '', label: isCaptured ? 'Camera ' + id : '' }));
}`;

/** What an iPhone has of full screen. */
const phoneFullScreen = `
  Object.defineProperty(document, 'fullscreenEnabled', { get: () => false });
  HTMLVideoElement.prototype.webkitEnterFullscreen = function () { window.entered = (window.entered ?? 0) + 1; };
`;

let amphi: AmphiServer;
let browser: Browser;
let bruno: TestPage;
let gabi: TestPage;
let vera: TestPage;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 15, toneHz: 1000 });
  const small = barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue: 120 });
  bruno = await openPage(browser, { initScripts: [camera, takableDevices, barcodeReaderScript()] });
  gabi = await openPage(browser, { initScripts: [small, barcodeReaderScript()] });
  vera = await openPage(browser, { width: 390, height: 844, initScripts: [phoneFullScreen, barcodeReaderScript()] });
  await joinRoom(bruno, link('broadcaster'), 'Bruno');
  await joinRoom(gabi, link('viewer-on-stage'), 'Gabi');
  await seesAdvancingBarcode(gabi, `${OTHERS} video`);
});

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

const link = (role: string): string => amphi.links.rooms[role]!;

it('a phone call takes the devices: others see them as off, the own buttons say why, and all comes back by itself', async () => {
  await bruno.page.evaluate(() => (window as never as { takeDevices(value: boolean): void }).takeDevices(true));
  await gabi.page.locator(`${OTHERS}[data-muted=true]`).waitFor({ timeout: 5_000 });
  await expect.poll(() => gabi.page.locator(`${OTHERS} video`).count(), PATIENCE).toBe(0);
  for (const button of ['mic-toggle', 'cam-toggle']) {
    await bruno.page.locator(`[data-testid=${button}][data-status=interrupted]`).waitFor();
  }
  await bruno.page.getByText('Nobody hears you now', { exact: true }).waitFor();
  await bruno.page.evaluate(() => (window as never as { takeDevices(value: boolean): void }).takeDevices(false));
  await gabi.page.locator(`${OTHERS}[data-muted=false] video`).waitFor({ timeout: 5_000 });
});

it('sound that the system paused goes on: at once, on return to the page, and with the next tap', async () => {
  const pauseAll = (): Promise<void> =>
    gabi.page.evaluate(() => {
      for (const audio of document.querySelectorAll('audio')) audio.pause();
    });
  const arePlaying = (): Promise<boolean> =>
    gabi.page.evaluate(() => [...document.querySelectorAll('audio')].every((audio) => !audio.paused));
  await waitFor('sound plays', async () => (await gabi.page.locator('audio').count()) > 0 && (await arePlaying()));
  await pauseAll();
  await waitFor('it goes on at once', arePlaying);
  await pauseAll();
  await gabi.page.getByTestId('unblock-audio').waitFor();
  expect(await arePlaying()).toBe(false);
  await gabi.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await waitFor('it goes on after the return', arePlaying);
  await gabi.page.getByTestId('unblock-audio').waitFor({ state: 'detached' });
  await pauseAll();
  await waitFor('it goes on at once', arePlaying);
  await pauseAll();
  await gabi.page.mouse.click(640, 360);
  await waitFor('it goes on after a tap', arePlaying);
});

it('writes from right to left stand as they are written; a name turns nothing around it', async () => {
  await openChat(bruno);
  await say(gabi, 'مرحبا بالعالم (2026)!');
  await say(gabi, 'שלום, API v2.5?');
  await say(gabi, 'Hello — שלום 123.');
  const texts = bruno.page.getByTestId('chat-text');
  await expect.poll(() => texts.count(), PATIENCE).toBe(3);
  const directions = await texts.evaluateAll((all) => all.map((element) => getComputedStyle(element).direction));
  expect(directions).toEqual(['rtl', 'rtl', 'ltr']);
  const exclamationIsLeft = await texts.first().evaluate((element) => {
    const text = element.firstChild as Text;
    const rectOf = (index: number): DOMRect => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + 1);
      return range.getBoundingClientRect();
    };
    return rectOf(text.length - 1).left < rectOf(0).left;
  });
  expect(exclamationIsLeft).toBe(true);
  const names = bruno.page.locator('[data-testid=chat-message] bdi');
  expect(await names.first().evaluate((name) => getComputedStyle(name).unicodeBidi)).toContain('isolate');

  // U+202E turns what follows it, up to the end of its isolate and no further.
  const turning = await openPage(browser);
  await joinRoom(turning, link('viewer-realtime'), '\u202egpj.exe');
  await say(turning, 'Look at this');
  await expect.poll(() => texts.count(), PATIENCE).toBe(4);
  const line = bruno.page.getByTestId('chat-message').filter({ hasText: 'Look at this' });
  const around = await line.evaluate((element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const turned: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      if (text.includes('\u202e') || text.trim().length < 2) continue;
      const leftOf = (index: number): number => {
        const range = document.createRange();
        range.setStart(node!, index);
        range.setEnd(node!, index + 1);
        return range.getBoundingClientRect().left;
      };
      if (leftOf(0) >= leftOf(text.trimEnd().length - 1)) turned.push(text);
    }
    return turned;
  });
  expect(around).toEqual([]);
  await turning.context.close();
  const input = bruno.page.getByTestId('chat-input');
  await input.fill('שלום');
  expect(await input.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
  await input.fill('');
});

it('the Enter that picks a word in Safari sends nothing; the next one sends one message', async () => {
  await openChat(gabi);
  const input = gabi.page.getByTestId('chat-input');
  const before = await gabi.page.getByTestId('chat-message').count();
  await input.fill('にほんご');
  const enter = (keyCode: number): Promise<void> =>
    input.evaluate((element, keyCode) => {
      element.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: 'にほんご' }));
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode, bubbles: true, cancelable: true }));
    }, keyCode);
  await enter(229);
  expect(await input.inputValue()).toBe('にほんご');
  await enter(13);
  await expect.poll(() => gabi.page.getByTestId('chat-message').count(), PATIENCE).toBe(before + 1);
  await bruno.page.getByTestId('chat-text').filter({ hasText: 'にほんご' }).waitFor();
});

it('the camera chosen before is used again where ids are hidden at first; one that is gone gives way, with a hint', async () => {
  const person = await openPage(browser, {
    initScripts: [barcodeCameraScript({ width: 320, height: 180 }), shyCameras],
  });
  const asked = (): Promise<string[]> => person.page.evaluate(() => (window as never as { asked: string[] }).asked);
  const stored = (): Promise<{ cameraId?: string }> =>
    person.page.evaluate(() => JSON.parse(localStorage.getItem('amphi.room') ?? '{}'));
  const remember = (cameraId: string): Promise<void> =>
    person.page.evaluate(
      (id) => localStorage.setItem('amphi.room', JSON.stringify({ name: 'Sam', cameraId: id })),
      cameraId,
    );
  await person.page.goto(link('viewer-on-stage'));
  await remember('two');
  for (const visit of [1, 2]) {
    await person.page.reload();
    await expect.poll(asked, { ...PATIENCE, message: `visit ${visit}` }).toContain('two');
    await person.page.getByTestId('preview-join').click();
    await person.page.getByTestId('stage').waitFor();
    expect((await stored()).cameraId).toBe('two');
  }
  await remember('gone');
  await person.page.reload();
  await person.page.getByTestId('camera-hint').waitFor();
  expect(await asked()).toEqual(['gone', '']);
  expect(await person.page.getByTestId('camera-error').count()).toBe(0);
  await person.context.close();
});

it('a killed tab is no frozen face, and whoever comes back stands there once', async () => {
  const first = await openPage(browser, {
    initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15, hue: 240 })],
  });
  await joinRoom(first, link('viewer-on-stage'), 'Kim');
  const tile = gabi.page.locator(OTHERS, { hasText: 'Kim' });
  await tile.locator('video').waitFor({ timeout: 15_000 });
  // Small cameras are sent in fewer layers than smaller tiles ask for: nobody freezes because somebody joins.
  await seesAdvancingBarcode(gabi, '[data-testid=stage-tile][aria-label^=Bruno] video');
  // The renderer dies as it does when the system kills it: no `pagehide`, no goodbye.
  await first.page.goto('chrome://crash').catch(() => {});
  await waitFor('Kim is shown as off', async () => (await tile.locator('video').count()) === 0, 10_000);
  expect(await tile.count()).toBe(1);
  const again = await first.context.newPage();
  await again.goto(link('viewer-on-stage'));
  await again.getByTestId('preview-name').fill('Kim');
  await again.getByTestId('preview-join').click();
  await tile.locator('video').waitFor({ timeout: 10_000 });
  expect(await tile.count()).toBe(1);
  await first.context.close();
});

it('on an iPhone the stream fills the screen in the system’s player, and goes on after it', async () => {
  await gabi.context.close();
  await joinRoom(vera, link('hls-viewer'), 'Vera');
  await goLive(bruno);
  await seesAdvancingBarcode(vera, PLAYER_VIDEO, { frames: 10 });
  await vera.page.locator(PLAYER_VIDEO).hover();
  await vera.page.getByTestId('player-fullscreen').click();
  expect(await vera.page.evaluate(() => (window as never as { entered?: number }).entered)).toBe(1);
  const video = vera.page.locator(PLAYER_VIDEO);
  await video.evaluate((element: HTMLVideoElement) => {
    element.pause();
    element.dispatchEvent(new Event('webkitendfullscreen'));
  });
  await waitFor('it plays on', () => video.evaluate((element: HTMLVideoElement) => !element.paused));
});

it('who ends the room for everyone is seen to the end of the stream; then viewers leave', async () => {
  await seesAdvancingBarcode(vera, PLAYER_VIDEO, { frames: 10 });
  await vera.page.evaluate((selector) => {
    const store = window as never as { lastCode: number; unplayedS: number; hasEnded: boolean };
    document.addEventListener('ended', () => (store.hasEnded = true), { capture: true });
    setInterval(() => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      if (!video) return;
      const { buffered, currentTime } = video;
      store.unplayedS =
        buffered.length > 0 ? buffered.end(buffered.length - 1) - currentTime : Number.POSITIVE_INFINITY;
      const code = window.amphiTest.readBarcode(video);
      // A garbled code is off by far more than any latency.
      if (code !== undefined && Math.abs(((Date.now() >>> 0) - code) | 0) < 60_000) store.lastCode = code;
    }, 30);
  }, PLAYER_VIDEO);
  await bruno.page.getByTestId('leave').click();
  await bruno.page.getByTestId('end-room').click();
  const confirm = bruno.page.getByRole('button', { name: 'End for everyone' });
  await confirm.waitFor();
  const clickedAt = await confirm.evaluate((button: HTMLElement) => {
    button.click();
    return Date.now() >>> 0;
  });
  await vera.page.getByTestId('goodbye-banner').waitFor({ timeout: 5_000 });
  expect(await vera.page.getByTestId('left-screen').count()).toBe(0);
  await vera.page.getByTestId('left-screen').waitFor({ timeout: 25_000 });
  const { lastCode, unplayedS, hasEnded } = await vera.page.evaluate(() => {
    const store = window as never as { lastCode: number; unplayedS: number; hasEnded?: boolean };
    return { lastCode: store.lastCode, unplayedS: store.unplayedS, hasEnded: store.hasEnded === true };
  });
  const missedMs = (clickedAt - lastCode) | 0;
  console.log(`the viewer misses the last ${missedMs} ms before the click`);
  // Where sound and picture do not end together, as on a machine that could not encode the last pictures, the browser waits
  // for ever, and the player ends by itself at less than a second from the end.
  expect(hasEnded || unplayedS < 1, `${unplayedS} s were not played`).toBe(true);
  // The composer plays on for its playout delay before it stops: what is left are capture and a few pictures, 7 to 64 ms in
  // four runs, and those that a busy machine could not encode, 0.9 s in one. Cut at once it were the viewer's 1.5 to 3 s.
  expect(missedMs).toBeLessThan(1_200);
});

it('nothing went wrong in any page', () => {
  for (const person of [bruno, vera]) expect(person.problems).toEqual([]);
});
