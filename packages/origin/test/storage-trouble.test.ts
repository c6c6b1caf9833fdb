import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock, waitFor } from '@amphi/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDiskStorage, createMemoryStorage, type MediaStorage } from '../src/index.ts';
import { DESCRIPTION, Feeder, type OriginServer, startOrigin, TOKEN } from './origin-server.ts';

const PART = 'generation=0&duration=0.5&independent=0&last=0&programDateTimeMs=1793000000000';

let server: OriginServer;
let clock: VirtualClock;
/** What `put` does instead of storing. */
let trouble: (() => Promise<void>) | undefined;

beforeEach(async () => {
  clock = new VirtualClock();
  trouble = undefined;
  const memory = createMemoryStorage();
  const storage: MediaStorage = {
    ...memory,
    get memoryBytes() {
      return memory.memoryBytes;
    },
    put: (key, data) => trouble?.() ?? memory.put(key, data),
  };
  server = await startOrigin({ clock, storage, settings: { maxUnwrittenBytes: 10_000 } });
});
afterEach(() => server.close());

const put = (part: number, bytes: number): Promise<Response> =>
  fetch(
    `${server.ingest}/streams/s1/renditions/v720/parts/1/${part}?${PART.replace('independent=0', `independent=${part === 0 ? 1 : 0}`)}`,
    {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'video/mp4' },
      body: Buffer.alloc(bytes, part),
    },
  );
const playlist = async (): Promise<string> => (await fetch(`${server.hls}/s1/v720/index.m3u8`)).text();

async function liveStream(): Promise<void> {
  const feeder = new Feeder(server.client('s1'));
  await feeder.attach();
  await feeder.feed(4);
}

it('OR13: a full disk is told as such, announces nothing, and is gone when there is room again', async () => {
  await liveStream();
  const before = await playlist();
  trouble = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  const refused = await put(0, 100);
  expect(refused.status).toBe(507);
  expect(await refused.json()).toMatchObject({
    details: ['storage_full'],
    message: expect.stringMatching(/part-1\.0\.m4s .*free space where the data directory lies/),
  });
  expect(await playlist()).toBe(before);
  trouble = undefined;
  expect((await put(0, 100)).status).toBe(204);
  expect(await playlist()).toContain('INDEPENDENT=YES,URI="part-1.0.m4s"');
});

it('OR13: a storage that never finishes is given up after its time; what waits is bounded, and the stream can be ended', async () => {
  await liveStream();
  let finish = (): void => {};
  trouble = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const stuck = put(0, 4_000);
  await waitFor('it is being written', () => clock.pending === 2);
  const second = put(0, 4_000);
  const third = put(0, 4_000);
  // Of those two one is beyond the bound, at once; the other fails with the first.
  const early = await Promise.race([second, third]);
  expect([early.status, await early.json()]).toMatchObject([
    507,
    { details: ['storage_slow'], message: expect.stringMatching(/at most 10000 may/) },
  ]);
  clock.advance(4_000);
  const late = await stuck;
  expect([late.status, await late.json()]).toMatchObject([
    507,
    { details: ['storage_slow'], message: expect.stringMatching(/not written within 4 s/) },
  ]);
  await Promise.all([second, third]);
  // None waits behind what is stuck.
  expect((await put(0, 100)).status).toBe(507);
  await server.origin.end('s1');
  expect(await playlist()).toContain('#EXT-X-ENDLIST');
  finish();
});

it('OR13: a part that could not be written to a directory is neither announced nor kept in memory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'amphi-trouble-'));
  const storage = createDiskStorage({ directory: join(root, 'gone') });
  const own = await startOrigin({ clock, storage });
  const client = own.client('s1');
  await client.attach(DESCRIPTION);
  await rm(root, { recursive: true });
  await writeFile(root, 'a file where the directory was');
  await expect(client.putInit('v720', Buffer.from('init'))).rejects.toThrow(/507 .*storage_failed/);
  expect(storage.memoryBytes).toBe(0);
  await own.close();
  await rm(root);
});
