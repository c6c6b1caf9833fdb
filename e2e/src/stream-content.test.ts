import { execFileSync } from 'node:child_process';
import { lastMsnOf, parseMultivariantPlaylist, parseStrict } from '@amphi/hls';
import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import {
  type AmphiServer,
  beepOnsets,
  brightness,
  clockErrorMs,
  complaints,
  decodeAudio,
  decodeLuma,
  launchChromium,
  onsets,
  openPage,
  percentile,
  readBarcode,
  startAmphi,
  type TestPage,
  type TileArea,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goLive, joinRoom, seesAdvancingBarcode } from './people.ts';
import { continuousRuns, type Enough, type RecordedRendition, recordStream, withSegments } from './stream-recorder.ts';

/** The composed stream judged by its content: two people on stage, then one whose camera goes off, then a killed egress. */

const WIDTH = 640;
const HEIGHT = 360;

let amphi: AmphiServer;
let browser: Browser;
let broadcaster: TestPage;
let guest: TestPage;
let masterUrl: string;

beforeAll(async () => {
  [amphi, browser] = await Promise.all([startAmphi(), launchChromium()]);
  // Small pictures at half the rate: three encoders of two publishers, a decoder and x264 share two cores here.
  [broadcaster, guest] = await Promise.all([
    openPage(browser, { initScripts: [barcodeCameraScript({ width: WIDTH, height: HEIGHT, toneHz: 1000 })] }),
    openPage(browser, {
      initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15, toneHz: 1600, hue: 30 })],
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
  const scale = WIDTH / canvas.width;
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
    expect(rendition.updates).toBeGreaterThan(20);
    expect(await withSegments(rendition.segments, complaints)).toBe('');
  }
  const frames = await withSegments(video(renditions).segments, (path) => decodeLuma(path, WIDTH, HEIGHT));
  const steps = frames.slice(1).map((frame, i) => frame.ptsSeconds - frames[i]!.ptsSeconds);
  expect(percentile(steps, 0.5)).toBeCloseTo(1 / 30, 3);
  expect(Math.max(...steps)).toBeLessThan(0.4);

  const [tile] = tiles(1);
  const codes = frames.map((frame) => readBarcode(frame.luma, tile));
  const { programDateTimeMs } = video(renditions).segments[0]!;
  const startPts = frames[0]!.ptsSeconds;
  // PROGRAM-DATE-TIME says when what is seen was captured: the clock in the picture must agree.
  const errors = frames.map((frame) =>
    clockErrorMs(frame, tile!, programDateTimeMs + (frame.ptsSeconds - startPts) * 1000),
  );
  const plausible = errors.filter((error) => Math.abs(error) < 1000);
  expect(plausible.length).toBeGreaterThan(frames.length * 0.95);
  expect(Math.abs(percentile(plausible, 0.5))).toBeLessThan(200);
  expect(new Set(codes).size).toBeGreaterThan(frames.length * 0.5);

  const flashes = onsets(
    frames.map((frame) => [frame.ptsSeconds, brightness(frame, tile!) > 200] as const),
    0.3,
  );
  const beeps = beepOnsets(await withSegments(audio(renditions).segments, decodeAudio));
  const offsetsMs = flashes.flatMap((flash) => {
    const beep = beeps.find((at) => Math.abs(at - flash) < 0.4);
    return beep === undefined ? [] : [(flash - beep) * 1000];
  });
  console.log(
    `A/V offset (video late is +): median ${percentile(offsetsMs, 0.5).toFixed(1)} ms of ${offsetsMs.length}`,
  );
  expect(offsetsMs.length).toBeGreaterThanOrEqual(6);
  expect(Math.abs(percentile(offsetsMs, 0.5))).toBeLessThanOrEqual(45);
});

it('two people: tiles stand where the layout says; both tones are mixed', async () => {
  await joinRoom(guest, amphi.links.rooms['viewer-on-stage']!, 'Gus');
  await waitFor(
    'Bea sees Gus',
    async () => (await broadcaster.page.locator('[data-testid=stage-tile] video').count()) === 2,
    20_000,
  );
  const renditions = await record(3);
  const frames = await withSegments(video(renditions).segments.slice(-2), (path) => decodeLuma(path, WIDTH, HEIGHT));
  const expectedMs = video(renditions).segments.at(-2)!.programDateTimeMs;
  const places = tiles(2);
  expect(places).toHaveLength(2);
  for (const tile of places) {
    const ages = frames.map((frame) =>
      clockErrorMs(frame, tile, expectedMs + (frame.ptsSeconds - frames[0]!.ptsSeconds) * 1000),
    );
    expect(ages.filter((age) => Math.abs(age) < 2000).length).toBeGreaterThan(frames.length * 0.8);
  }
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
