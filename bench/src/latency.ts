import { launchChromium, openPage, percentile, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, barcodeReaderScript } from '@amphi/testkit/barcode';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';

/**
 * Glass-to-glass latency on this machine, real Chromium at both ends. A barcode clock is drawn into the published
 * picture at `Date.now()` and read from every frame that the receiving page presents; both pages share one clock.
 *
 * Targets: stage and webinar audience p95 ≤ 200 ms; HLS viewer p50 ≤ 2.0 s, p95 ≤ 2.5 s over two minutes.
 * Arguments: `--seconds N` of the HLS phase (120), `--warmup N` before it (15), `--realtime N` of each phase on stage (30).
 */

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const hlsSeconds = option('seconds', 120);
const warmupSeconds = option('warmup', 15);
const realtimeSeconds = option('realtime', 30);
/** Pages are drawn by this machine's CPU too; small windows keep that from being what is measured. */
const WINDOW = { width: 960, height: 540 };

const amphi = await startAmphi();
const browser = await launchChromium();
try {
  const broadcaster = await openPage(browser, {
    width: 640,
    height: 400,
    initScripts: [barcodeCameraScript({ width: 1280, height: 720 }), barcodeReaderScript()],
  });
  await enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bench');
  await broadcaster.page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: 20_000 });

  const stage = await measureRealtime('viewer-on-stage');
  const audience = await measureRealtime('viewer-realtime');

  progress(`going live, ${warmupSeconds} s of warm-up, then ${hlsSeconds} s`);
  await broadcaster.page.getByTestId('go-live').click();
  await broadcaster.page.getByTestId('live-badge').waitFor({ timeout: 30_000 });
  const viewer = await openPage(browser, { ...WINDOW, initScripts: [barcodeReaderScript()] });
  await enterRoom(viewer, amphi.links.rooms['hls-viewer']!, 'Viewer');
  const video = '[data-testid=player] video';
  await watch(viewer, video);
  await viewer.page.evaluate((selector) => {
    const element = document.querySelector<HTMLVideoElement>(selector)!;
    const stalls = { totalMs: 0, since: undefined as number | undefined };
    (window as unknown as { stalls: typeof stalls }).stalls = stalls;
    element.addEventListener('waiting', () => {
      stalls.since ??= performance.now();
    });
    element.addEventListener('playing', () => {
      if (stalls.since !== undefined) stalls.totalMs += performance.now() - stalls.since;
      stalls.since = undefined;
    });
  }, video);
  await pause(warmupSeconds);
  await viewer.page.evaluate(() => {
    window.amphiTest.seen.length = 0;
    (window as unknown as { stalls: { totalMs: number } }).stalls.totalMs = 0;
  });
  await pause(hlsSeconds);
  const hls = await agesOf(viewer, 60_000);
  const stallMs = await viewer.page.evaluate(() => {
    const { stalls } = window as unknown as { stalls: { totalMs: number; since: number | undefined } };
    return stalls.totalMs + (stalls.since === undefined ? 0 : performance.now() - stalls.since);
  });

  printResult({
    stage_p50_ms: percentile(stage, 0.5),
    stage_p95_ms: percentile(stage, 0.95),
    audience_p50_ms: percentile(audience, 0.5),
    audience_p95_ms: percentile(audience, 0.95),
    hls_p50_ms: percentile(hls, 0.5),
    hls_p95_ms: percentile(hls, 0.95),
    hls_stall_ms: stallMs,
    hls_seconds: hlsSeconds,
    hls_frames: hls.length,
  });
} finally {
  await browser.close();
  await amphi.stop();
}

async function watch(person: TestPage, selector: string): Promise<void> {
  await person.page.waitForFunction(
    (selector) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      const age = video && window.amphiTest.readBarcode(video);
      return typeof age === 'number' && Math.abs(((Date.now() >>> 0) - age) | 0) < 60_000;
    },
    selector,
    { timeout: 40_000, polling: 200 },
  );
  await person.page.evaluate((selector) => {
    window.amphiTest.watchBarcode(document.querySelector<HTMLVideoElement>(selector)!);
  }, selector);
}

async function measureRealtime(role: string): Promise<number[]> {
  progress(`stage → ${role}, ${realtimeSeconds} s`);
  const person = await openPage(browser, {
    ...WINDOW,
    initScripts: [barcodeCameraScript({ width: 320, height: 180, hue: 40 }), barcodeReaderScript()],
  });
  await enterRoom(person, amphi.links.rooms[role]!, role);
  // The tile of the other person: its clock advances and is not drawn in this page.
  const selector = '[data-testid=stage-tile][data-local=false] video';
  await waitFor(`${role} sees the stage`, () => person.page.locator(selector).count(), 20_000);
  await watch(person, selector);
  await pause(10);
  await person.page.evaluate(() => {
    window.amphiTest.seen.length = 0;
  });
  await pause(realtimeSeconds);
  const ages = await agesOf(person, 10_000);
  await person.page.getByTestId('leave').click();
  await person.context.close();
  return ages;
}

/** Ages of the frames seen; codes garbled by a cut frame are far outside of `plausibleMs` and left out. */
async function agesOf(person: TestPage, plausibleMs: number): Promise<number[]> {
  const seen = await person.page.evaluate(() => window.amphiTest.seen.map((entry) => entry.ageMs));
  const ages = seen.filter((age) => age >= 0 && age < plausibleMs);
  if (ages.length < seen.length * 0.95) throw new Error(`only ${ages.length} of ${seen.length} frames could be read`);
  return ages;
}

/** Measuring takes its time; nothing is waited for here. */
function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
