import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiveStreamObject, PageStatus } from '@amphi/protocol';
import { type AmphiServer, beepOnsets, decodeAudio, startAmphi, toneAmplitude, waitFor } from '@amphi/testkit';
import { barcodeCameraScript } from '@amphi/testkit/barcode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilClocksRun } from './stream-judge.ts';
import { recordStream, segmentsFromNow, withSegments } from './stream-recorder.ts';
import { developerOf, tokenFor, WireClient } from './wire.ts';

/** A page of the customer's in place of the stage, by the Chromium of this machine. */

const SIZE = { width: 1280, height: 720 };
/** Of what is judged. */
const SMALL = { width: 640, height: 360 };
const WHOLE = { x: 0, y: 0, ...SMALL };
const TONE_HZ = 1000;
const PATIENCE_MS = 120_000;

const EGRESS = fileURLToPath(new URL('../../apps/egress/dist/main.js', import.meta.url));
const CHROMIUM = process.env.AMPHI_CHROMIUM ?? '/usr/bin/chromium';
/** For pages that are never seen. */
const SHORT_MS = 4_000;

/** Where the server, and what it starts, puts what is for a time. */
const folder = mkdtempSync(join(tmpdir(), 'amphi-web-'));

let amphi: AmphiServer;
let pages: Server;
let pageUrl: string;
let person: WireClient;
let managementToken: string;
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
    env: {
      TMPDIR: folder,
      AMPHI_WEB_COMPOSITION_CHROMIUM: CHROMIUM,
      AMPHI_WEB_COMPOSITION_ALLOW_PRIVATE_ADDRESSES: 'true',
      // Of a machine that has other things to do.
      AMPHI_WEB_COMPOSITION_JOIN_TIMEOUT_S: '60',
    },
  });
  ({ managementToken } = await developerOf(amphi));
  const { data } = (await rest('GET', '/rooms')) as { data: { id: string }[] };
  roomId = data[0]!.id;
  person = await WireClient.open(amphi, await tokenFor(amphi, 'broadcaster'));
  await person.notification('on-policy-change');
  expect((await person.request('join', { name: 'Bea', data: '' })).error).toBeUndefined();
});

afterAll(async () => {
  person?.close();
  expect(await amphi?.stop()).toBe(0);
  pages?.close();
  pages?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

async function rest(method: 'GET' | 'POST', path: string, body: object = {}): Promise<unknown> {
  const answer = await fetch(`${amphi.links.local}/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${managementToken}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  });
  return answer.json();
}

const start = async (url: string): Promise<LiveStreamObject> =>
  (await rest('POST', `/live-streams/room/${roomId}/start`, { meeting_url: url })) as LiveStreamObject;

const untilStatus = (id: string, status: string): Promise<unknown> =>
  waitFor(
    `the stream is ${status}`,
    async () => ((await rest('GET', `/live-streams/${id}`)) as LiveStreamObject).status === status,
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

  const before = count('/clock');
  const [pid] = pagePids();
  process.kill(pid!, 'SIGKILL');
  await waitFor('it is opened again', () => count('/clock') > before, PATIENCE_MS);
  await untilClocksRun(() => segmentsFromNow(playback.url, SIZE), SMALL, [WHOLE]);

  await rest('POST', `/live-streams/${id}/stop`);
  await untilStatus(id, 'completed');
  await untilNothingIsLeft();
}, 240_000);

it('WEB2, WEB5: what cannot be shown is refused, or tried three times and told', async () => {
  expect(await start('file:///etc/passwd')).toMatchObject({
    code: 400,
    message: expect.stringMatching(/meeting_url.*http and https/),
  });
  const before = count('/missing');
  const { id } = await start(`${pageUrl}/missing`);
  await untilStatus(id, 'failed');
  expect(count('/missing') - before).toBe(3);
  await untilNothingIsLeft();
}, 240_000);

/** One try by the page's own program, as the server starts it. @returns what it said in the end, when nothing is left of it */
async function tryOf(path: string, timeoutMs: number): Promise<PageStatus | undefined> {
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
