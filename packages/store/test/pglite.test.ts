import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { describeStoreContract, HandClock } from './store-contract.ts';

describe('embedded in a folder', () => {
  const clock = new HandClock();
  let folder: string;
  let store: Store;

  beforeAll(async () => {
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
});
