import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveStreamObject, RecordingObject } from '@amphi/protocol';
import { launchChromium, openPage, percentile, startAmphi, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { BackEnd } from './peers/back-end.ts';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';
import { LeftBehind } from './soak/left-behind.ts';
import { residentMb } from './soak/memory.ts';

/**
 * A recording and a live stream of one room are started and stopped again and again, by a back end, while somebody with a camera is
 * on stage. In every other cycle both run before they are stopped; in the others the end comes at some moment of the start.
 *
 * Targets: no `start_failures`, which are answers that are no success, and what has failed or never runs; no process and no socket of
 * the server is left (`processes_left`, `sockets_left`); its memory does not rise (`rss_rise_mb`: the median of the last quarter less
 * that of the second, as the first is when a program grows anyway). Arguments: `--cycles N` (70).
 */

const at = process.argv.indexOf('--cycles');
const cycles = at < 0 ? 70 : Number(process.argv[at + 1]);

/** One that is stopped while it starts is so within this time. */
const START_MS = 2_500;
const PATIENCE_MS = 60_000;
/** More starts than one room may have. */
const LIMITS = JSON.stringify({ streamStartsPerRoom: { perSecond: 10, burst: 1_000 } });

type Output = Pick<LiveStreamObject | RecordingObject, 'id' | 'status'>;

const browser = await launchChromium();
const amphi = await startAmphi({ env: { AMPHI_LIMITS: LIMITS } });
try {
  const backEnd = await BackEnd.of(amphi);
  const { data } = await backEnd.get<{ data: { id: string }[] }>('/rooms');
  const camera = barcodeCameraScript({ width: 320, height: 180, frameRate: 10 });
  const broadcaster = await openPage(browser, { width: 640, height: 400, initScripts: [camera] });
  await enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Broadcaster');
  await broadcaster.page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: PATIENCE_MS });
  const left = new LeftBehind(amphi.process.pid!);

  const startedAfterMs: number[] = [];
  const memory: number[] = [];
  let failures = 0;
  const cycle = async (kind: 'recordings' | 'live-streams', untilItRuns: boolean): Promise<void> => {
    const since = performance.now();
    const { id } = await backEnd.post<Output>(`/${kind}/room/${data[0]!.id}/start`, {});
    const untilStatus = (...wanted: readonly string[]) =>
      waitFor(
        `one of ${kind} is ${wanted[0]}`,
        async () => {
          const { status } = await backEnd.get<Output>(`/${kind}/${id}`);
          return wanted.includes(status) ? status : undefined;
        },
        PATIENCE_MS,
      );
    if (untilItRuns) {
      if ((await untilStatus('running', 'failed')) === 'failed') throw new Error(`${kind}/${id} failed`);
      startedAfterMs.push(performance.now() - since);
    } else {
      await sleep(Math.random() * START_MS);
    }
    await backEnd.post(`/${kind}/${id}/stop`, {});
    if ((await untilStatus('completed', 'failed')) === 'failed') throw new Error(`${kind}/${id} has failed at its end`);
  };
  for (let n = 0; n < cycles; n++) {
    const isWhole = n % 2 === 0;
    for (const outcome of await Promise.allSettled([cycle('recordings', isWhole), cycle('live-streams', isWhole)])) {
      if (outcome.status === 'fulfilled') continue;
      failures++;
      progress(`cycle ${n + 1}: ${outcome.reason}`);
    }
    memory.push(residentMb(amphi.process.pid!));
    if ((n + 1) % 10 === 0) progress(`${n + 1} cycles, ${failures} failures, ${memory.at(-1)!.toFixed(0)} MB`);
  }
  const { processes, sockets } = await left.count();
  const quarter = Math.max(1, Math.floor(cycles / 4));
  const [before, after] = [memory.slice(quarter, 2 * quarter), memory.slice(-quarter)].map((mb) => percentile(mb, 0.5));
  printResult({
    cycles,
    starts: 2 * cycles,
    start_failures: failures,
    start_p50_ms: percentile(startedAfterMs, 0.5),
    start_p95_ms: percentile(startedAfterMs, 0.95),
    processes_left: processes,
    sockets_left: sockets,
    rss_mb: after!,
    rss_rise_mb: after! - before!,
  });
} finally {
  await browser.close();
  await amphi.stop();
}
