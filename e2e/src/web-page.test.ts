import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExternalStreamObject, LiveStreamObject, PageStatus, PresignedUrl } from '@amphi/protocol';
import {
  type AmphiServer,
  beepOnsets,
  complaints,
  decodeAudio,
  decodeLuma,
  freePort,
  readBarcode,
  startAmphi,
  toneAmplitude,
  waitFor,
} from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasBytes, startPlatform } from './rtmp-platform.ts';
import { untilClocksRun } from './stream-judge.ts';
import { recordStream, segmentsFromNow, withSegments } from './stream-recorder.ts';
import { type Rest, restOf, tokenFor, WireClient } from './wire.ts';

/** A page of the customer's in place of the stage, by the Chromium of this machine. */

const SIZE = { width: 1280, height: 720 };
/** Of what is judged. */
const SMALL = { width: 640, height: 360 };
const WHOLE = { x: 0, y: 0, ...SMALL };
const TONE_HZ = 1000;
const PATIENCE_MS = 120_000;
const PING_MS = 3_000;

const EGRESS = fileURLToPath(new URL('../../apps/egress/dist/main.js', import.meta.url));
const CHROMIUM = process.env.AMPHI_CHROMIUM ?? '/usr/bin/chromium';
/** Of a page that is known by it from the other tabs. */
const LARGE_MB = 400;
/** For pages that are never seen. */
const SHORT_MS = 4_000;

/** Where the server, and what it starts, puts what is for a time. */
const folder = mkdtempSync(join(tmpdir(), 'amphi-web-'));

let amphi: AmphiServer;
let pages: Server;
let pageUrl: string;
let person: WireClient | undefined;
let pings: NodeJS.Timeout;
let rest: Rest;
let roomId: string;
const visits: string[] = [];

beforeAll(async () => {
  pages = createServer((request, answer) => {
    if (request.url !== '/favicon.ico') visits.push(request.url ?? '');
    if (request.url === '/silent') return;
    if (request.url === '/elsewhere') {
      answer.writeHead(302, { location: 'http://10.0.0.1/secret' }).end();
      return;
    }
    if (request.url === '/large') {
      answer.writeHead(200, { 'content-type': 'text/html' });
      answer.end(`<p>Seen</p><script>globalThis.kept = new Uint8Array(${LARGE_MB}e6).fill(1)</script>`);
      return;
    }
    if (request.url === '/hung') {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>Seen</p><script>while (true);</script>');
      return;
    }
    answer.writeHead(request.url === '/clock' ? 200 : 404, { 'content-type': 'text/html' });
    answer.end(`<body style="margin:0;background:#000"><script>${barcodeCameraScript({ ...SIZE, frameRate: 15 })}</script>
      <video autoplay playsinline style="display:block;width:100vw;height:100vh"></video>
      <script>navigator.mediaDevices.getUserMedia({ video: true, audio: true }).then((stream) => {
        document.querySelector('video').srcObject = stream;
      })</script>`);
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  pageUrl = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  amphi = await startAmphi({
    supervised: true,
    env: {
      TMPDIR: folder,
      AMPHI_WEB_COMPOSITION_CHROMIUM: CHROMIUM,
      AMPHI_WEB_COMPOSITION_ALLOW_PRIVATE_ADDRESSES: 'true',
      AMPHI_RTMP_ALLOW_PRIVATE_ADDRESSES: 'true',
      // Of a machine that has other things to do.
      AMPHI_WEB_COMPOSITION_JOIN_TIMEOUT_S: '60',
    },
  });
  rest = await restOf(amphi);
  const { data } = await rest<{ data: { id: string }[] }>('GET', '/rooms');
  roomId = data[0]!.id;
  await enter();
});

/** Somebody has to be in the room, and to be heard of now and then. */
async function enter(): Promise<void> {
  person?.close();
  person = await WireClient.open(amphi, await tokenFor(amphi, 'broadcaster'));
  await person.notification('on-policy-change');
  expect((await person.request('join', { name: 'Bea', data: '' })).error).toBeUndefined();
  clearInterval(pings);
  pings = setInterval(() => person?.send(JSON.stringify({ id: 'ping', method: 'ping', params: {} })), PING_MS);
}

afterAll(async () => {
  clearInterval(pings);
  person?.close();
  expect(await amphi?.stop()).toBe(0);
  pages?.close();
  pages?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const start = (url: string): Promise<LiveStreamObject> =>
  rest('POST', `/live-streams/room/${roomId}/start`, { meeting_url: url });

const untilStatus = (id: string, status: string): Promise<unknown> =>
  waitFor(
    `the stream is ${status}`,
    async () => (await rest<LiveStreamObject>('GET', `/live-streams/${id}`)).status === status,
    PATIENCE_MS,
  );

/** Processes whose command line has this in it. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Of tabs, in each browser that this server has started. */
const renderers = (): number[] => {
  const tabs = new Set(processesWith('--type=renderer'));
  return processesWith(folder).filter((pid) => tabs.has(pid));
};

/** Resident memory; 0 of a process that is gone. */
function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Neither a process of its browser nor a file. */
const untilNothingIsLeft = (): Promise<unknown> =>
  waitFor(
    'nothing is left of it',
    () => processesWith(folder).length === 0 && !readdirSync(folder).some((name) => name.startsWith('amphi-page-')),
    PATIENCE_MS,
  );

/** Of the page's own program, as the server tells of each. */
const pagePids = (): number[] =>
  [...amphi.output().matchAll(/"pid":(\d+)[^\n]*"page process started"/g)].map(([, pid]) => Number(pid));

const count = (path: string): number => visits.filter((visit) => visit === path).length;

it('WEB3, WEB4, WEB6: a page is seen and heard in the stream, comes back after a crash, and leaves nothing', async () => {
  const { id, playback, meeting_url: shown } = await start(`${pageUrl}/clock`);
  expect(shown).toBe(`${pageUrl}/clock`);
  await untilStatus(id, 'running');
  await untilClocksRun(() => segmentsFromNow(playback.url, SIZE), SMALL, [WHOLE]);
  let enough: number | undefined;
  const recorded = await recordStream(playback.url, (have) => {
    enough ??= have.length + 2;
    return have.length >= enough;
  });
  const audio = recorded.find(({ kind }) => kind === 'audio')!;
  const sound = await withSegments(audio.segments.slice(-2), decodeAudio);
  const beeps = beepOnsets(sound);
  expect(beeps.length).toBeGreaterThanOrEqual(1);
  const loudness = beeps.map((at) => toneAmplitude(sound, TONE_HZ, { from: at + 0.01, seconds: 0.05 }));
  expect(Math.max(...loudness)).toBeGreaterThan(0.02);

  // The page, the tab that captures it, and the one that is kept for the next page: none of the browser's own.
  expect(renderers().length).toBeLessThanOrEqual(3);

  const [pid] = pagePids();
  for (const crash of [
    () => process.kill(pid!, 'SIGKILL'),
    () => {
      for (const tab of renderers()) process.kill(tab, 'SIGKILL');
    },
  ]) {
    const before = count('/clock');
    crash();
    await waitFor('it is opened again', () => count('/clock') > before, PATIENCE_MS);
    await untilClocksRun(() => segmentsFromNow(playback.url, SIZE), SMALL, [WHOLE]);
  }
  expect(amphi.output()).toMatch(/"code":"(page_crashed|chromium_ended)"[^\n]*"page gone"/);
  expect(await rest('GET', `/live-streams/${id}`)).toMatchObject({ status: 'running', playback });

  await rest('POST', `/live-streams/${id}/stop`);
  await untilStatus(id, 'completed');
  await untilNothingIsLeft();
}, 240_000);

it('WEB2, WEB5, STR42: what cannot be shown is refused, or tried three times and told', async () => {
  await expect(start('file:///etc/passwd')).rejects.toThrow(/: 400 .*meeting_url.*http and https/);
  const before = count('/missing');
  const { id } = await start(`${pageUrl}/missing`);
  await untilStatus(id, 'failed');
  const { reason } = await rest<LiveStreamObject>('GET', `/live-streams/${id}`);
  expect(reason).toMatch(/meeting_url/);
  expect(count('/missing') - before).toBe(3);
  await untilNothingIsLeft();
}, 240_000);

/**
 * One try by the page's own program, as the server starts it.
 * @param meanwhile done while it is tried
 * @returns what it said in the end, when nothing is left of it
 */
async function tryOf(
  path: string,
  timeoutMs: number,
  meanwhile: () => Promise<void> = async () => {},
): Promise<PageStatus | undefined> {
  const own = mkdtempSync(join(folder, 'amphi-page-'));
  const program = fork(EGRESS, ['open-page'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(program, 'exit');
  let last: PageStatus | undefined;
  program.on('message', (status: PageStatus) => {
    last = status;
  });
  program.send({
    ...{ type: 'open', folder: own, url: `${pageUrl}${path}`, chromium: CHROMIUM },
    ...{ width: 640, height: 360, frameRate: 15, bitrateBps: 500_000, timeoutMs },
    // The address of the page alone is let through, as if it were a public one.
    ...{ allowPrivate: false, ownOrigins: [pageUrl] },
  });
  await meanwhile();
  expect(await exited).toEqual([0, null]);
  return last;
}

it.each([
  ['WEB5: one whose server says nothing', '/silent', 'page_slow', SHORT_MS],
  ['WEB5: one whose script never ends', '/hung', 'page_slow', SHORT_MS],
  ['WEB7: one that leads to an address that is not public', '/elsewhere', 'page_private', PATIENCE_MS / 2],
])(
  '%s is given up by the browser, which ends',
  async (_, path, code, timeoutMs) => {
    expect(await tryOf(path, timeoutMs)).toMatchObject({ type: 'gone', code });
    await untilNothingIsLeft();
  },
  120_000,
);

it.each([
  ['the page', 'page_crashed', (isPage: boolean) => isPage],
  ['the tab that captures it', 'chromium_ended', (isPage: boolean) => !isPage],
] as const)(
  'WEB4: a crash of %s is seen, and its browser ends',
  async (_, code, crashes) => {
    const isPage = (pid: number) => residentMb(pid) > LARGE_MB;
    const last = await tryOf('/large', PATIENCE_MS / 2, async () => {
      await waitFor('it is there', () => renderers().some(isPage), PATIENCE_MS);
      for (const pid of renderers().filter((each) => crashes(isPage(each)))) process.kill(pid, 'SIGKILL');
    });
    expect(last).toMatchObject({ type: 'gone', code });
    await untilNothingIsLeft();
  },
  120_000,
);

/** In a file of the page alone: its clock goes forward. */
async function expectClockRunsIn(path: string): Promise<void> {
  const frames = await decodeLuma(path, SMALL.width, SMALL.height);
  const now = Date.now() >>> 0;
  const ages = frames.map(({ luma }) => (now - readBarcode(luma, WHOLE)) | 0);
  // Before the page is there the slate is.
  const right = ages.filter((age) => age >= 0 && age < 600_000);
  expect(right).toEqual([...right].sort((a, b) => b - a));
  expect(new Set(right).size).toBeGreaterThan(5);
}

it('WEB9: a page that is live, recorded and sent elsewhere is shown once, and by the next server when this one is killed', async () => {
  const url = `rtmp://127.0.0.1:${await freePort()}/live/key`;
  const first = { path: join(folder, 'first.mkv'), opened: count('/clock'), pages: pagePids().length };
  const live = await start(`${pageUrl}/clock`);
  await untilStatus(live.id, 'running');
  let platform = startPlatform(url, first.path);
  try {
    const sent = await rest<ExternalStreamObject>('POST', `/external-streams/room/${roomId}/start`, {
      ...{ meeting_url: `${pageUrl}/clock`, rtmp_urls: [url], recording: true },
    });
    await untilClocksRun(() => segmentsFromNow(live.playback.url, SIZE), SMALL, [WHOLE]);
    await hasBytes(first.path, 300_000, PATIENCE_MS);
    expect(pagePids()).toHaveLength(first.pages + 1);
    expect(count('/clock')).toBe(first.opened + 1);

    const server = amphi.serverPid();
    const ended = once(platform, 'exit');
    process.kill(server, 'SIGKILL');
    await waitFor('another server runs', () => amphi.serverPid() !== server, PATIENCE_MS);
    await waitFor('somebody is in the room again', () => enter().then(() => true), PATIENCE_MS);
    await ended;
    const second = join(folder, 'second.mkv');
    platform = startPlatform(url, second);
    await waitFor('the page is opened again', () => count('/clock') > first.opened + 1, PATIENCE_MS);
    await untilClocksRun(() => segmentsFromNow(live.playback.url, SIZE), SMALL, [WHOLE]);
    const bytes = (await stat(second)).size;
    await hasBytes(second, bytes + 300_000, PATIENCE_MS);
    const done = once(platform, 'exit');
    await rest('POST', `/live-streams/${live.id}/stop`);
    await rest('POST', `/external-streams/${sent.id}/stop`);
    await untilStatus(live.id, 'completed');
    await done;
    for (const path of [first.path, second]) await expectClockRunsIn(path);
    const { recording_assets: assets, meeting_url: shown } = await waitFor(
      'the recording is finished',
      async () => {
        const found = await rest<ExternalStreamObject>('GET', `/external-streams/${sent.id}`);
        return found.status === 'completed' ? found : undefined;
      },
      PATIENCE_MS,
    );
    expect([shown, assets?.length]).toEqual([`${pageUrl}/clock`, 2]);
    for (const { id } of assets!) {
      const { url: from } = await rest<PresignedUrl>('GET', `/recording-assets/${id}/presigned-url`);
      const path = join(folder, `${id}.mp4`);
      writeFileSync(path, Buffer.from(await (await fetch(from)).arrayBuffer()));
      expect(await complaints(path)).toBe('');
      await expectClockRunsIn(path);
    }
    await untilNothingIsLeft();
  } finally {
    platform.kill('SIGKILL');
  }
}, 300_000);
