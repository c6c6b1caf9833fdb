import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalStreamObject, LiveStreamObject } from '@amphi/protocol';
import {
  type AmphiServer,
  beepOnsets,
  complaints,
  decodeAudio,
  decodeLuma,
  freePort,
  hasNginxRtmp,
  launchChromium,
  openPage,
  readBarcode,
  startAmphi,
  startNginxRtmp,
  type TestPage,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostGenuineClient } from './genuine-client/host.ts';
import { joinRoom } from './people.ts';
import { codeOf, type Rest, restOf } from './wire.ts';

/** Streams to other platforms: started by the public client and by a back end, taken by ffmpeg, nginx and GStreamer, judged by what they wrote. */

const PATIENCE_MS = 60_000;
const KEY = 'sEcReT-key';
let amphi: AmphiServer;
let browser: Browser;
let page: Awaited<ReturnType<typeof hostGenuineClient>>;
let host: TestPage;
let folder: string;
let rest: Rest;
let roomId: string;
const platforms: ChildProcess[] = [];

/** Of `gst-launch-1.0`, which plays a stream and keeps it as it is; it has no server of its own. */
const GSTREAMER_ELEMENTS = ['rtmp2src', 'flvdemux', 'h264parse', 'aacparse', 'matroskamux'];
const hasReceivers =
  hasNginxRtmp() && GSTREAMER_ELEMENTS.every((each) => spawnSync('gst-inspect-1.0', ['--exists', each]).status === 0);

beforeAll(async () => {
  [amphi, browser, page] = await Promise.all([
    startAmphi({ env: { AMPHI_RTMP_ALLOW_PRIVATE_ADDRESSES: 'true' } }),
    launchChromium(),
    hostGenuineClient(),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'rtmp-test-'));
  rest = await restOf(amphi);
  const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15, toneHz: 1000 });
  host = await openPage(browser, { initScripts: [camera] });
  await host.page.goto(page.url);
  const options = {
    userName: 'Hana',
    roomCode: codeOf(amphi.links.rooms.broadcaster!),
    tokenEndpoint: `${amphi.links.url}/v2/token`,
    initEndpoint: `${amphi.links.url}/?https://`,
  };
  await host.page.evaluate((options) => window.genuine.join(options), options);
  await waitFor('Hana is in', () => host.page.evaluate(() => window.genuine.state().connected), PATIENCE_MS);
  roomId = (await rest<{ data: { id: string }[] }>('GET', '/rooms')).data[0]!.id;
});

afterAll(async () => {
  for (const platform of platforms) platform.kill('SIGKILL');
  await browser?.close();
  await page?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
  expect(amphi.output()).not.toContain(KEY);
});

const urlAt = (port: number): string => `rtmp://127.0.0.1:${port}/live/${KEY}`;

/** Takes one stream by RTMP, and writes it as it is. */
function startPlatform(port: number, name: string): { readonly path: string; readonly process: ChildProcess } {
  const path = join(folder, `${name}.mkv`);
  const process = spawn(
    'ffmpeg',
    ['-v', 'fatal', '-y', '-listen', '1', '-f', 'flv', '-i', urlAt(port), '-c', 'copy', '-flush_packets', '1', path],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  platforms.push(process);
  return { path, process };
}

const hasBytes = (path: string, bytes: number) =>
  waitFor(
    `${bytes} bytes are in ${path}`,
    async () => ((await stat(path).catch(() => undefined))?.size ?? 0) > bytes,
    PATIENCE_MS,
  );

/** Hana alone on stage: her clock goes forward, and she is heard. How many pictures there are is for the machine to say. */
async function judge(path: string): Promise<void> {
  const frames = await decodeLuma(path, 1280, 720);
  const now = Date.now() >>> 0;
  const clocks = frames
    .map(({ luma }) => (readBarcode(luma, { x: 0, y: 0, width: 1280 }) - now) | 0)
    .filter((age) => age <= 0 && age > -300_000);
  expect(clocks.length).toBeGreaterThan(frames.length / 2);
  expect(clocks).toEqual([...clocks].sort((a, b) => a - b));
  expect(new Set(clocks).size).toBeGreaterThan(5);
  expect(beepOnsets(await decodeAudio(path)).length).toBeGreaterThanOrEqual(1);
}

const rtmpState = () => host.page.evaluate(() => window.genuine.state().rtmp);

it('RTMP12, RTMP4, RTMP10: the public client sends the stage to two platforms, one of them dead, one killed and back', async () => {
  const [port, dead] = [await freePort(), await freePort()];
  const first = startPlatform(port, 'first');
  const stream = await rest<LiveStreamObject>('POST', `/live-streams/room/${roomId}/start`);
  await host.page.evaluate((urls) => window.genuine.startRtmp(urls, true), [urlAt(port), urlAt(dead)]);
  await waitFor('the public client sees that it runs', async () => (await rtmpState()).running, PATIENCE_MS);
  await hasBytes(first.path, 300_000);
  const listed = await rest<{ data: ExternalStreamObject[] }>('GET', `/external-streams?room_id=${roomId}`);
  expect(listed.data).toMatchObject([{ status: 'running', recording: true, rtmp_urls: [urlAt(port), urlAt(dead)] }]);
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  await judge(first.path);
  const second = startPlatform(port, 'second');
  await hasBytes(second.path, 300_000);
  const ended = once(second.process, 'exit');
  await host.page.evaluate(() => window.genuine.stopRecording());
  await waitFor('the public client sees that it is over', async () => !(await rtmpState()).running, PATIENCE_MS);
  // The platform was told the end: ffmpeg finishes its file.
  expect((await ended)[0]).toBe(0);
  await judge(second.path);
  const [{ id }] = listed.data as [ExternalStreamObject];
  const over = await waitFor(
    'its recording is whole',
    async () => {
      const found = await rest<ExternalStreamObject>('GET', `/external-streams/${id}`);
      return found.status === 'completed' ? found : undefined;
    },
    PATIENCE_MS,
  );
  expect(over.recording_assets).toMatchObject([{ type: 'room-composite', metadata: { resolution: { width: 1280 } } }]);
  const starts = amphi.output().match(/egress process started/g) ?? [];
  expect(starts).toHaveLength(1);
  const master = await (
    await fetch((await rest<LiveStreamObject>('GET', `/live-streams/${stream.id}`)).playback.url)
  ).text();
  expect(master).toContain('#EXTM3U');
  await rest('POST', `/live-streams/${stream.id}/stop`);
});

it('RTMP12: a back end sends an upright picture, alone', async () => {
  const port = await freePort();
  const platform = startPlatform(port, 'upright');
  const { id, status } = await rest<ExternalStreamObject>('POST', `/external-streams/room/${roomId}/start`, {
    rtmp_urls: [urlAt(port)],
    resolution: { width: 720, height: 1280 },
  });
  expect(status).toBe('starting');
  await hasBytes(platform.path, 200_000);
  const ended = once(platform.process, 'exit');
  await rest('POST', `/external-streams/${id}/stop`);
  expect((await ended)[0]).toBe(0);
  const frames = await decodeLuma(platform.path, 720, 1280);
  expect(frames.length).toBeGreaterThan(30);
  expect((await rest<ExternalStreamObject>('GET', `/external-streams/${id}`)).stopped_at).not.toBeNull();
});

/** Plays a stream until it is interrupted, and finishes its file then. */
function startGStreamer(url: string): { readonly path: string; readonly process: ChildProcess } {
  const path = join(folder, 'gstreamer.mkv');
  const from = ['rtmp2src', `location=${url}`, '!', 'flvdemux', 'name=in'];
  const to = [
    'matroskamux',
    'name=out',
    'streamable=true',
    '!',
    'filesink',
    `location=${path}`,
    'buffer-mode=unbuffered',
  ];
  const video = ['in.video', '!', 'queue', '!', 'h264parse', '!', 'out.'];
  const audio = ['in.audio', '!', 'queue', '!', 'aacparse', '!', 'out.'];
  const process = spawn('gst-launch-1.0', ['-q', '-e', ...from, ...to, ...video, ...audio], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  platforms.push(process);
  return { path, process };
}

it.skipIf(!hasReceivers)(
  `RTMP12: Debian’s nginx takes it, GStreamer plays it from there${hasReceivers ? '' : ' (skipped: Debian’s libnginx-mod-rtmp, or gstreamer1.0-tools and plugins, are not installed)'}`,
  async () => {
    const nginx = await startNginxRtmp();
    try {
      const { id } = await rest<ExternalStreamObject>('POST', `/external-streams/room/${roomId}/start`, {
        rtmp_urls: [urlAt(nginx.port)],
      });
      const kept = nginx.recordedOf(KEY);
      await hasBytes(kept, 0);
      const gstreamer = startGStreamer(urlAt(nginx.port));
      await hasBytes(gstreamer.path, 300_000);
      const ended = once(gstreamer.process, 'exit');
      gstreamer.process.kill('SIGINT');
      expect((await ended)[0]).toBe(0);
      await judge(gstreamer.path);
      await rest('POST', `/external-streams/${id}/stop`);
      const isOver = async () =>
        (await rest<ExternalStreamObject>('GET', `/external-streams/${id}`)).stopped_at !== null;
      await waitFor('it is over', isOver, PATIENCE_MS);
      await judge(kept);
      expect(await complaints(kept)).toBe('');
    } finally {
      await nginx.stop();
    }
  },
);

it('RTMP9: from the room app: server and key are asked for, how it goes is told, the end ends it', async () => {
  const port = await freePort();
  const platform = startPlatform(port, 'room-app');
  const person = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 320, height: 180 })] });
  const { page } = person;
  await joinRoom(person, amphi.links.rooms.broadcaster!, 'Pat');
  await page.getByTestId('platforms').click();
  await page.getByTestId('platforms-start').click();
  await page.getByText('Write where it is sent.').waitFor();
  await page.getByTestId('platform-server-1').fill(`rtmp://127.0.0.1:${port}/live`);
  await page.getByTestId('platform-key-1').fill(KEY);
  await page.getByTestId('platforms-start').click();
  const states = page.getByTestId('platform-states');
  await states.locator('[data-state=running]').waitFor({ timeout: PATIENCE_MS });
  expect(await states.textContent()).not.toContain(KEY);
  await hasBytes(platform.path, 200_000);
  const ended = once(platform.process, 'exit');
  await page.getByTestId('platforms-stop').click();
  expect((await ended)[0]).toBe(0);
  // What was filled in is still there, for the next time.
  await expect.poll(() => page.getByTestId('platform-key-1').inputValue(), { timeout: PATIENCE_MS }).toBe(KEY);
  await page.context().close();
});
