import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type AmphiServer, startAmphi, waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimsOf, developerOf, WireClient } from './wire.ts';

/** The back end of `docs/quickstart.md`, made of the page's own pieces, against a server with its egress. */

const PAGE = fileURLToPath(new URL('../../docs/quickstart.md', import.meta.url));
const PIECE = /^```js\n([\s\S]*?)^```$/gm;

let amphi: AmphiServer;
let folder: string;
let backEnd: ChildProcess;
const printed: string[] = [];
let problems = '';

beforeAll(async () => {
  amphi = await startAmphi({ env: { AMPHI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES: 'true' } });
  folder = await mkdtemp(join(tmpdir(), 'amphi-quickstart-'));
  const pieces = [...(await readFile(PAGE, 'utf8')).matchAll(PIECE)].map(([, piece]) => piece);
  expect(pieces.length).toBeGreaterThan(6);
  const program = join(folder, 'back-end.mjs');
  await writeFile(program, pieces.join('\n'));
  const { accessKey, secret } = await developerOf(amphi);
  backEnd = spawn(process.execPath, [program], {
    env: { ...process.env, AMPHI_URL: amphi.links.url, AMPHI_ACCESS_KEY: accessKey, AMPHI_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface({ input: backEnd.stdout! }).on('line', (line) => printed.push(line));
  backEnd.stderr!.on('data', (data: Buffer) => {
    problems += data.toString();
  });
});

afterAll(async () => {
  backEnd?.kill('SIGKILL');
  if (folder) await rm(folder, { recursive: true, force: true });
  expect(await amphi?.stop()).toBe(0);
});

/** What the back end prints after `word`, once it does. */
async function said(word: string): Promise<string> {
  const line = await waitFor(
    `the back end prints "${word}"`,
    () => {
      if (backEnd.exitCode !== null) throw new Error(`it ended with ${backEnd.exitCode}: ${problems}`);
      return printed.find((text) => text.startsWith(`${word} `));
    },
    90_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${printed.join('\n')}\n${problems}`);
  });
  return line.slice(word.length + 1);
}

let broadcaster: WireClient;

it('makes a room with a link for each role, which let people in', async () => {
  expect(await said('room')).toMatch(/^[0-9a-f]{24}$/);
  await said('token');
  const links = printed.filter((line) => line.startsWith('link '));
  expect(links.map((line) => line.split(' ')[1])).toContain('broadcaster');
  const code = links
    .find((line) => line.startsWith('link hls-viewer'))!
    .split('/')
    .at(-1);
  const answer = await fetch(`${amphi.links.url}/v2/token`, { method: 'POST', body: JSON.stringify({ code }) });
  expect(answer.status).toBe(200);
  expect(claimsOf(((await answer.json()) as { token: string }).token)).toMatchObject({ role: 'hls-viewer' });
});

it('is told who comes by the token that it signed, and starts the stream, which can be played', async () => {
  broadcaster = await WireClient.open(amphi, await said('token'));
  expect(await broadcaster.request('join', { name: 'Ann', data: '' })).toMatchObject({ result: {} });
  expect(await said('joined')).toBe('broadcaster user-7');
  const playlist = await fetch(await said('playlist'));
  expect([playlist.status, (await playlist.text()).split('\n')[0]]).toEqual([200, '#EXTM3U']);
});

it('ends the session when it is told to end, hears of that, and ends', async () => {
  const exited = once(backEnd, 'exit');
  backEnd.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  const events = printed.filter((line) => line.startsWith('event ')).map((line) => line.slice('event '.length));
  expect(events[0]).toBe('session.open.success');
  // The end of the stream is told when its last seconds are written, which may be later.
  expect(events.filter((type) => type !== 'hls.stopped.success').at(-1)).toBe('session.close.success');
  expect(events).toEqual(expect.arrayContaining(['hls.started.success', 'room.end.success']));
  expect(new Set(events).size).toBe(events.length);
  expect(problems).toBe('');
});
