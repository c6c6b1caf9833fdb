import { openStore } from '@amphi/store';
import { findServerPrograms, startPostgres } from '@amphi/testkit';
import { POSTGRES_VARIABLE } from '../platform/test-database.ts';

/**
 * A PostgreSQL server of this run's own, whose first database has the schema and no rows: what the tests' are copied from.
 * Workers know of it by their environment.
 * @returns its end
 */
export default async function startForAllTests(): Promise<() => void> {
  const programs = findServerPrograms();
  if (programs === undefined) throw new Error("no PostgreSQL server here: install Debian's package postgresql");
  const server = startPostgres(programs);
  try {
    const store = await openStore({ url: server.url });
    await store.close();
  } catch (error) {
    server.stop();
    throw error;
  }
  process.env[POSTGRES_VARIABLE] = server.url;
  return () => {
    delete process.env[POSTGRES_VARIABLE];
    server.stop();
  };
}
