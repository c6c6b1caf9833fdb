import { silentLogger } from '@amphi/base';
import { freePort, launchChromium, waitFor } from '@amphi/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DesiredTrack } from '../src/index.ts';
import { WorkerPool } from '../src/sfu.ts';
import { BrowserPeer, type ReceivedStats, type SentStats } from './browser-peer.ts';
import { NarrowLink } from './narrow-link.ts';

const SERVER_IP = '127.0.0.1';
const LINK_IP = '127.0.0.2';
const NARROW = { lossShare: 0.1, bitsPerSecond: 1_000_000, maxQueueMs: 200 };
const HIGH: DesiredTrack = { subscribed: true, maxLayer: 'high' };
const PATIENCE_MS = 30_000;
/** Below 2.5 s were seen, and 31 s where the worker's own estimate is waited for, which rises by a tenth a second. */
const RECOVERY_MS = 20_000;

let browser: Browser;
let sfu: WorkerPool;
let link: NarrowLink;
/** Where who connects is told to find the server. */
let announced = SERVER_IP;

beforeAll(async () => {
  const udpPort = await freePort();
  link = await NarrowLink.open(LINK_IP, { ip: SERVER_IP, port: udpPort });
  const listen = [{ ip: SERVER_IP, announced: () => [announced] }];
  sfu = new WorkerPool({ workers: 1, listen, udpPort, logger: silentLogger });
  await sfu.start();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  sfu?.close();
  await sfu?.closed;
  link?.close();
});

test('SB16: with 1 Mbit/s and 10 % loss the sound stays, the picture takes less and goes on, and is back when the link is', async () => {
  const session = await sfu.createSessionRouter({ sessionId: 'loss' });
  const speaker = await BrowserPeer.open(browser, session, 'speaker');
  await speaker.connect();
  announced = LINK_IP;
  const listener = await BrowserPeer.open(browser, session, 'listener');
  await listener.connect();

  const { trackId: voice } = await speaker.publish('voice', { kind: 'audio' });
  const { trackId: face } = await speaker.publish('face', {
    kind: 'video',
    simulcast: true,
    width: 640,
    isNoise: true,
  });
  listener.want({ [voice]: HIGH, [face]: HIGH });
  /** Of what the speaker sends at its largest, over the next two seconds of sound. */
  const nextSeconds = async (): Promise<{
    readonly frames: number;
    readonly madeUp: number;
  }> => {
    const [sentBefore, before] = [await largest(speaker), await received(listener, voice, face)];
    const { samples } = before.sound;
    const after = await waitFor(
      'two seconds of sound',
      async () => {
        const now = await received(listener, voice, face);
        return now.sound.samples - samples >= 96_000 && now;
      },
      PATIENCE_MS,
    );
    const sent = (await largest(speaker)).framesEncoded - sentBefore.framesEncoded;
    return {
      frames: (after.picture.framesReceived - before.picture.framesReceived) / sent,
      madeUp: (after.sound.madeUpSamples - before.sound.madeUpSamples) / (after.sound.samples - samples),
    };
  };
  const isWhole = async (): Promise<boolean> =>
    (await nextSeconds()).frames > 0.7 && (await listener.statsOf(face))?.frameHeight === 360;
  await waitFor('the whole picture', isWhole, PATIENCE_MS);

  link.become(NARROW);
  // What is on its way, and what the link is found to carry.
  await nextSeconds();
  const narrow = [await nextSeconds(), await nextSeconds(), await nextSeconds(), await nextSeconds()];
  const mean = (of: (seconds: (typeof narrow)[number]) => number): number =>
    narrow.reduce((sum, seconds) => sum + of(seconds), 0) / narrow.length;
  expect(mean(({ madeUp }) => madeUp)).toBeLessThan(0.3);
  // As much as before would be more than the link takes: nearly no picture would be whole.
  expect(mean(({ frames }) => frames)).toBeGreaterThan(0.15);

  link.become(undefined);
  const wideAt = performance.now();
  const backAt = await waitFor(
    'the whole picture again',
    async () => {
      const startedAt = performance.now();
      return (await isWhole()) && startedAt;
    },
    RECOVERY_MS,
  );
  const backS = (backAt - wideAt) / 1000;
  console.log(JSON.stringify({ narrow, backS }));
  expect([...speaker.errors, ...listener.errors]).toEqual([]);
});

async function largest(speaker: BrowserPeer): Promise<SentStats> {
  return (await speaker.call<SentStats[]>('sent')).find(({ rid }) => rid === 'f')!;
}

async function received(
  listener: BrowserPeer,
  voice: string,
  face: string,
): Promise<{ readonly sound: ReceivedStats; readonly picture: ReceivedStats }> {
  return waitFor('both tracks', async () => {
    const [sound, picture] = await Promise.all([listener.statsOf(voice), listener.statsOf(face)]);
    return sound && picture && { sound, picture };
  });
}
