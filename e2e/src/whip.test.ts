import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiveStreamObject, StreamKeyObject } from '@amphi/protocol';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hearsTone, joinRoom, seesAdvancingBarcode } from './people.ts';
import { type Rest, restOf, tokenFor } from './wire.ts';

/** A page of another site sends in by WHIP with nothing but what browsers have, then FFmpeg; people in the room and on the stream see it. */

const ENCODER_VIDEO = '[data-testid=stage-tile][data-local=false] video';
const PLAYER_VIDEO = '[data-testid=player] video';
const BEEP_HZ = 1000;
const PATIENCE_MS = 60_000;
const SENDER = fileURLToPath(new URL('../../packages/media/scripts/send-by-whip.mjs', import.meta.url));

let amphi: AmphiServer;
let browser: Browser;
let site: Server;
let encoder: TestPage;
let host: TestPage;
let viewer: TestPage;
let rest: Rest;
let roomId: string;
let folder: string;
let key: StreamKeyObject;

interface Encoder {
  readonly pc: RTCPeerConnection;
  readonly url: string;
  readonly token: string;
  etag: string;
}
declare global {
  interface Window {
    encoder: Encoder | undefined;
  }
}

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  site = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>Site</title>'),
  );
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const camera = barcodeCameraScript({ width: 640, height: 360, toneHz: BEEP_HZ });
  encoder = await openPage(browser, { initScripts: [camera] });
  host = await openPage(browser, { initScripts: [camera, barcodeReaderScript()] });
  viewer = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  folder = await mkdtemp(join(tmpdir(), 'whip-test-'));
  rest = await restOf(amphi);
  roomId = (await rest<{ data: { id: string }[] }>('GET', '/rooms')).data[0]!.id;
  await encoder.page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
  await joinRoom(host, amphi.links.rooms.broadcaster!, 'Hana');
  await joinRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Vera');
});

afterAll(async () => {
  await browser?.close();
  site?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
  expect(amphi.output()).not.toContain(key.key);
});

/** @returns the status of the answer */
const begin = (to: { readonly url: string; readonly token: string }): Promise<number> =>
  encoder.page.evaluate(async ({ url, token }) => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    for (const track of media.getTracks()) pc.addTransceiver(track, { direction: 'sendonly', streams: [media] });
    await pc.setLocalDescription();
    const answer = await fetch(`${url}?name=Camera%20truck`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
      body: pc.localDescription?.sdp ?? '',
    });
    if (answer.status !== 201) return answer.status;
    await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    const location = new URL(answer.headers.get('location') ?? '', url).href;
    window.encoder = { pc, url: location, token, etag: answer.headers.get('etag') ?? '' };
    return answer.status;
  }, to);

const state = () => encoder.page.evaluate(() => window.encoder?.pc.connectionState);
const names = async () =>
  Object.values(
    (await rest<{ peers: Record<string, { name: string }> }>('GET', `/active-rooms/${roomId}/peers`)).peers,
  ).map(({ name }) => name);

it('ING3, ING5: what an encoder sends with a stream key is seen and heard in the room', async () => {
  key = await rest<StreamKeyObject>('POST', `/stream-keys/room/${roomId}`);
  expect(await begin({ url: key.whip_url, token: key.key })).toBe(201);
  await waitFor('it is connected', async () => (await state()) === 'connected', PATIENCE_MS);
  expect(await names()).toContain('Camera truck');
  await seesAdvancingBarcode(host, ENCODER_VIDEO);
});

it('ING9: the live stream starts by it, and its audience sees and hears it', async () => {
  await waitFor(
    'the stream runs',
    async () => (await rest<{ data: LiveStreamObject[] }>('GET', '/live-streams')).data[0]?.status === 'running',
    PATIENCE_MS,
  );
  await viewer.page.locator(PLAYER_VIDEO).waitFor({ timeout: PATIENCE_MS });
  await hearsTone(viewer, PLAYER_VIDEO, BEEP_HZ, PATIENCE_MS);
});

it('ING8: another one with the same key is told 409', async () => {
  const answer = await fetch(key.whip_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/sdp' },
    body: await encoder.page.evaluate(() => window.encoder?.pc.localDescription?.sdp ?? ''),
  });
  expect(answer.status).toBe(409);
});

it('ING6: it restarts ICE by PATCH, and goes on', async () => {
  const restarted = await encoder.page.evaluate(async () => {
    const { pc, url, token } = window.encoder!;
    const before = pc.remoteDescription?.sdp ?? '';
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
    const lines = (pc.localDescription?.sdp ?? '').split('\r\n');
    const ice = ['a=ice-ufrag:', 'a=ice-pwd:'].map((name) => lines.find((line) => line.startsWith(name)));
    const answer = await fetch(url, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/trickle-ice-sdpfrag',
        'if-match': '*',
      },
      body: `${ice.join('\r\n')}\r\n`,
    });
    const fragment = (await answer.text()).split('\r\n');
    const own = (name: string): string => fragment.find((line) => line.startsWith(name)) ?? '';
    const sdp = before
      .replaceAll(/a=ice-ufrag:.*/g, own('a=ice-ufrag:'))
      .replaceAll(/a=ice-pwd:.*/g, own('a=ice-pwd:'));
    await pc.setRemoteDescription({ type: 'answer', sdp });
    return { status: answer.status, isOther: sdp !== before, etag: answer.headers.get('etag') };
  });
  expect(restarted).toEqual({ status: 200, isOther: true, etag: '"2"' });
  await waitFor('it is connected', async () => (await state()) === 'connected', PATIENCE_MS);
  await seesAdvancingBarcode(host, ENCODER_VIDEO, { frames: 20 });
});

it('ING5: it ends by DELETE, and is gone', async () => {
  const status = await encoder.page.evaluate(async () => {
    const { pc, url, token } = window.encoder!;
    const answer = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    pc.close();
    return answer.status;
  });
  expect(status).toBe(200);
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: 10_000 });
  expect(await names()).not.toContain('Camera truck');
});

it('ING7: with a token it sends, too; whose page is closed is gone at once', async () => {
  const token = await tokenFor(amphi, 'broadcaster');
  expect(await begin({ url: key.whip_url, token })).toBe(201);
  await seesAdvancingBarcode(host, ENCODER_VIDEO);
  await encoder.page.evaluate(() => window.encoder?.pc.close());
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: 10_000 });
});

it('ING3, ING5: FFmpeg sends in by its own WHIP, is seen, and ends by its own DELETE', async () => {
  const file = join(folder, 'show.mkv');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=1000:sample_rate=48000'];
  const h264 = ['-c:v', 'libx264', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-bf', '0', '-g', '25'];
  const opus = ['-c:a', 'libopus', '-ac', '2'];
  const made = spawn('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, '-t', '8', ...h264, ...opus, file]);
  expect((await once(made, 'exit'))[0]).toBe(0);
  const url = `${key.whip_url}?name=FFmpeg`;
  const sender = spawn(process.execPath, [SENDER, file, url, key.key], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(sender, 'exit');
  await host.page.waitForFunction(
    (selector) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      return video?.videoWidth === 640 && video.getVideoPlaybackQuality().totalVideoFrames > 50;
    },
    ENCODER_VIDEO,
    { timeout: PATIENCE_MS },
  );
  expect(await names()).toContain('FFmpeg');
  expect((await ended)[0]).toBe(0);
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: 10_000 });
});
