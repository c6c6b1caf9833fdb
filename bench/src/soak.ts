import { setTimeout as sleep } from 'node:timers/promises';
import { type AmphiServer, launchChromium, openPage, startAmphi, type TestPage, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';
import { Churn } from './soak/churn.ts';
import { Follower } from './soak/follower.ts';
import { soundBehindPictures } from './soak/lips.ts';
import { commandOf, familyOf, MemoryWatch } from './soak/memory.ts';

/**
 * A long stream in a room where people come and go. A broadcaster is live from a browser; every 5 s somebody joins or
 * leaves, mutes, shares a screen or stops it (`soak/churn.ts`). Every rendition is followed as a strict player would.
 *
 * Targets: no picture is missing in any segment (`dropped_frames` = 0; `skipped_pictures` is what the encoders say); memory of
 * the server and all its processes rises by at most 1 MB an hour after the warm-up (`rss_slope_mb_per_h`, which says little
 * of a run of minutes); no rule of playlists is broken (`violations`), no discontinuity, no restart; sound and picture
 * are as far apart at the end as at the beginning, within 45 ms. Arguments: `--minutes N` (60).
 */

const STEP_MS = 5_000;
const MEMORY_EVERY_MS = 1_000;
const LONGEST_WARM_UP_MS = 5 * 60_000;
const PATIENCE_MS = 90_000;

const at = process.argv.indexOf('--minutes');
const minutes = at < 0 ? 60 : Number(process.argv[at + 1]);

const browser = await launchChromium();
let amphi: AmphiServer | undefined;
let memory: MemoryWatch | undefined;
try {
  amphi = await startAmphi();
  const camera = { width: 640, height: 360, frameRate: 15 };
  const broadcaster = await openPage(browser, { width: 640, height: 400, initScripts: [barcodeCameraScript(camera)] });
  const guest = await openPage(browser, {
    ...{ width: 640, height: 400 },
    initScripts: [barcodeCameraScript({ width: 320, height: 180, frameRate: 15, toneHz: 1600, hue: 30 })],
  });
  const master = await goLive(broadcaster, amphi);
  const followers = await Follower.ofAll(master);
  const [video, audio] = [followers[0]!, followers.at(-1)!];
  const lips = async (when: string): Promise<number> => {
    await waitFor(`segments of one person alone, ${when}`, () => video.recent.length >= 5, PATIENCE_MS);
    let tried = 0;
    const offset = await waitFor(
      `sound and picture of one person alone, ${when}`,
      async () => {
        const last = video.lastMsn;
        if (last === tried) return undefined;
        tried = last;
        const apart = await soundBehindPictures(video, audio);
        return apart === undefined ? undefined : { apart };
      },
      PATIENCE_MS,
    );
    return (offset as { apart: number }).apart;
  };

  const lipsBefore = await lips('before');
  progress(`live, sound ${lipsBefore.toFixed(1)} ms behind the picture; ${minutes} min of coming and going`);
  const processes = programsOf(amphi);
  memory = new MemoryWatch(amphi.process.pid!, MEMORY_EVERY_MS);
  const startedAt = performance.now();
  const warmAt = startedAt + Math.min(LONGEST_WARM_UP_MS, (minutes * 60_000) / 3);
  const churn = new Churn(amphi, guest);
  for (let due = startedAt + STEP_MS; due < startedAt + minutes * 60_000; due += STEP_MS) {
    await sleep(Math.max(0, due - performance.now()));
    const what = await churn.step();
    if (churn.count % 12 === 0) progress(`${((performance.now() - startedAt) / 60_000).toFixed(1)} min, ${what}`);
  }
  const resident = memory.since(warmAt);
  await churn.finish();
  const lipsAfter = await lips('after');
  const restarts = [...programsOf(amphi)].filter((pid) => !processes.has(pid)).length;
  const skipped = await skippedPictures(amphi);
  const followed = await Promise.all(followers.map((follower) => follower.close()));
  const sum = (of: (each: (typeof followed)[number]) => number): number =>
    followed.reduce((all, each) => all + of(each), 0);
  for (const { violations } of followed) for (const violation of violations) progress(violation);
  printResult({
    dropped_frames: sum(({ droppedFrames }) => droppedFrames),
    rss_slope_mb_per_h: resident.slopeMbPerHour,
    rss_first_mb: resident.firstMb,
    rss_last_mb: resident.lastMb,
    av_offset_before_ms: lipsBefore,
    av_offset_after_ms: lipsAfter,
    skipped_pictures: skipped,
    segments: sum(({ segments }) => segments),
    violations: sum(({ violations }) => violations.length),
    discontinuities: sum(({ discontinuities }) => discontinuities),
    missed_segments: sum(({ missed }) => missed),
    restarts,
    steps: churn.count,
    renditions: followers.length,
    minutes,
  });
} finally {
  memory?.close();
  await browser.close();
  await amphi?.stop();
}

/** @returns the multivariant playlist, once it is there */
async function goLive(broadcaster: TestPage, { links }: AmphiServer): Promise<string> {
  const { page } = broadcaster;
  const asked = page.waitForEvent('websocket', { timeout: PATIENCE_MS }).then(
    (socket) =>
      new Promise<string>((resolve) => {
        socket.on('framereceived', ({ payload }) => {
          const [, url] = /"url":"([^"]+\/master\.m3u8)"/.exec(String(payload)) ?? [];
          if (url !== undefined) resolve(url);
        });
      }),
  );
  await enterRoom(broadcaster, links.rooms.broadcaster!, 'Broadcaster');
  await page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: PATIENCE_MS });
  await page.getByTestId('go-live').click({ timeout: PATIENCE_MS });
  await page.getByTestId('live-badge').waitFor({ timeout: PATIENCE_MS });
  return asked;
}

/** The server, its media workers and the processes that compose: those whose restart people would notice. */
function programsOf({ process: { pid } }: AmphiServer): ReadonlySet<number> {
  return new Set(familyOf(pid!).filter((each) => /egress|mediasoup-worker|main\.js/.test(commandOf(each))));
}

/** As the encoders tell. */
async function skippedPictures({ links }: AmphiServer): Promise<number> {
  const text = await (await fetch(`${links.local}/metrics`)).text();
  return Number(/^amphi_egress_pictures_total\{result="skipped"\} (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
