import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hlsDestination, templateBody } from '@amphi/protocol';
import { findServerPrograms, type PrivatePostgres, startPostgres } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DumpedRows,
  type DumpHead,
  ensureDatabaseTemplate,
  newObjectId,
  openStore,
  restoreStore,
  type Store,
} from '../src/index.ts';

/** What a dump holds comes back as it was, on the same kind of database and on the other. */

const programs = findServerPrograms();

interface Dump {
  head: DumpHead;
  readonly parts: DumpedRows[];
}

async function dumpOf(store: Store): Promise<Dump> {
  const dump: Dump = { head: { migrations: [] }, parts: [] };
  await store.dump({
    begin: async (head) => {
      dump.head = head;
    },
    write: async (part) => {
      dump.parts.push(part);
    },
  });
  return dump;
}

async function* each(parts: readonly DumpedRows[]): AsyncGenerator<DumpedRows> {
  yield* parts;
}

/** A store with a row in every kind of column, and more rooms than one batch holds. */
async function fill(store: Store): Promise<{ readonly streamId: string }> {
  const { workspace } = await store.workspaces.create({ name: 'Studio "Ω" \\ 🎉' });
  const owner = await store.owners.create({ workspaceId: workspace.id, email: 'owner@example.org' });
  await store.owners.setPassword(owner.id, { passwordHash: '$argon2id$v=19$not-a-real-one' });
  const { app, template } = await store.apps.create({
    workspaceId: workspace.id,
    name: 'Show',
    subdomain: 'show',
    region: 'eu',
    kit: 'custom',
    template: templateBody.parse({ name: 'show', roles: { zeta: { name: 'zeta' }, alpha: { name: 'alpha' } } }),
  });
  await store.transaction(async (tx) => {
    for (let number = 0; number < 502; number++) {
      await tx.rooms.upsert({
        workspaceId: workspace.id,
        name: `room-${number}`,
        template: { id: template.id, appId: app.id },
      });
    }
  });
  const [room] = await store.rooms.listOfApp(app.id);
  await store.chatMessages.add([
    {
      id: 'message-1',
      roomId: room!.id,
      sessionId: 's',
      position: 1_793_000_000_000_000,
      expiresAt: new Date('2099-11-28T09:00:00.123Z'),
      roles: ['zeta', 'a "b", {c}'],
      content: JSON.stringify({ text: '\u0000 \ud800 🎉' }),
    },
  ]);
  const streamId = newObjectId();
  await store.liveStreams.create({
    id: streamId,
    roomId: room!.id,
    sessionId: 's',
    node: 'a',
    destination: 'default',
    settings: hlsDestination.parse({ name: 'default', layers: [{ width: 1280, height: 720, videoBitrate: 2500 }] }),
    ladder: { layers: [], chosen_by: 'destination', reason: 'named by the destination' },
    isRecorded: false,
    hasVod: false,
    playbackUrl: 'https://live.example.org/hls/x/master.m3u8',
    startedBy: '',
  });
  await store.liveStreams.update(streamId, { status: 'running', startedAt: new Date('2026-11-28T09:00:00.123Z') });
  return { streamId };
}

describe('dump and restore', { timeout: 60_000 }, () => {
  let postgres: PrivatePostgres | undefined;
  let folder: string;
  let embedded: Store;
  let streamId: string;
  let dump: Dump;

  beforeAll(async () => {
    if (programs) postgres = startPostgres(programs);
    await ensureDatabaseTemplate();
    folder = await mkdtemp(join(tmpdir(), 'amphi-dump-'));
    embedded = await openStore({ dataDir: join(folder, 'database') });
    ({ streamId } = await fill(embedded));
    dump = await dumpOf(embedded);
  });
  afterAll(async () => {
    postgres?.stop();
    await embedded?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.runIf(programs === undefined && process.env.CI === 'true')('find a PostgreSQL server to test with', () => {
    throw new Error("no PostgreSQL server here: install Debian's package postgresql");
  });

  it.skipIf(programs === undefined)('go through both kinds of database without losing a thing', async () => {
    expect(await restoreStore({ url: postgres!.url }, dump.head, each(dump.parts))).toBe(
      dump.parts.reduce((sum, { rows }) => sum + rows.length, 0),
    );
    const server = await openStore({ url: postgres!.url });
    expect(await dumpOf(server)).toEqual(dump);
    expect(await server.liveStreams.find(streamId)).toEqual(await embedded.liveStreams.find(streamId));
    // Roles keep the order of their author.
    const template = await server.apps.defaultTemplate((await server.workspaces.first())!.id);
    expect(Object.keys(template?.body.roles ?? {})).toEqual(['zeta', 'alpha']);
    await server.close();
    const again = restoreStore({ url: postgres!.url }, dump.head, each([]));
    await expect(again).rejects.toMatchObject({ code: 'not_empty' });

    const copy = { dataDir: join(folder, 'copy') };
    await restoreStore(copy, dump.head, each(dump.parts));
    const copied = await openStore(copy);
    expect(await dumpOf(copied)).toEqual(dump);
    await copied.close();
  });

  it('leave out who is signed in', () => {
    expect([...new Set(dump.parts.map(({ table }) => table))]).toEqual([
      'workspaces',
      'access_keys',
      'owners',
      'apps',
      'templates',
      'rooms',
      'live_streams',
      'chat_messages',
    ]);
  });

  it('refuse a dump of a newer version, and rows that are no rows', async () => {
    const into = (name: string) => ({ dataDir: join(folder, name) });
    await expect(restoreStore(into('newer'), { migrations: ['9999_later'] }, each([]))).rejects.toMatchObject({
      code: 'too_new',
      message: expect.stringContaining('9999_later'),
    });
    const wrong = [
      { table: 'nowhere"; drop table rooms; --', rows: [] },
      { table: 'workspaces', rows: [{ id: 'a', name: 'b', created_at: 'yesterday at noon' }] },
    ];
    for (const [index, part] of wrong.entries()) {
      const restoring = restoreStore(into(`wrong-${index}`), dump.head, each([part]));
      await expect(restoring).rejects.toMatchObject({ code: 'malformed' });
    }
  });
});
