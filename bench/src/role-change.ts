import { launchChromium, openPage, percentile, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript, pictureWatchScript } from '@amphi/testkit/barcode';
import { enterRoom } from './peers/enter-room.ts';
import { Host } from './peers/host.ts';
import { printResult, progress } from './result.ts';

/**
 * How long a person waits who is moved between the levels of a room: one page of the room app goes round through stream,
 * webinar audience and stage by forced role changes of a host (`--transitions N`, 100), while somebody publishes and the
 * stream is live. `first_frame` is the time from the host's request to the first frame that a video of the new level
 * presents in the page; where the level shows the same videos as before (webinar audience and stage) to the moment at
 * which the page shows the controls of the new level. `gap` is the longest time without a picture of anybody else, seen
 * at the page's animation frames.
 *
 * Targets: first frame p95 ≤ 700 ms, gap p95 ≤ 100 ms.
 */

const at = process.argv.indexOf('--transitions');
const TRANSITIONS = at < 0 ? 100 : Number(process.argv[at + 1]);
/** In this order every direction between neighbours comes up, and both ways between stage and stream. */
const ROUND = ['viewer-realtime', 'viewer-on-stage', 'hls-viewer', 'viewer-on-stage', 'viewer-realtime', 'hls-viewer'];

const amphi = await startAmphi();
const browser = await launchChromium();
try {
  const broadcaster = await openPage(browser, {
    width: 640,
    height: 400,
    initScripts: [barcodeCameraScript({ width: 640, height: 360 })],
  });
  await enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Bench');
  await broadcaster.page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: 20_000 });
  await broadcaster.page.getByTestId('go-live').click();
  await broadcaster.page.getByTestId('live-badge').waitFor({ timeout: 30_000 });

  const moved = await openPage(browser, {
    width: 960,
    height: 540,
    initScripts: [barcodeCameraScript({ width: 320, height: 180, hue: 40 }), pictureWatchScript()],
  });
  await enterRoom(moved, amphi.links.rooms['hls-viewer']!, 'Moved');
  await untilPicture(moved);

  const host = await Host.join(amphi.links.url, codeOf('broadcaster'));
  const peerId = await host.peerNamed('Moved');
  const firstFrames: number[] = [];
  const gaps: number[] = [];
  const byDirection = new Map<string, number[]>();
  for (let count = 0, from = 'hls-viewer'; count < TRANSITIONS; count++) {
    const to = ROUND[count % ROUND.length]!;
    await moved.page.evaluate(() => window.amphiPicture.reset());
    const askedAt = Date.now();
    await host.move(peerId, to);
    const ms = (await arrival(moved, from, to)) - askedAt;
    firstFrames.push(ms);
    const direction = `${from}_to_${to}`;
    byDirection.set(direction, [...(byDirection.get(direction) ?? []), ms]);
    // The old picture may hide a gap that comes after the first frame.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    gaps.push(await moved.page.evaluate(() => window.amphiPicture.longestDarkMs));
    if (count % 10 === 9) progress(`${count + 1} of ${TRANSITIONS}, p95 so far ${percentile(firstFrames, 0.95)} ms`);
    from = to;
  }
  host.close();
  printResult({
    transitions: TRANSITIONS,
    first_frame_p50_ms: percentile(firstFrames, 0.5),
    first_frame_p95_ms: percentile(firstFrames, 0.95),
    gap_p95_ms: percentile(gaps, 0.95),
    gap_max_ms: Math.max(...gaps),
    ...Object.fromEntries(
      [...byDirection].map(([direction, times]) => [`p95_ms_${direction}`, percentile(times, 0.95)]),
    ),
  });
} finally {
  await browser.close();
  await amphi.stop();
}

function untilPicture(person: TestPage): Promise<unknown> {
  return waitFor(
    'a picture',
    () =>
      person.page.evaluate(() =>
        [...document.querySelectorAll<HTMLVideoElement>('main video')].some(({ videoWidth }) => videoWidth > 0),
      ),
    40_000,
  );
}

/** `Date.now()` at which the page shows what the move has brought. */
function arrival(person: TestPage, from: string, to: string): Promise<number> {
  const isStream = (role: string): boolean => role === 'hls-viewer';
  return person.page
    .waitForFunction(
      ({ isNewPicture, isOnStage }) => {
        if (isNewPicture) return window.amphiPicture.newPictureAt;
        const hasControls = document.querySelector('[data-testid=mic-toggle]') !== null;
        return hasControls === isOnStage ? Date.now() : undefined;
      },
      { isNewPicture: isStream(from) !== isStream(to), isOnStage: to === 'viewer-on-stage' },
      { timeout: 20_000, polling: 'raf' },
    )
    .then((handle) => handle.jsonValue() as Promise<number>);
}

function codeOf(role: string): string {
  return new URL(amphi.links.rooms[role]!).pathname.split('/').at(-1)!;
}
