import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveStreamObject, PresignedUrl, RecordingAssetObject } from '@amphi/protocol';
import { complaints, launchChromium, openPage, startAmphi, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { BackEnd } from './peers/back-end.ts';
import { enterRoom } from './peers/enter-room.ts';
import { printResult, progress } from './result.ts';
import { picturesOf } from './soak/alone.ts';
import { Follower } from './soak/follower.ts';
import { LeftBehind } from './soak/left-behind.ts';

/**
 * A recorded live stream whose composing process is killed again and again, at random moments of its life: from its start on,
 * or after it has run for so long that it counts as healed, as five that fail soon one after the other end a stream.
 * One broadcaster, whose picture has a clock in it, is on stage in a browser.
 *
 * Targets: the stream goes on under its URL (`urls` = 1), no rule of playlists is broken (`violations`) and none is without a
 * segment that was announced (`missed_segments`; `gap_segments` say of themselves that they are empty), no more `discontinuities` in a rendition than kills; all recorded files play
 * without a `complaints`, and show the clock going forward (`backward_pictures`; `unreadable_pictures` are those in which it gives way
 * to the next); no process and no socket of the server is left.
 * `recorded_share` is of the time that the stream ran: the rest is what it took to start anew. Arguments: `--kills N` (17).
 */

const at = process.argv.indexOf('--kills');
const kills = at < 0 ? 17 : Number(process.argv[at + 1]);

/** Failures that the server takes in a row without giving the stream up. */
const IN_A_ROW = 4;
/** After so long a process has healed. */
const HEALED_MS = 31_000;
/** Kills come within this time, at random. */
const SPREAD_MS = 7_000;
const PATIENCE_MS = 90_000;

const browser = await launchChromium();
const folder = await mkdtemp(join(tmpdir(), 'amphi-kills-'));
const amphi = await startAmphi();
try {
  const backEnd = await BackEnd.of(amphi);
  const { data } = await backEnd.get<{ data: { id: string }[] }>('/rooms');
  const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15 });
  const broadcaster = await openPage(browser, { width: 640, height: 400, initScripts: [camera] });
  await enterRoom(broadcaster, amphi.links.rooms.broadcaster!, 'Broadcaster');
  await broadcaster.page.locator('[data-testid=stage-tile] video').first().waitFor({ timeout: PATIENCE_MS });
  const left = new LeftBehind(amphi.process.pid!);

  const started = await backEnd.post<LiveStreamObject>(`/live-streams/room/${data[0]!.id}/start`, {
    recording: { single_file_per_layer: true },
  });
  const stream = () => backEnd.get<LiveStreamObject>(`/live-streams/${started.id}`);
  await waitFor('the stream runs', async () => (await stream()).status === 'running', PATIENCE_MS);
  const ranFrom = performance.now();
  const urls = new Set([started.playback.url]);
  const followers = await Follower.ofAll(started.playback.url);
  const video = followers[0]!;
  const goesOn = (from: number) => waitFor('the stream goes on', () => video.lastMsn > from, PATIENCE_MS);

  const killed = new Set<number>();
  for (let n = 0; n < kills; n++) {
    const pid = await waitFor(
      'another process composes',
      () => left.composers().find((each) => !killed.has(each)),
      PATIENCE_MS,
    );
    const mayHeal = n > 0 && n % IN_A_ROW === 0;
    if (mayHeal) await goesOn(video.lastMsn);
    const lives = Math.random() * SPREAD_MS + (mayHeal ? HEALED_MS : 0);
    await sleep(lives);
    process.kill(pid, 'SIGKILL');
    killed.add(pid);
    const { status, playback } = await stream();
    urls.add(playback.url);
    if (status !== 'running') throw new Error(`after ${n + 1} kills the stream is ${status}`);
    progress(`kill ${n + 1}, ${(lives / 1000).toFixed(1)} s after it was seen; segment ${video.lastMsn}`);
  }
  await goesOn(video.lastMsn);
  await goesOn(video.lastMsn);
  const followed = await Promise.all(followers.map((follower) => follower.close()));
  for (const { violations } of followed) for (const violation of violations) progress(violation);
  const ranForS = (performance.now() - ranFrom) / 1000;
  await backEnd.post(`/live-streams/${started.id}/stop`, {});
  const { recording_assets: assets } = await waitFor(
    'its files are finished',
    async () => {
      const found = await stream();
      return found.status === 'completed' || found.status === 'failed' ? found : undefined;
    },
    PATIENCE_MS,
  );

  const files = (assets ?? []).filter(({ type }) => type === 'room-composite');
  const largest = files.filter(({ metadata }) => metadata.layer === '0');
  const judged = { complaints: 0, frames: 0, unreadable: 0, backward: 0 };
  for (const file of files) {
    const path = await download(backEnd, file);
    const faults = await complaints(path);
    if (faults !== '') progress(`${file.id}: ${faults}`);
    judged.complaints += faults === '' ? 0 : 1;
    if (largest.includes(file)) {
      const { frames, unreadable, backward } = await picturesOf(path);
      judged.frames += frames;
      judged.unreadable += unreadable;
      judged.backward += backward;
    }
    await rm(path);
  }
  const { processes, sockets } = await left.count();
  const sum = (of: (each: (typeof followed)[number]) => number): number =>
    followed.reduce((all, each) => all + of(each), 0);
  printResult({
    kills,
    urls: urls.size,
    violations: sum(({ violations }) => violations.length),
    missed_segments: sum(({ missed }) => missed),
    gap_segments: sum(({ gaps }) => gaps),
    discontinuities: Math.max(...followed.map(({ discontinuities }) => discontinuities)),
    segments: sum(({ segments }) => segments),
    renditions: followers.length,
    files: files.length,
    complaints: judged.complaints,
    recorded_pictures: judged.frames,
    unreadable_pictures: judged.unreadable,
    backward_pictures: judged.backward,
    recorded_share: largest.reduce((all, { duration }) => all + duration, 0) / ranForS,
    processes_left: processes,
    sockets_left: sockets,
    ran_s: ranForS,
  });
} finally {
  await browser.close();
  await amphi.stop();
  await rm(folder, { recursive: true, force: true });
}

async function download(backEnd: BackEnd, { id }: Pick<RecordingAssetObject, 'id'>): Promise<string> {
  const { url } = await backEnd.get<PresignedUrl>(`/recording-assets/${id}/presigned-url`);
  const path = join(folder, `${id}.mp4`);
  await writeFile(path, Buffer.from(await (await fetch(url)).arrayBuffer()));
  return path;
}
