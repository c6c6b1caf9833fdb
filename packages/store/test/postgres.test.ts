import { findServerPrograms, type PrivatePostgres, startPostgres, VirtualClock } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../src/index.ts';
import { describeStoreContract } from './store-contract.ts';

const programs = findServerPrograms();

it.runIf(programs === undefined && process.env.CI === 'true')('finds a PostgreSQL server to test with', () => {
  throw new Error("no PostgreSQL server here: install Debian's package postgresql");
});

describe.skipIf(programs === undefined)('a PostgreSQL server', () => {
  const clock = new VirtualClock();
  let server: PrivatePostgres;
  let store: Store;

  beforeAll(async () => {
    server = startPostgres(programs!);
    // Two that start together on an empty database must not get in each other's way.
    const [first, second] = await Promise.all([
      openStore({ url: server.url, clock }),
      openStore({ url: server.url, clock }),
    ]);
    store = first;
    await second.close();
  });
  afterAll(async () => {
    await store?.close();
    server?.stop();
  });

  describeStoreContract(() => ({ store, clock }));

  it('WH9: a node that is being taken over by one server is passed over by another, and comes back only after that', async () => {
    await store.nodes.markSeen('lost');
    clock.advance(600_000);
    const before = new Date(clock.now() - 1_000);
    const order: string[] = [];
    let comingBack: Promise<unknown> = Promise.resolve();
    await store.transaction(async (tx) => {
      expect((await tx.nodes.lockGone('first', before))?.name).toBe('lost');
      expect(await store.transaction((other) => other.nodes.lockGone('second', before))).toBeUndefined();
      comingBack = store.nodes.markSeen('lost').then(() => order.push('back'));
      await store.ping();
      await tx.nodes.forget('lost');
      order.push('taken over');
    });
    await comingBack;
    expect(order).toEqual(['taken over', 'back']);
    expect(await store.transaction((tx) => tx.nodes.lockGone('first', before))).toBeUndefined();
  });

  it('says where it looked when there is no server', async () => {
    const nowhere = openStore({ url: 'postgresql://amphi:secret@127.0.0.1:1/none' });
    await expect(nowhere).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /^the database at postgresql:\/\/amphi:\*\*\*@127\.0\.0\.1:1\/none cannot be reached/,
      ),
    });
  });
});
