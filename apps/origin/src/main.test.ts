import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlaybackLinks } from '@amphi/origin';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOKEN = '0123456789abcdef';
/** A program started from source compiles itself first, however busy the machine is. */
const START_MS = 120_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'origin-test-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function start(env: Record<string, string>): { child: ReturnType<typeof spawn>; output: () => string } {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', MAIN], {
    env: { ...process.env, AMPHI_ORIGIN_HOST: '127.0.0.1', AMPHI_ORIGIN_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  return { child, output: () => output };
}

/** Where it listens, once it does. */
async function urlOf({ child, output }: ReturnType<typeof start>): Promise<string> {
  const exited = once(child, 'exit');
  for (;;) {
    const url = /Server listening at (http:[^"]+)/.exec(output())?.[1];
    if (url) return url;
    await Promise.race([once(child.stdout!, 'data'), exited]);
    if (child.exitCode !== null) throw new Error(output());
  }
}

it(
  'listens, tells its health, stops at SIGTERM with 0',
  async () => {
    const started = start({ AMPHI_ORIGIN_INGEST_TOKEN: TOKEN });
    const { child } = started;
    const exited = once(child, 'exit');
    const url = await urlOf(started);
    const get = (path: string): Promise<Response> => fetch(`${url}${path}`);
    expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200]);
    expect((await get('/hls/none/master.m3u8')).status).toBe(404);
    expect((await fetch(`${url}/ingest/streams/s`, { method: 'PUT' })).status).toBe(401);
    expect(await (await get('/metrics')).text()).toMatch(
      /\namphi_origin_waiting_requests 0\n[\s\S]*\namphi_playback_answers_total 1\n/,
    );
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
  },
  START_MS,
);

it(
  'SGN1: with the key it takes signed streams, and asks for their signature; without it refuses them',
  async () => {
    const key = Buffer.alloc(32, 7);
    const file = join(folder, 'playback.key');
    await writeFile(file, key);
    const description = {
      targetDurationSeconds: 2,
      playlistType: 'live',
      windowSegments: 5,
      isSigned: true,
      renditions: [
        {
          ...{ id: 'audio', kind: 'audio', channels: 2, codecs: 'mp4a.40.2' },
          ...{ bandwidthBps: 64_000, partTargetSeconds: 1 / 3 },
        },
      ],
    };
    const attach = async (env: Record<string, string>) => {
      const started = start({ AMPHI_ORIGIN_INGEST_TOKEN: TOKEN, ...env });
      const url = await urlOf(started);
      const answer = await fetch(`${url}/ingest/streams/s1`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(description),
      });
      const signed = new PlaybackLinks({ key }).pathOf('s1', Date.now() + 60_000);
      const played = await Promise.all(
        ['s1/master.m3u8', signed].map(async (path) => (await fetch(`${url}/hls/${path}`)).status),
      );
      const exited = once(started.child, 'exit');
      started.child.kill('SIGTERM');
      await exited;
      return [answer.status, ...played];
    };
    // Of what may be played there is nothing yet.
    expect(await attach({ AMPHI_ORIGIN_PLAYBACK_KEY_FILE: file })).toEqual([200, 403, 404]);
    expect((await attach({}))[0]).toBe(400);
  },
  2 * START_MS,
);

it(
  'says what is wrong with its settings and exits with 1',
  async () => {
    const { child, output } = start({ AMPHI_ORIGIN_INGEST_TOKEN: 'short' });
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(output()).toMatch(
      /^AMPHI_ORIGIN_INGEST_TOKEN: too short; allowed: 16 characters or more, without spaces\n$/,
    );
  },
  START_MS,
);
