import { execFileSync } from 'node:child_process';
import { lastMsnOf, parseMultivariantPlaylist, parseStrict } from '@amphi/hls';
import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import {
  type AmphiServer,
  beepOnsets,
  clockErrorMs,
  complaints,
  decodeAudio,
  decodeLuma,
  launchChromium,
  openPage,
  percentile,
  readBarcode,
  startAmphi,
  type TestPage,
  type TileArea,
  toneAmplitude,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, joinRoom, seesAdvancingBarcode } from './people.ts';
import { claimedTimes, expectClocksRun, untilClocksRun } from './stream-judge.ts';
import { continuousRuns, type Enough, type RecordedRendition, recordStream, withSegments } from './stream-recorder.ts';

/** The composed stream judged by its content: two people on stage, then one whose camera goes off, then a killed egress. */

const SIZE = { width: 640, height: 360 };
/** What Bea's beeps and Gus's sound like. */
const BEA_HZ = 1000;
const GUS_HZ = 1600;

let amphi: AmphiServer;
let browser: Browser;
let broadcaster: TestPage;
let guest: TestPage;
let masterUrl: string;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  // Small pictures at half the rate: three encoders of two publishers, a decoder and x264 share two cores here.
  [broadcaster, guest] = await Promise.all([
    openPage(browser, { initScripts: [barcodeCameraScript({ ...SIZE, toneHz: BEA_HZ })] }),
    openPage(browser, {
      initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15, toneHz: GUS_HZ, hue: 30 })],
    }),
  ]);
  await joinRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bea');
  await goLive(broadcaster);
  const viewer = await watchAsViewer();
  masterUrl = viewer.masterUrl;
  await viewer.person.context.close();
});

/** A viewer's page, and the playlist that it asked for. */
async function watchAsViewer(): Promise<{ readonly person: TestPage; readonly masterUrl: string }> {
  const person = await openPage(browser, { initScripts: [barcodeReaderScript()] });
  const playlist = person.page.waitForRequest((request) => /master\.m3u8/.test(request.url()));
  await joinRoom(person, amphi.links.rooms['hls-viewer']!, 'Vic');
  return { person, masterUrl: (await playlist).url() };
}

afterAll(async () => {
  await browser?.close();
  expect(await amphi?.stop()).toBe(0);
});

/** Records while `meanwhile` runs, and on until `segments` more are complete (and `also` holds). */
async function record(
  segments: number,
  meanwhile: () => Promise<void> = async () => {},
  also: Enough = () => true,
): Promise<RecordedRendition[]> {
  let endsAt = Number.POSITIVE_INFINITY;
  const recording = recordStream(masterUrl, (have) => have.length > 0 && have.at(-1)!.msn >= endsAt && also(have));
  recording.catch(() => {});
  await meanwhile();
  endsAt = (await lastMsn()) + segments;
  return recording;
}

async function lastMsn(): Promise<number> {
  const master = parseMultivariantPlaylist(await (await fetch(masterUrl)).text());
  return lastMsnOf(parseStrict(await (await fetch(new URL(master.variants[0]!.uri, masterUrl))).text()));
}

const video = (renditions: readonly RecordedRendition[]): RecordedRendition =>
  renditions.filter((rendition) => rendition.kind === 'video').sort((a, b) => b.width - a.width)[0]!;
const audio = (renditions: readonly RecordedRendition[]): RecordedRendition =>
  renditions.find((rendition) => rendition.kind === 'audio')!;

/** Where the layout puts `count` people, in the size that is judged. */
function tiles(count: number): TileArea[] {
  const canvas = { width: 1280, height: 720 };
  const scale = SIZE.width / canvas.width;
  const people = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, kind: 'person' as const }));
  return arrange(people, canvas, { layout: 'grid', tileAspectRatio: '16:9', gap: 8, align: PICTURE_ALIGNMENT }).map(
    ({ x, y, width, height }) => ({ x: x * scale, y: y * scale, width: width * scale, height: height * scale }),
  );
}

it('one person: strict playlists, clean segments, steady frames, an advancing clock, sound in step', async () => {
  const renditions = await record(7);
  expect(renditions).toHaveLength(3);
  for (const rendition of renditions) {
    expect(rendition.segments.length).toBeGreaterThanOrEqual(4);
    // Parts are announced before their segment is complete; whoever asks late gets some at once.
    expect(rendition.updates).toBeGreaterThan(8);
    expect(await withSegments(rendition.segments, complaints)).toBe('');
  }
  const frames = await withSegments(video(renditions).segments, (path) => decodeLuma(path, SIZE.width, SIZE.height));
  // Pictures that a busy machine leaves out make those before them last longer, in whole periods, and no part is without.
  const periods = frames.slice(1).map((frame, i) => (frame.ptsSeconds - frames[i]!.ptsSeconds) * 30);
  for (const count of periods) expect(Math.abs(count - Math.round(count))).toBeLessThan(0.01);
  expect(Math.max(...periods)).toBeLessThan(11);

  const [tile] = tiles(1);
  const codes = frames.map((frame) => readBarcode(frame.luma, tile));
  // PROGRAM-DATE-TIME says when what is seen was captured: the clock in the picture must agree.
  const claimed = claimedTimes(video(renditions).segments, frames);
  const errors = frames.map((frame, i) => clockErrorMs(frame, tile!, claimed[i]!));
  const plausible = errors.filter((error) => Math.abs(error) < 1000);
  expect(plausible.length, errors.map(Math.round).join(' ')).toBeGreaterThan(frames.length * 0.95);
  expect(Math.abs(percentile(plausible, 0.5))).toBeLessThan(200);
  expect(new Set(codes).size).toBeGreaterThan(frames.length * 0.5);

  // Sound that a host loses as it stands still for a moment is known to be missing only seconds later.
  let apart = await soundBehindPictures(renditions);
  for (let more = 0; more < 2 && Math.abs(apart) > 45; more++) apart = await soundBehindPictures(await record(7));
  expect(Math.abs(apart)).toBeLessThanOrEqual(45);
});

/**
 * How much later than what is seen is what is heard, in ms: a picture has the time at which it was drawn in it, and beeps
 * begin at full seconds. Both are compared to the same playlist. The flash would not do, as it begins with the first
 * picture that is drawn after the second.
 */
async function soundBehindPictures(renditions: readonly RecordedRendition[]): Promise<number> {
  const { segments } = video(renditions);
  const frames = await withSegments(segments, (path) => decodeLuma(path, SIZE.width, SIZE.height));
  const [tile] = tiles(1);
  const codes = frames.map((frame) => readBarcode(frame.luma, tile));
  const claimed = claimedTimes(segments, frames);
  const pictures = frames
    .map((frame, i) => clockErrorMs(frame, tile!, claimed[i]!))
    .filter((error, i) => Math.abs(error) < 1000 && codes[i] !== codes[i - 1]);
  const sound = await withSegments(audio(renditions).segments, decodeAudio);
  const { programDateTimeMs } = audio(renditions).segments[0]!;
  const beeps = beepOnsets(sound)
    .map((at) => programDateTimeMs + (at - sound.startSeconds) * 1000)
    .map((at) => at - Math.round(at / 1000) * 1000);
  expect(beeps.length).toBeGreaterThanOrEqual(6);
  const [picturesLate, soundLate] = [percentile(pictures, 0.5), percentile(beeps, 0.5)];
  console.log(`A/V: pictures late by ${picturesLate.toFixed(1)} ms, sound by ${beeps.map(Math.round).join(', ')} ms`);
  return soundLate - picturesLate;
}

/** Seconds from the onset of a beep of 100 ms. */
const AROUND_A_BEEP = [-0.09, -0.06, -0.03, 0, 0.03, 0.06, 0.09, 0.12];

it('two people: tiles stand where the layout says; both tones are mixed', async () => {
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Gus');
  await waitFor(
    'Bea sees Gus',
    async () => (await broadcaster.page.locator('[data-testid=stage-tile] video').count()) === 2,
    20_000,
  );
  const places = tiles(2);
  expect(places).toHaveLength(2);
  // His tile is there at once, his picture with its first keyframe.
  await untilClocksRun(async () => video(await record(1)).segments.slice(-1), SIZE, places);

  const renditions = await record(2);
  await expectClocksRun(video(renditions).segments.slice(-2), SIZE, places);
  const sound = await withSegments(audio(renditions).segments.slice(-2), decodeAudio);
  const endsAt = sound.startSeconds + sound.samples.length / 48_000;
  // Whole ones: a piece of few samples has every tone in it.
  const beeps = beepOnsets(sound).filter((at) => at > sound.startSeconds + 0.1 && at + 0.2 < endsAt);
  expect(beeps.length).toBeGreaterThanOrEqual(2);
  // The two do not begin at quite the same moment: he has just come, and until his first sender report (RFC 3550, 6.4.1)
  // his sound is placed by its arrival. So each tone is looked for around the beep, where it is loudest.
  const amplitudes = (hz: number): number[] =>
    beeps.map((at) =>
      Math.max(...AROUND_A_BEEP.map((offset) => toneAmplitude(sound, hz, { from: at + offset, seconds: 0.05 }))),
    );
  const [bea, gus, between] = [BEA_HZ, GUS_HZ, (BEA_HZ + GUS_HZ) / 2].map((hz) => percentile(amplitudes(hz), 0.5));
  expect(bea).toBeGreaterThan(0.1);
  expect(gus).toBeGreaterThan(0.1);
  expect(between).toBeLessThan(0.05);
});

it('a camera that goes off and someone who leaves never break it', async () => {
  const renditions = await record(2, async () => {
    await guest.page.getByTestId('cam-toggle').click();
    await guest.page.getByTestId('mic-toggle').click();
    await waitFor(
      'the camera is off',
      async () => (await guest.page.getByTestId('cam-toggle').getAttribute('aria-pressed')) === 'false',
    );
    await guest.page.getByTestId('leave').click();
    await waitFor(
      'Gus has left',
      async () => (await broadcaster.page.locator('[data-testid=stage-tile]').count()) === 1,
      20_000,
    );
  });
  for (const rendition of renditions) {
    expect(continuousRuns(rendition.segments)).toHaveLength(1);
    expect(await withSegments(rendition.segments, complaints)).toBe('');
  }
});

it('a killed egress comes back: the same playlist goes on after a discontinuity, and the viewer plays on', async () => {
  const { person: viewer } = await watchAsViewer();
  await seesAdvancingBarcode(viewer, '[data-testid=player] video');
  const before = egressPid();
  const renditions = await record(
    2,
    async () => {
      process.kill(before, 'SIGKILL');
      await waitFor('another egress runs', () => {
        const pid = egressPid();
        return pid !== 0 && pid !== before;
      });
    },
    (have) => have.at(-1)!.discontinuity === false && have.some((segment) => segment.discontinuity),
  );
  for (const rendition of renditions) {
    const runs = continuousRuns(rendition.segments);
    expect(runs.length).toBe(2);
    for (const run of runs) expect(await withSegments(run, complaints)).toBe('');
    const msns = rendition.segments.map((segment) => segment.msn);
    expect(msns).toEqual(msns.map((_, i) => msns[0]! + i));
  }
  await seesAdvancingBarcode(viewer, '[data-testid=player] video', { frames: 20 });
  await viewer.context.close();
});

it('stop ends the playlist properly and leaves no process behind', async () => {
  const recording = recordStream(masterUrl, () => false);
  await broadcaster.page.getByTestId('end-stream').click();
  await broadcaster.page
    .getByTestId('end-stream-confirm')
    .click({ timeout: 3_000 })
    .catch(() => {});
  const renditions = await recording;
  for (const rendition of renditions) expect(rendition.last.endList).toBe(true);
  await waitFor('egress is gone', () => egressPid() === 0);
});

/** Process id of the egress child of the server; 0 when there is none. */
function egressPid(): number {
  try {
    const children = execFileSync('pgrep', ['-P', String(amphi.process.pid), '-f', 'egress'], { encoding: 'utf8' });
    return Number(children.trim().split('\n')[0]);
  } catch {
    return 0;
  }
}
