import { launchChromium, openPage, percentile, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';
import { busyChat } from './room-app/busy-chat.ts';
import { longTasks, WATCH_LONG_TASKS } from './room-app/long-tasks.ts';
import { manyTiles } from './room-app/many-tiles.ts';

/**
 * What the room app costs whoever opens it. A broadcaster is on air; `VISITS` viewers, one after the other and each with an
 * empty cache, open a link that leads straight to the stream.
 *
 * - `viewer_kb`, `broadcaster_kb`: the page and its own files, fonts included, as they came over the wire until the picture is
 *   there, in kB of 1000 bytes; media and API are not counted, and neither is the code of the player, which is `player_kb`.
 * - `open_to_playing_p95_ms`: from opening the link to the first frame that moves on.
 * - `long_tasks_ms`: sum of the main thread's tasks of more than 50 ms in that time (Long Tasks API, W3C); the median visit.
 * - `chat_long_tasks_ms`, `chat_longest_task_ms`: of a phone-sized page whose processor is slowed down to a quarter, in a room of 2,000
 *   with 60 lines of chat a second, in 20 s (`room-app/busy-chat.ts`).
 * - `tiles_long_tasks_ms`, `tiles_longest_task_ms`, `tiles_dropped_share`: of a page that shows 49 cameras, in 20 s, while another
 *   page on this machine encodes them (`room-app/many-tiles.ts`).
 */

const VISITS = Number(process.argv[2] ?? 20);

/** Files of which the player is made. */
const PLAYER = /\/(stream-viewer|shown-player|use-player|player)-[^/]*\.js$/;

interface Visit {
  readonly kb: number;
  readonly playerKb: number;
  readonly playingMs: number;
  readonly longTasksMs: number;
}

const [amphi, browser] = await Promise.all([startAmphi({ env: { AMPHI_TRUST_PROXY: '1' } }), launchChromium()]);
try {
  const broadcaster = await openPage(browser, { initScripts: [barcodeCameraScript({ width: 640, height: 360 })] });
  await enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Broadcaster');
  await broadcaster.page.getByTestId('go-live').click({ timeout: 20_000 });
  await broadcaster.page.getByTestId('live-badge').waitFor({ timeout: 60_000 });
  const { kb: broadcasterKb } = await ownKb(broadcaster);

  const visits: Visit[] = [];
  for (let number = 1; number <= VISITS; number += 1) {
    const visit = await watch(browser, amphi.links.rooms['hls-viewer']!);
    progress(`visit ${number}: ${Math.round(visit.playingMs)} ms`);
    visits.push(visit);
  }
  await broadcaster.context.close();
  const tiles = await manyTiles(amphi, browser);
  const chat = await busyChat(amphi, browser);
  const each = (figure: keyof Visit): number[] => visits.map((visit) => visit[figure]);
  printResult({
    viewer_kb: percentile(each('kb'), 0.5),
    player_kb: percentile(each('playerKb'), 0.5),
    broadcaster_kb: broadcasterKb,
    open_to_playing_p95_ms: percentile(each('playingMs'), 0.95),
    long_tasks_ms: percentile(each('longTasksMs'), 0.5),
    visits: VISITS,
    ...tiles,
    ...chat,
  });
} finally {
  await browser.close();
  await amphi.stop();
}

async function watch(browser: Browser, link: string): Promise<Visit> {
  const viewer = await openPage(browser, { initScripts: [WATCH_LONG_TASKS] });
  try {
    await viewer.page.goto(`${link}?name=Viewer&skip_preview=true`, { waitUntil: 'commit' });
    const playing = await viewer.page.waitForFunction(
      () => {
        const video = document.querySelector<HTMLVideoElement>('[data-testid=player] video');
        const isPlaying =
          video && !video.paused && video.currentTime > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 1;
        // Since the link was opened.
        return isPlaying && performance.now();
      },
      undefined,
      { timeout: 60_000 },
    );
    const playingMs = Number(await playing.jsonValue());
    const { sumMs: longTasksMs } = await longTasks(viewer.page);
    return { ...(await ownKb(viewer)), playingMs, longTasksMs };
  } finally {
    await viewer.context.close();
  }
}

async function ownKb({ page }: TestPage): Promise<Pick<Visit, 'kb' | 'playerKb'>> {
  const files = await page.evaluate(() => {
    const entries = performance.getEntries().filter((entry) => 'encodedBodySize' in entry);
    const own = (entries as PerformanceResourceTiming[]).filter(
      ({ entryType, name }) => entryType === 'navigation' || new URL(name).pathname.startsWith('/room-assets/'),
    );
    return own.map(({ name, encodedBodySize }) => ({ name, bytes: encodedBodySize }));
  });
  const sumKb = (isOfPlayer: boolean): number =>
    files.reduce((bytes, file) => bytes + (PLAYER.test(file.name) === isOfPlayer ? file.bytes : 0), 0) / 1000;
  return { kb: sumKb(false), playerKb: sumKb(true) };
}
