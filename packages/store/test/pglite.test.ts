import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@amphi/base';
import { VirtualClock } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDatabaseTemplate, openDatabase, openStore, type Store } from '../src/index.ts';
import { migrationsFolder } from '../src/migrations-folder.ts';
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

  it('begins with our tables, which no start has to make', async () => {
    const { db, close } = await openDatabase({ dataDir: join(folder, 'copied') }, silentLogger);
    const answer = await db.execute('select count(*)::int as applied from drizzle.__drizzle_migrations');
    const migrations = (await readdir(migrationsFolder())).filter((name) => name.endsWith('.sql'));
    expect((answer as unknown as { readonly rows: readonly unknown[] }).rows).toEqual([{ applied: migrations.length }]);
    await close();
    await rm(join(folder, 'copied'), { recursive: true });
  });

  it('reads a page of a list in the order of an index, once it knows how long the list is', async () => {
    const dataDir = join(folder, 'long');
    await (await openStore({ dataDir, clock })).close();
    const { db, gatherStatistics, close } = await openDatabase({ dataDir }, silentLogger);
    const rows = `
      insert into workspaces (id, name, created_at) values ('w', 'Studio', now());
      insert into apps (id, workspace_id, name, subdomain, region, kit, created_at)
        values ('a', 'w', 'App', 'app', 'eu', 'custom', now());
      insert into templates (id, workspace_id, app_id, name, is_default, body, created_at, updated_at)
        values ('t', 'w', 'a', 'T', true, '{}', now(), now());
      insert into rooms (id, workspace_id, app_id, template_id, name, name_key, description, enabled, region, large_room,
        created_at, updated_at)
        select n, 'w', 'a', 't', n, n, '', true, 'auto', false, now(), now() from generate_series(1, 3000) as n`;
    for (const statement of rows.split(';')) await db.execute(statement);
    const planOf = async (): Promise<string> => {
      const plan = await db.execute(`explain select rooms.*, templates.name from rooms
        join templates on templates.id = rooms.template_id where rooms.workspace_id = 'w' order by rooms.id desc limit 100`);
      return JSON.stringify(plan);
    };
    expect(await planOf()).toContain('Sort');
    await gatherStatistics();
    expect(await planOf()).toMatch(/Index Scan Backward using rooms_(of_workspace|pkey)/);
    await close();
    await rm(dataDir, { recursive: true });
  });

  it('takes the place of rows that are gone again', async () => {
    const dataDir = join(folder, 'busy');
    await (await openStore({ dataDir, clock })).close();
    const { db, gatherStatistics, close } = await openDatabase({ dataDir }, silentLogger);
    const sizes: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await db.execute(`insert into peer_quality (id, session_id, peer_id, at, content)
        select n, 's', 'p', now(), repeat('x', 400) from generate_series(1, 1000) as n`);
      await db.execute('delete from peer_quality');
      await gatherStatistics();
      const answer = await db.execute("select pg_table_size('peer_quality')::int as size");
      sizes.push((answer as unknown as { readonly rows: readonly { readonly size: number }[] }).rows[0]!.size);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * sizes[0]!);
    await close();
    await rm(dataDir, { recursive: true });
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
