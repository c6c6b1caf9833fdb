import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDatabaseTemplate, openStore, type Store } from '../src/index.ts';
import { describeStoreContract } from './store-contract.ts';

describe('embedded in a folder', () => {
  const clock = new VirtualClock();
  let folder: string;
  let store: Store;

  beforeAll(async () => {
    await ensureDatabaseTemplate();
    folder = await mkdtemp(join(tmpdir(), 'amphi-store-'));
    store = await openStore({ dataDir: join(folder, 'database'), clock });
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  describeStoreContract(() => ({ store, clock }));

  it('keeps what it wrote, and others out of the folder', async () => {
    const first = await store.workspaces.first();
    expect(first).toBeDefined();
    await store.close();
    store = await openStore({ dataDir: join(folder, 'database'), clock });
    expect(await store.workspaces.first()).toEqual(first);
    expect((await stat(join(folder, 'database'))).mode & 0o077).toBe(0);
  });

  it('makes the database whole or not at all', async () => {
    const blocked = join(folder, 'blocked');
    await mkdir(blocked);
    await writeFile(join(blocked, 'something-else'), 'x');
    await expect(openStore({ dataDir: blocked, clock })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readdir(blocked)).toEqual(['something-else']);
    expect((await readdir(folder)).sort()).toEqual(['blocked', 'database']);
  });
});

// Makes a cluster, which takes seconds of CPU time.
it('works in memory', { timeout: 60_000 }, async () => {
  const store = await openStore();
  const { workspace } = await store.workspaces.create({ name: 'Gone soon' });
  expect(await store.workspaces.first()).toEqual(workspace);
  await store.close();
});
