import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOKEN = '0123456789abcdef';
/** A program started from source compiles itself first, however busy the machine is. */
const START_MS = 120_000;

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

it(
  'listens, tells its health, stops at SIGTERM with 0',
  async () => {
    const { child, output } = start({ AMPHI_ORIGIN_INGEST_TOKEN: TOKEN });
    const exited = once(child, 'exit');
    let url: string | undefined;
    while (!url) {
      await Promise.race([once(child.stdout!, 'data'), exited]);
      if (child.exitCode !== null) throw new Error(output());
      url = /Server listening at (http:[^"]+)/.exec(output())?.[1];
    }
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
