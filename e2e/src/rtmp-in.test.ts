import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { StreamKeyObject } from '@amphi/protocol';
import {
  type AmphiServer,
  freePort,
  hasNginxRtmp,
  launchChromium,
  openPage,
  startAmphi,
  startNginxRtmp,
  type TestPage,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hearsTone, joinRoom } from './people.ts';
import { type Rest, restOf } from './wire.ts';

/**
 * FFmpeg's command, GStreamer's and nginx's RTMP module send in by RTMP with a stream key, as any streaming program does; a
 * person in the room sees and hears it.
 */

const ENCODER_VIDEO = '[data-testid=stage-tile][data-local=false] video';
const TONE_HZ = 1000;
const PATIENCE_MS = 60_000;

/** As streaming programs are set up at first: High profile with B-frames, of which WebRTC knows nothing. */
const WITH_B_FRAMES = ['-c:v', 'libx264', '-profile:v', 'high', '-preset', 'veryfast', '-bf', '2', '-g', '60'];
/** What `gst-launch-1.0` of Debian needs for it: `rtmp2sink` is its own, `rtmpsink` that of librtmp, as older programs. */
const GSTREAMER_ELEMENTS = ['rtmp2sink', 'rtmpsink', 'flvmux', 'x264enc', 'voaacenc'];
const hasGStreamer = GSTREAMER_ELEMENTS.every((each) => spawnSync('gst-inspect-1.0', ['--exists', each]).status === 0);

const BASELINE = ['-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'veryfast', '-g', '25'];

let amphi: AmphiServer;
let browser: Browser;
let host: TestPage;
let rest: Rest;
let roomId: string;
let key: StreamKeyObject;
let port: number;
const senders: ChildProcess[] = [];

beforeAll(async () => {
  port = await freePort();
  [amphi, browser] = await Promise.all([startAmphi({ env: { AMPHI_RTMP_PORT: `${port}` } }), launchChromium()]);
  const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 10 });
  host = await openPage(browser, { initScripts: [camera, barcodeReaderScript()] });
  rest = await restOf(amphi);
  roomId = (await rest<{ data: { id: string }[] }>('GET', '/rooms')).data[0]!.id;
  await joinRoom(host, amphi.links.rooms.broadcaster!, 'Hana');
  key = await rest<StreamKeyObject>('POST', `/stream-keys/room/${roomId}`);
});

afterAll(async () => {
  for (const sender of senders) sender.kill('SIGKILL');
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
  expect(amphi.output()).not.toContain(key.key);
});

/** @param options.h264 how the picture is encoded; without an end, unless it is refused or killed */
function send(url: string, options: { readonly h264: readonly string[]; readonly width: number }): ChildProcess {
  const picture = ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${options.width}x360:rate=25`];
  const sound = ['-re', '-f', 'lavfi', '-i', `sine=frequency=${TONE_HZ}:sample_rate=44100`];
  const aac = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'];
  const sender = spawn(
    'ffmpeg',
    ['-v', 'error', ...picture, ...sound, '-pix_fmt', 'yuv420p', ...options.h264, ...aac, '-f', 'flv', url],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  senders.push(sender);
  return sender;
}

const names = async () =>
  Object.values(
    (await rest<{ peers: Record<string, { name: string }> }>('GET', `/active-rooms/${roomId}/peers`)).peers,
  ).map(({ name }) => name);

async function seesMovingPicture(width: number): Promise<void> {
  await host.page.waitForFunction(
    ({ selector, width }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      return video?.videoWidth === width && video.getVideoPlaybackQuality().totalVideoFrames > 50;
    },
    { selector: ENCODER_VIDEO, width },
    { timeout: PATIENCE_MS },
  );
}

it('ING13, ING15: a stream with B-frames and AAC is seen and heard in the room, under its name', async () => {
  expect(key.url).toBe(`rtmp://127.0.0.1:${port}/live`);
  expect(key.whip_url).toMatch(/\/whip$/);
  send(`rtmp://127.0.0.1:${port}/live/${key.key}?name=Truck`, { h264: WITH_B_FRAMES, width: 640 });
  await seesMovingPicture(640);
  await hearsTone(host, ENCODER_VIDEO, TONE_HZ, PATIENCE_MS);
  expect(await names()).toContain('Truck');
});

it('ING14: another one with the key, and one with a wrong key, are refused, and the first goes on', async () => {
  for (const wrong of [key.key, 'nobody-has-this-one']) {
    const refused = send(`rtmp://127.0.0.1:${port}/live/${wrong}`, { h264: BASELINE, width: 640 });
    expect((await once(refused, 'exit'))[0]).not.toBe(0);
  }
  expect(await names()).toContain('Truck');
});

it('ING13, ING15: it is gone when it ends; a baseline stream takes its place', async () => {
  senders[0]!.kill('SIGINT');
  await waitFor('it is gone', async () => !(await names()).includes('Truck'), PATIENCE_MS);
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: PATIENCE_MS });
  const sender = send(`rtmp://127.0.0.1:${port}/live/${key.key}`, { h264: BASELINE, width: 480 });
  await seesMovingPicture(480);
  // The line is cut.
  sender.kill('SIGKILL');
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: PATIENCE_MS });
});

async function isGone(name: string): Promise<void> {
  await waitFor(`${name} is gone`, async () => !(await names()).includes(name), PATIENCE_MS);
  await host.page.locator(ENCODER_VIDEO).waitFor({ state: 'detached', timeout: PATIENCE_MS });
}

/** Without an end, until it is killed. */
function gstreamer(sink: readonly string[]): ChildProcess {
  // Left to itself the encoder is given 4:4:4.
  const caps = 'video/x-raw,format=I420,width=320,height=240,framerate=25/1';
  const picture = ['videotestsrc', 'is-live=true', '!', caps, '!', 'x264enc', 'tune=zerolatency', 'key-int-max=50'];
  const sound = ['audiotestsrc', 'is-live=true', `freq=${TONE_HZ}`, '!', 'voaacenc', '!', 'aacparse', '!', 'mux.'];
  const mux = ['!', 'h264parse', '!', 'flvmux', 'name=mux', 'streamable=true', '!', ...sink];
  const sender = spawn('gst-launch-1.0', ['-q', ...picture, ...mux, ...sound], { stdio: ['ignore', 'ignore', 'pipe'] });
  senders.push(sender);
  return sender;
}

for (const element of ['rtmp2sink', 'rtmpsink']) {
  it.skipIf(!hasGStreamer)(
    `ING13, ING15: GStreamer's ${element}${hasGStreamer ? '' : ' (skipped: Debian’s gstreamer1.0-tools and plugins are not installed)'}`,
    async () => {
      const sender = gstreamer([element, `location=rtmp://127.0.0.1:${port}/live/${key.key}?name=${element}`]);
      await seesMovingPicture(320);
      await hearsTone(host, ENCODER_VIDEO, TONE_HZ, PATIENCE_MS);
      expect(await names()).toContain(element);
      sender.kill('SIGKILL');
      await isGone(element);
    },
  );
}

it.skipIf(!hasNginxRtmp())(
  `ING13, ING15: what comes to nginx goes on to the room by its push${hasNginxRtmp() ? '' : ' (skipped: Debian’s libnginx-mod-rtmp is not installed)'}`,
  async () => {
    const nginx = await startNginxRtmp({ push: `rtmp://127.0.0.1:${port}/live/${key.key}?name=Relay` });
    try {
      const sender = send(`rtmp://127.0.0.1:${nginx.port}/live/any`, { h264: WITH_B_FRAMES, width: 640 });
      await seesMovingPicture(640);
      await hearsTone(host, ENCODER_VIDEO, TONE_HZ, PATIENCE_MS);
      expect(await names()).toContain('Relay');
      sender.kill('SIGKILL');
      await isGone('Relay');
    } finally {
      await nginx.stop();
    }
  },
);
