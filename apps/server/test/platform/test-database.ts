import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { silentLogger } from '@amphi/base';
import { ensureDatabaseTemplate, openDatabase, type StoreOptions } from '@amphi/store';

/** Names the URL of a PostgreSQL server when tests are to run on one. Its database is a model: the schema without rows. */
export const POSTGRES_VARIABLE = 'AMPHI_TEST_POSTGRES';

/** A database without rows that nobody else uses. */
export interface TestDatabase {
  /** For `openStore`. */
  readonly options: Pick<StoreOptions, 'url' | 'dataDir'>;
  /** Once the store is closed. */
  remove(): Promise<void>;
}

/** On the PostgreSQL server of `POSTGRES_VARIABLE`, or without one embedded in `folder`, which the caller removes. */
export async function makeTestDatabase(folder: string): Promise<TestDatabase> {
  const server = process.env[POSTGRES_VARIABLE];
  if (server !== undefined) return makeOnPostgres(server);
  await ensureDatabaseTemplate();
  return { options: { dataDir: join(folder, 'database') }, remove: async () => {} };
}

async function makeOnPostgres(server: string): Promise<TestDatabase> {
  const model = databaseOf(server);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // What is copied may have no connection, so that statements go by another database, which every server has.
  const administration = withDatabase(server, 'template1');
  await execute(administration, `create database ${name} template ${model}`);
  return {
    options: { url: withDatabase(server, name) },
    remove: () => execute(administration, `drop database ${name} with (force)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const { db, close } = await openDatabase({ url }, silentLogger);
  try {
    await db.execute(statement);
  } finally {
    await close();
  }
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}
