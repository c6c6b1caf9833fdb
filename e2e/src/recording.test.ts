import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseThumbnails } from '@amphi/hls';
import type { LiveStreamObject, PresignedUrl, RecordingAssetObject, RecordingObject } from '@amphi/protocol';
import {
  type AmphiServer,
  beepOnsets,
  complaints,
  decodeAudio,
  decodeLuma,
  type LumaFrame,
  launchChromium,
  openPage,
  readBarcode,
  run,
  startAmphi,
  type TestPage,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostGenuineClient } from './genuine-client/host.ts';
import { joinRoom } from './people.ts';
import { codeOf, egressPid, type Rest, restOf } from './wire.ts';

/** Recordings as those see them who make them: the public client and a back end; judged by what is in the files. */

const PATIENCE_MS = 60_000;
/** Twenty in a row are more than one room may have. */
const STARTS = JSON.stringify({ streamStartsPerRoom: { perSecond: 10, burst: 100 } });
let amphi: AmphiServer;
let browser: Browser;
let page: Awaited<ReturnType<typeof hostGenuineClient>>;
let host: TestPage;
let folder: string;
let rest: Rest;
let roomId: string;

beforeAll(async () => {
  [amphi, browser, page] = await Promise.all([
    startAmphi({ supervised: true, env: { AMPHI_LIMITS: STARTS } }),
    launchChromium(),
    hostGenuineClient(),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'recording-test-'));
  rest = await restOf(amphi);
  const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15, toneHz: 1000 });
  host = await openPage(browser, { initScripts: [camera] });
  await host.page.goto(page.url);
  const options = {
    userName: 'Hana',
    roomCode: codeOf(amphi.links.rooms.broadcaster!),
    tokenEndpoint: `${amphi.links.url}/v2/token`,
    initEndpoint: `${amphi.links.url}/?https://`,
  };
  await host.page.evaluate((options) => window.genuine.join(options), options);
  await waitFor('Hana is in', () => host.page.evaluate(() => window.genuine.state().connected), PATIENCE_MS);
  const rooms = await rest<{ data: { id: string }[] }>('GET', '/rooms');
  roomId = rooms.data[0]!.id;
});

afterAll(async () => {
  await browser?.close();
  await page?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
});

const newest = async (): Promise<RecordingObject> =>
  (await rest<{ data: RecordingObject[] }>('GET', '/recordings?limit=1')).data[0]!;

async function finished(id: string): Promise<RecordingObject> {
  return waitFor(
    'the recording is finished',
    async () => {
      const recording = await rest<RecordingObject>('GET', `/recordings/${id}`);
      return recording.status === 'completed' || recording.status === 'failed' ? recording : undefined;
    },
    PATIENCE_MS,
  );
}

async function download(assetId: string): Promise<string> {
  const { url } = await rest<PresignedUrl>('GET', `/recording-assets/${assetId}/presigned-url`);
  const answer = await fetch(url);
  expect(answer.headers.get('content-type')).toBe('video/mp4');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="Rec-[0-9a-f]{24}-\d+(-\d)?\.mp4"$/);
  const path = join(folder, `${assetId}.mp4`);
  await writeFile(path, Buffer.from(await answer.arrayBuffer()));
  return path;
}

/** Of pictures with Hana alone on stage: what her camera's clock shows, in ms before now; undefined where it says anything. */
function hanasClocks(frames: readonly LumaFrame[], width: number): (number | undefined)[] {
  const now = Date.now() >>> 0;
  // Before her picture is there, and of a picture in which one tile gives way to another, the code says anything.
  return frames
    .map(({ luma }) => (readBarcode(luma, { x: 0, y: 0, width }) - now) | 0)
    .map((age) => (age <= 0 && age > -300_000 ? age : undefined));
}

/**
 * Of a file with Hana alone on stage: plays without a complaint, shows her camera's clock going forward, and has her beeps.
 * How late her pictures are depends on how busy the machine is; that is judged elsewhere.
 * @param from where it is judged from: `her` of a file that begins before she is back
 * @returns seconds
 */
async function judge(
  assetId: string,
  { width, height }: { width: number; height: number },
  from: 'start' | 'her' = 'start',
): Promise<number> {
  const path = await download(assetId);
  expect(await complaints(path)).toBe('');
  const frames = await decodeLuma(path, width, height);
  const shown = hanasClocks(frames, width);
  const judged = from === 'start' ? shown : shown.slice(shown.findIndex((clock) => clock !== undefined));
  const clocks = judged.filter((clock) => clock !== undefined);
  expect(clocks.length).toBeGreaterThan(judged.length / 2);
  expect(clocks).toEqual([...clocks].sort((a, b) => a - b));
  expect(new Set(clocks).size).toBeGreaterThan(5);
  expect(beepOnsets(await decodeAudio(path)).length).toBeGreaterThanOrEqual(1);
  return frames.at(-1)!.ptsSeconds;
}

/** Until the newest file of the recording holds so much. */
async function recorded(id: string, seconds: number): Promise<void> {
  const job = join(amphi.dataDir, 'recordings', id);
  await waitFor(
    `${seconds} s are recorded`,
    async () => {
      const run = (await readdir(job)).sort().at(-1)!;
      const [name] = await readdir(join(job, run));
      const file = name === undefined ? '' : await readFile(join(job, run, name), 'latin1');
      // A fragment of pictures and one of sound for each third of a second.
      return file.split('moof').length > seconds * 6;
    },
    PATIENCE_MS,
  );
}

/** Different ones of Hana's clock in the newest file of a recording that still runs. */
async function clocksUntilNow(id: string): Promise<number> {
  const job = join(amphi.dataDir, 'recordings', id);
  const run = join(job, (await readdir(job)).sort().at(-1)!);
  const [name] = await readdir(run);
  if (name === undefined) return 0;
  const copy = join(folder, 'until-now.mp4');
  await copyFile(join(run, name), copy);
  const frames = await decodeLuma(copy, 640, 360);
  return new Set(hanasClocks(frames, 640).filter((clock) => clock !== undefined)).size;
}

const recordingState = () => host.page.evaluate(() => window.genuine.state().recording);

const runsAtClient = (isRunning: boolean) =>
  waitFor(
    `the public client sees that it ${isRunning ? 'runs' : 'is over'}`,
    async () => (await recordingState()).browser?.running === isRunning,
    PATIENCE_MS,
  );

it('REC1, REC2: the public client starts and stops a recording and sees its state; the file shows what was on stage', async () => {
  await host.page.evaluate(() => window.genuine.startRecording());
  await runsAtClient(true);
  const { id, started_by } = await newest();
  await waitFor('it runs', async () => (await newest()).status === 'running', PATIENCE_MS);
  expect((await recordingState()).browser?.startedAt).toBeTruthy();
  await recorded(id, 6);
  await host.page.evaluate(() => window.genuine.stopRecording());
  await runsAtClient(false);
  const recording = await finished(id);
  expect(recording).toMatchObject({ status: 'completed', stopped_by: started_by });
  const [asset] = recording.recording_assets!;
  expect(asset).toMatchObject({ type: 'room-composite', metadata: { resolution: { width: 1280, height: 720 } } });
  const seconds = await judge(asset!.id, { width: 1280, height: 720 });
  expect(Math.abs(asset!.duration - seconds)).toBeLessThan(1);
});

it('REC3: links are signed, good for a time and one file, and serve ranges', async () => {
  const { data } = await rest<{ data: RecordingAssetObject[] }>('GET', '/recording-assets?limit=1');
  const [asset] = data;
  const { url } = await rest<PresignedUrl>('GET', `/recording-assets/${asset!.id}/presigned-url?presign_duration=60`);
  const range = await fetch(url, { headers: { range: 'bytes=4-11' } });
  expect(range.status).toBe(206);
  expect(range.headers.get('content-range')).toBe(`bytes 4-11/${asset!.size}`);
  expect(Buffer.from(await range.arrayBuffer()).toString('latin1', 0, 4)).toBe('ftyp');
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(asset!.size)]);
  const status = async (change: (url: URL) => void): Promise<number> => {
    const other = new URL(url);
    change(other);
    return (await fetch(other)).status;
  };
  expect(await status((other) => other.searchParams.set('expires', String(Date.now())))).toBe(403);
  expect(await status((other) => other.searchParams.delete('signature'))).toBe(403);
  expect(
    await status((other) => {
      other.pathname = other.pathname.replace(asset!.id, '0'.repeat(24));
    }),
  ).toBe(403);
  expect(
    await status((other) => {
      other.pathname = `/recordings/${asset!.id}/..%2f..%2fnode`;
    }),
  ).toBe(200);
  expect(await status((other) => (other.pathname = '/recordings/../node'))).not.toBe(200);
});

it('REC4, REC20: a live stream is recorded beside a recording, neither begins anew for the other', async () => {
  const stream = await rest<LiveStreamObject>('POST', `/live-streams/room/${roomId}/start`, {
    recording: { single_file_per_layer: true, hls_vod: true },
  });
  expect(stream.recording).toEqual({ hls_vod: true, single_file_per_layer: true });
  await waitFor(
    'the stream runs',
    async () => (await rest<LiveStreamObject>('GET', `/live-streams/${stream.id}`)).status === 'running',
    PATIENCE_MS,
  );
  await waitFor('it is recorded', async () => (await recordingState()).hls?.running === true, PATIENCE_MS);
  const { id } = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/start`);
  await waitFor('it is recorded twice', async () => (await newest()).status === 'running', PATIENCE_MS);
  await recorded(id, 4);
  await rest('POST', `/recordings/room/${roomId}/stop`);
  expect((await finished(id)).status).toBe('completed');
  const master = await (await fetch(stream.playback.url)).text();
  const media = master.split('\n').find((line) => line !== '' && !line.startsWith('#'))!;
  const playlist = await (await fetch(new URL(media, stream.playback.url))).text();
  expect(playlist).not.toMatch(/DISCONTINUITY|ENDLIST/);
  await rest('POST', `/live-streams/${stream.id}/stop`);
  const over = await waitFor(
    'its files are finished',
    async () => {
      const found = await rest<LiveStreamObject>('GET', `/live-streams/${stream.id}`);
      return found.status === 'completed' ? found : undefined;
    },
    PATIENCE_MS,
  );
  const layers = over.recording_assets!.filter(({ type }) => type === 'room-composite');
  expect(layers.map(({ metadata }) => metadata.layer)).toEqual(layers.map((_, at) => String(at)));
  await judge(layers[0]!.id, layers[0]!.metadata.resolution!);
  const vod = over.recording_assets!.find(({ type }) => type === 'room-vod')!;
  expect(vod.metadata).toMatchObject({ num_layers: String(layers.length) });
  const { url } = await rest<PresignedUrl>('GET', `/recording-assets/${vod.id}/presigned-url`);
  expect(await complaints(url)).toBe('');
  const cues = parseThumbnails(await (await fetch(new URL('thumbnails.vtt', url))).text());
  expect(cues[0]!.startsAt).toBeLessThan(0.1);
  const images = [...new Set(cues.map((cue) => cue.uri))];
  expect(vod.thumbnails!.map((path) => path.split('/').at(-1))).toEqual(images);
  for (const image of images) {
    const args = ['-v', 'error', '-i', new URL(image, url).href, '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
    const { width, height } = cues[0]!;
    expect((await run('ffmpeg', args)).byteLength).toBe(width * 5 * height * 5);
  }
});

it('REC17, REC18: what happens in a pause is in no file, also when the process is killed in it; the public client sees it', async () => {
  const { id } = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/start`);
  await waitFor('it runs', async () => (await newest()).status === 'running', PATIENCE_MS);
  await recorded(id, 4);
  const paused = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/pause`);
  expect(paused).toMatchObject({ id, status: 'running', recording_paused: true });
  await runsAtClient(false);
  const pausedAt = Date.now();
  const pid = egressPid(amphi);
  process.kill(pid, 'SIGKILL');
  await waitFor('another process composes', () => egressPid(amphi) !== pid, PATIENCE_MS);
  const resumedAt = Date.now();
  await rest('POST', `/recordings/room/${roomId}/resume`);
  await runsAtClient(true);
  await recorded(id, 4);
  expect(await rest('POST', `/recordings/${id}/stop`)).toMatchObject({ status: 'stopping' });
  const { status, recording_assets: assets } = await finished(id);
  expect([status, assets?.length]).toEqual(['completed', 2]);
  for (const asset of assets!) await judge(asset.id, asset.metadata.resolution!);
  const [before, after] = assets!;
  const clocks = async ({ id, metadata }: (typeof assets & object)[number]): Promise<number[]> => {
    const { width, height } = metadata.resolution!;
    const frames = await decodeLuma(join(folder, `${id}.mp4`), width, height);
    return frames.map(({ luma }) => (readBarcode(luma, { x: 0, y: 0, width }) - resumedAt) | 0);
  };
  // What is drawn first may have been captured a moment before.
  const inPause = (clock: number): boolean => clock > pausedAt - resumedAt && clock < -1_000;
  for (const asset of [before!, after!]) expect((await clocks(asset)).filter(inPause)).toEqual([]);
});

it('REC15, REC17: a page of another origin plays what was kept of a live stream over a pause, without a stop', async () => {
  const { id } = await rest<LiveStreamObject>('POST', `/live-streams/room/${roomId}/start`, {
    recording: { hls_vod: true },
  });
  const keeps = (isRunning: boolean) =>
    waitFor('it is so', async () => (await recordingState()).hls?.running === isRunning, PATIENCE_MS);
  await waitFor('it is kept', async () => Boolean((await recordingState()).hls?.startedAt), PATIENCE_MS);
  const [run] = await readdir(join(amphi.dataDir, 'recordings', id));
  const parts = async (): Promise<number> => {
    const sound = await readFile(join(amphi.dataDir, 'recordings', id, run!, 'vod/audio.mp4'), 'latin1');
    return sound.split('moof').length - 1;
  };
  await waitFor('four seconds', async () => (await parts()) >= 12, PATIENCE_MS);
  expect(await rest('POST', `/live-streams/${id}/pause-recording`)).toMatchObject({
    status: 'running',
    recording_paused: true,
  });
  await keeps(false);
  const before = await parts();
  await rest('POST', `/live-streams/${id}/resume-recording`);
  await keeps(true);
  await waitFor('four seconds more', async () => (await parts()) >= before + 12, PATIENCE_MS);
  await rest('POST', `/live-streams/${id}/stop`);
  const { recording_assets: assets } = await waitFor(
    'its files are finished',
    async () => {
      const found = await rest<LiveStreamObject>('GET', `/live-streams/${id}`);
      return found.status === 'completed' ? found : undefined;
    },
    PATIENCE_MS,
  );
  const [asset] = assets!;
  const { url } = await rest<PresignedUrl>('GET', `/recording-assets/${asset!.id}/presigned-url`);
  const viewer = await openPage(browser, {});
  await viewer.page.goto(page.url);
  await viewer.page.addScriptTag({ path: createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js') });
  const played = await viewer.page.evaluate(playToTheEnd, url);
  expect(played.troubles).toEqual([]);
  // One piece from its beginning to its end, as long as what was written.
  expect(played.buffered).toHaveLength(1);
  expect(Math.abs(played.seconds - asset!.duration)).toBeLessThan(1);
  // Dates go on with the pictures, but for the pause.
  const leaps = played.dates.filter(({ late }) => Math.abs(late) > 300);
  expect(leaps.length).toBeGreaterThan(0);
  expect(new Set(leaps.map(({ late }) => Math.round(late / 200))).size).toBe(1);
  expect(leaps[0]!.late).toBeGreaterThan(0);
  await viewer.page.close();
});

/** What the page makes of a playlist: it is given to the browser as it stands here. */
async function playToTheEnd(url: string) {
  interface Player {
    readonly playingDate: Date | null;
    on(name: string, listener: (name: string, trouble: { readonly details: string }) => void): void;
    loadSource(url: string): void;
    attachMedia(video: HTMLVideoElement): void;
  }
  const { Hls } = window as unknown as { Hls: new () => Player };
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const troubles: string[] = [];
  const dates: { readonly at: number; readonly date: number }[] = [];
  const player = new Hls();
  player.on('hlsError', (_, { details }) => troubles.push(details));
  player.loadSource(url);
  player.attachMedia(video);
  video.addEventListener('timeupdate', () => {
    if (player.playingDate) dates.push({ at: video.currentTime * 1000, date: player.playingDate.getTime() });
  });
  const ended = new Promise((resolve) => video.addEventListener('ended', resolve));
  await video.play();
  await ended;
  const [first] = dates;
  return {
    troubles,
    seconds: video.currentTime,
    buffered: Array.from({ length: video.buffered.length }, (_, at) => [
      video.buffered.start(at),
      video.buffered.end(at),
    ]),
    dates: dates.map(({ at, date }) => ({ at, late: date - first!.date - (at - first!.at) })),
  };
}

it('REC5: a recording whose process is killed goes on in another file; both play', async () => {
  const { id } = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/start`);
  await waitFor('it runs', async () => (await newest()).status === 'running', PATIENCE_MS);
  await recorded(id, 4);
  process.kill(egressPid(amphi), 'SIGKILL');
  const job = join(amphi.dataDir, 'recordings', id);
  const grows = async (): Promise<boolean> => {
    const runs = await readdir(job);
    return runs.length === 2 && (await readdir(join(job, runs.sort()[1]!))).length > 0;
  };
  await waitFor('another process records', grows, PATIENCE_MS);
  await recorded(id, 4);
  await rest('POST', `/recordings/${id}/stop`);
  const { status, recording_assets: assets } = await finished(id);
  expect([status, assets?.length]).toEqual(['completed', 2]);
  for (const asset of assets!) await judge(asset.id, asset.metadata.resolution!);
});

it('REC6: a recording goes on after the server was killed, under its id', async () => {
  const { id } = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/start`);
  await waitFor('it runs', async () => (await newest()).status === 'running', PATIENCE_MS);
  await recorded(id, 3);
  const before = amphi.serverPid();
  process.kill(before, 'SIGKILL');
  await waitFor('another server runs', () => amphi.serverPid() !== before, PATIENCE_MS);
  await waitFor(
    'another process records',
    async () => (await readdir(join(amphi.dataDir, 'recordings', id))).length === 2,
    PATIENCE_MS,
  );
  await waitFor('Hana is back', async () => (await recordingState()).browser?.running === true, PATIENCE_MS);
  await waitFor('her clock runs in it again', async () => (await clocksUntilNow(id)) >= 60, PATIENCE_MS);
  await rest('POST', `/recordings/${id}/stop`);
  const { status, recording_assets: assets } = await finished(id);
  expect([status, assets?.length]).toEqual(['completed', 2]);
  const [first, second] = assets!;
  await judge(first!.id, first!.metadata.resolution!);
  await judge(second!.id, second!.metadata.resolution!, 'her');
});

it('REC7: twenty starts and stops without a failure', async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { id } = await rest<RecordingObject>('POST', `/recordings/room/${roomId}/start`);
    ids.add(id);
    await rest('POST', `/recordings/${id}/stop`);
  }
  expect(ids.size).toBe(20);
  for (const id of ids) expect((await finished(id)).status).toBe('completed');
});

it('REC32, REC34, REC36, REC37, REC39: each track is recorded by itself, which the room is told, over a mute and kills of the process that does it and of the server', async () => {
  const { data } = await rest<{ data: { template_id: string }[] }>('GET', '/rooms');
  const { template_id } = data[0]!;
  const recordings = (enabled: boolean) => [{ name: 'default', role: 'broadcaster', trackRecording: { enabled } }];
  await rest('POST', `/templates/${template_id}/recordings`, recordings(true));
  const room = await rest<{ id: string }>('POST', '/rooms', { name: 'interview', template_id });
  const { code } = await rest<{ code: string }>('POST', `/room-codes/room/${room.id}/role/broadcaster`);
  const ofViewer = await rest<{ code: string }>('POST', `/room-codes/room/${room.id}/role/hls-viewer`);
  // One page with a camera is enough for this machine.
  await host.page.close();
  const camera = barcodeCameraScript({ width: 640, height: 360, frameRate: 15, toneHz: 1000 });
  host = await openPage(browser, { initScripts: [camera] });
  await host.page.goto(page.url);
  const viewer = await openPage(browser);
  await joinRoom(viewer, `${amphi.links.url}/meeting/${ofViewer.code}`, 'Vic');
  await viewer.page.getByTestId('leave').waitFor({ timeout: PATIENCE_MS });
  const badge = viewer.page.getByTestId('recording-badge');
  expect(await badge.count()).toBe(0);
  const jobs = () => readdir(join(amphi.dataDir, 'recordings')).catch((): string[] => []);
  const before = new Set(await jobs());
  const options = {
    userName: 'Noa',
    roomCode: code,
    tokenEndpoint: `${amphi.links.url}/v2/token`,
    initEndpoint: `${amphi.links.url}/?https://`,
  };
  await host.page.evaluate((options) => window.genuine.join(options), options);
  const id = await waitFor(
    'tracks are recorded',
    async () => (await jobs()).find((name) => !before.has(name)),
    PATIENCE_MS,
  );
  const job = join(amphi.dataDir, 'recordings', id);
  /** Of the newest file of a kind: its clusters, of a second at most. */
  const clusters = async (runs: number, kind: string): Promise<number> => {
    const found = (await readdir(job)).sort();
    const run = found[runs - 1];
    const name = run && (await readdir(join(job, run))).sort().findLast((each) => each.includes(kind));
    return name ? (await readFile(join(job, run, name), 'latin1')).split('\x1f\x43\xb6\x75').length - 1 : 0;
  };
  const grown = (runs: number, kind: string, to: number) =>
    waitFor(`${to} clusters of ${kind}`, async () => (await clusters(runs, kind)) >= to, PATIENCE_MS);
  await grown(1, 'audio', 4);
  await grown(1, 'video', 4);
  expect((await recordingState()).server?.running).toBe(true);
  await badge.waitFor({ timeout: PATIENCE_MS });
  expect(await badge.getAttribute('title')).toMatch(/each in a file of its own/);
  await host.page.evaluate(() => window.genuine.setMicrophone(false));
  await grown(1, 'video', (await clusters(1, 'video')) + 4);
  await host.page.evaluate(() => window.genuine.setMicrophone(true));
  await grown(1, 'audio', (await clusters(1, 'audio')) + 4);
  await grown(1, 'video', (await clusters(1, 'video')) + 1);
  process.kill(egressPid(amphi), 'SIGKILL');
  await grown(2, 'audio', 4);
  await grown(2, 'video', 4);
  const server = amphi.serverPid();
  process.kill(server, 'SIGKILL');
  await waitFor('another server runs', () => amphi.serverPid() !== server, PATIENCE_MS);
  await grown(3, 'audio', 4);
  await grown(3, 'video', 4);
  await waitFor('Noa is told again', async () => (await recordingState()).server?.running === true, PATIENCE_MS);
  await badge.waitFor({ timeout: PATIENCE_MS });
  await viewer.page.close();
  await rest('POST', `/active-rooms/${room.id}/end-room`, { reason: 'over', lock: false });
  const assets = await waitFor(
    'their files are finished',
    async () => {
      const list = `/recording-assets?type=track&room_id=${room.id}`;
      const { data } = await rest<{ data: RecordingAssetObject[] }>('GET', list);
      return data.length > 0 ? data : undefined;
    },
    PATIENCE_MS,
  );
  const kinds = assets.map(({ job_id, metadata }) => `${job_id === id} ${metadata.track_type} ${metadata.user_name}`);
  expect([...new Set(kinds)].sort()).toEqual(['true audio Noa', 'true video Noa']);
  // Of each process one of each kind at least; a track that comes anew after the server's end has another.
  for (const kind of new Set(kinds)) expect(kinds.filter((each) => each === kind).length).toBeGreaterThanOrEqual(3);
  for (const { id: assetId, metadata, path, size, duration } of assets) {
    expect(path).toMatch(new RegExp(`/${room.id}/.*/${metadata.peer_id}/.*\\.(webm|mkv)$`));
    const { url } = await rest<PresignedUrl>('GET', `/recording-assets/${assetId}/presigned-url`);
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toMatch(/^video\/(webm|x-matroska|matroska)/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.byteLength).toBe(size);
    const file = join(folder, assetId);
    await writeFile(file, bytes);
    expect(await complaints(file)).toBe('');
    if (metadata.track_type === 'audio') {
      const { samples } = await decodeAudio(file);
      // As long as it was captured, whatever was muted of it.
      expect(Math.abs(samples.length / 48_000 - duration)).toBeLessThan(1);
      // A beep each second.
      if (duration >= 3) expect(beepOnsets({ startSeconds: 0, samples }).length).toBeGreaterThanOrEqual(1);
      continue;
    }
    const frames = await decodeLuma(file, 640, 360);
    // By when it says that it was captured, to what stands in the picture.
    const ages = frames.map(({ luma, ptsSeconds }) => {
      const claimed = Date.parse(metadata.started_at!) + ptsSeconds * 1000;
      return (Math.round(claimed) - readBarcode(luma, { x: 0, y: 0, width: 640 })) | 0;
    });
    const right = ages.filter((age) => age > -1_000 && age < 5_000);
    expect(right.length / ages.length, `${ages}`).toBeGreaterThan(0.8);
  }
  // What the mute was silence for is in the file, so that sound and pictures of a person are as long as each other.
  const firstOf = (kind: string) =>
    assets
      .filter(({ metadata }) => metadata.track_type === kind)
      .sort((a, b) => Date.parse(a.metadata.started_at!) - Date.parse(b.metadata.started_at!))[0]!;
  const endOf = ({ metadata, duration }: RecordingAssetObject) => Date.parse(metadata.started_at!) + duration * 1000;
  expect(Math.abs(endOf(firstOf('audio')) - endOf(firstOf('video')))).toBeLessThan(4_000);
});
