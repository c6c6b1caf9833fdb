import { type AmphiServer, launchChromium, openPage, percentile, startAmphi, type TestPage } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { connectionsScript, type JoinTimes, joinTimerScript } from './joining/page-scripts.ts';
import { SyntheticViewer } from './joining/synthetic-viewer.ts';
import { printResult, progress } from './result.ts';
import { cpuSeconds, PEERS_CORE, requireTwoCores } from './rtp-peers/cores.ts';
import { PeerProcess } from './rtp-peers/peer-process.ts';

/**
 * How long a viewer waits. First one after the other in Chromium, from the click on Join to the first frame of the
 * broadcaster's camera; then a storm of synthetic viewers over the real signaling, from the request for a token to the
 * first packet of media; with the CPU of the server's own process (the media worker has another) and the key frames that it
 * asks of the broadcaster's browser (PLI and FIR, all layers).
 *
 * Targets: first frame p95 ≤ 500 ms; nobody dropped of 500 who join within 5 s; at most one key frame request a layer and
 * half second, whatever the number (`keyframe_requests_worst_layer` ≤ `keyframe_requests_allowed`).
 * Arguments: `--joins N` (20), `--storm N` (500).
 */

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const JOINS = option('joins', 20);
const STORM = option('storm', 500);
const STORM_MS = 5_000;
/** Viewers stay for so long after the last one came, so that whom the server drops is seen. */
const STAY_MS = 3_000;
const STORM_DEADLINE_MS = 60_000;
const KEYFRAME_PERIOD_MS = 500;

requireTwoCores();
const amphi = await startAmphi();
const browser = await launchChromium();
try {
  const broadcaster = await enterStage(browser, amphi);
  printResult({ ...(await measureJoins(browser, amphi)), ...(await measureStorm(broadcaster, amphi)) });
} finally {
  await browser.close();
  await amphi.stop();
}

async function enterStage(browser: Browser, { links }: AmphiServer): Promise<TestPage> {
  const broadcaster = await openPage(browser, {
    width: 640,
    height: 400,
    initScripts: [connectionsScript(), barcodeCameraScript({ width: 1280, height: 720 })],
  });
  await broadcaster.page.goto(`${links.rooms.broadcaster}?name=Bench`);
  await broadcaster.page.getByTestId('preview-join').click({ timeout: 20_000 });
  await broadcaster.page.waitForFunction(keyframeRequestsByLayer, undefined, { timeout: 30_000 });
  return broadcaster;
}

async function measureJoins(browser: Browser, { links }: AmphiServer): Promise<Record<string, number>> {
  const all: Required<JoinTimes>[] = [];
  for (let index = 0; index < JOINS; index++) {
    const viewer = await openPage(browser, { width: 960, height: 540, initScripts: [joinTimerScript()] });
    await viewer.page.goto(`${links.rooms['viewer-realtime']}?name=Viewer`);
    await viewer.page.getByTestId('preview-join').click({ timeout: 20_000 });
    await viewer.page.waitForFunction(() => window.joinTimes.frame, undefined, { timeout: 30_000, polling: 50 });
    all.push((await viewer.page.evaluate(() => window.joinTimes)) as Required<JoinTimes>);
    await viewer.context.close();
  }
  const from = (key: keyof JoinTimes): number[] => all.map((times) => times[key] - times.clicked);
  progress(
    `median of ${JOINS} joins: track ${percentile(from('track'), 0.5).toFixed(0)} ms, connected ` +
      `${percentile(from('connected'), 0.5).toFixed(0)} ms, first frame ${percentile(from('frame'), 0.5).toFixed(0)} ms`,
  );
  return {
    first_frame_p50_ms: percentile(from('frame'), 0.5),
    first_frame_p95_ms: percentile(from('frame'), 0.95),
    track_p95_ms: percentile(from('track'), 0.95),
    connected_p95_ms: percentile(from('connected'), 0.95),
    joins: JOINS,
  };
}

async function measureStorm(broadcaster: TestPage, amphi: AmphiServer): Promise<Record<string, number>> {
  const { links } = amphi;
  const roomCode = new URL(links.rooms['viewer-realtime']!).pathname.split('/').at(-1)!;
  const peers = await PeerProcess.start(PEERS_CORE);
  const viewers = Array.from({ length: STORM }, (_, index) => new SyntheticViewer(peers, index));
  try {
    const before = await broadcaster.page.evaluate(keyframeRequestsByLayer);
    const startedAt = wallClockMs();
    const cpuBefore = cpuSeconds(amphi.serverPid());
    const outcomes = await Promise.all(
      viewers.map(async (viewer, index) => {
        await pause(startedAt + (index * STORM_MS) / STORM - wallClockMs());
        const askedAt = wallClockMs();
        const joined = viewer.join(links.url, roomCode).then((at) => at - askedAt);
        return inTime(joined, STORM_DEADLINE_MS).catch((error: unknown) => String(error));
      }),
    );
    const cpu = cpuSeconds(amphi.serverPid()) - cpuBefore;
    await pause(STAY_MS);
    const tookMs = wallClockMs() - startedAt;
    const after = await broadcaster.page.evaluate(keyframeRequestsByLayer);
    const layers = Object.entries(after ?? {}).map(([layer, count]) => count - (before?.[layer] ?? 0));
    const joined = outcomes.filter((outcome) => typeof outcome === 'number');
    const failures = outcomes.filter((outcome) => typeof outcome === 'string');
    const cut = viewers.filter(
      (viewer, index) => typeof outcomes[index] === 'number' && viewer.closedWith !== undefined,
    );
    for (const failure of new Set(failures)) progress(failure);
    progress(`${joined.length} of ${STORM} get media; key frame requests by layer: ${layers.join(', ')}`);
    return {
      storm: STORM,
      storm_join_p50_ms: percentile(joined, 0.5),
      storm_join_p95_ms: percentile(joined, 0.95),
      server_cpu_ms_per_join: (cpu * 1000) / STORM,
      dropped: failures.length + cut.length,
      keyframe_requests: layers.reduce((sum, count) => sum + count, 0),
      keyframe_requests_worst_layer: Math.max(...layers),
      keyframe_requests_allowed: Math.ceil(tookMs / KEYFRAME_PERIOD_MS),
    };
  } finally {
    for (const viewer of viewers) viewer.close();
    await peers.stop();
  }
}

/** Runs in the broadcaster's page. @returns nothing while no video is sent */
async function keyframeRequestsByLayer(): Promise<Record<string, number> | undefined> {
  const requests: Record<string, number> = {};
  for (const connection of window.peerConnections) {
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type !== 'outbound-rtp' || entry.kind !== 'video' || !(entry.framesEncoded > 0)) continue;
      requests[entry.rid ?? ''] = (entry.pliCount ?? 0) + (entry.firCount ?? 0);
    }
  }
  return Object.keys(requests).length > 0 ? requests : undefined;
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no media within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
