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
