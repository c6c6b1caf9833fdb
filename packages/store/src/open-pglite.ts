import { chmod } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { messageOf } from '@amphi/base';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Database } from './database.ts';
import { ensureCluster, templates } from './database-template.ts';
import { StoreError } from './errors.ts';
import * as schema from './schema.ts';

/**
 * PostgreSQL's page cache. Its default of 128 MB is written with zeros page by page when the database opens, which is a
 * third of the time that takes and memory that stays taken; our tables are some megabytes, with the system's cache behind.
 */
const CACHE = ['-c', 'shared_buffers=16MB'];
/** Of a table the planner's statistics are made from 300 times as many rows: a tenth of the default takes milliseconds. */
const STATISTICS = ['-c', 'default_statistics_target=10'];
const START_PARAMS = [...PGlite.defaultStartParams, ...CACHE, ...STATISTICS];

/**
 * Bytes that a function of WebAssembly runs for before V8 compiles it anew with its optimising compiler. By the default,
 * 1.8 MB, nearly all that PostgreSQL does when it starts is: two seconds of CPU on other threads, a third of what a start
 * takes, for code that is a tenth faster. With this it is done for what a server goes on doing.
 */
const OPTIMISED_AFTER = '--wasm-tiering-budget=400000000';

/** An opened database; `close` flushes it. */
export interface OpenedDatabase {
  readonly db: Database;
  /** Applies the migrations in a folder that are still missing. */
  migrate(folder: string): Promise<void>;
  /**
   * Tells the planner how much there is of what, and lets the place of rows that are gone be taken again. Without, it takes
   * all tables for small, and sorts a million rows for a page of a list; and tables whose rows come and go grow for good.
   * PostgreSQL as a server does so by itself.
   */
  gatherStatistics(): Promise<void>;
  close(): Promise<void>;
}

/** Where a database is, or is to be made. */
export interface PglitePlace {
  /** Undefined: in memory. */
  readonly folder: string | undefined;
  /** One that is made has no tables; otherwise it may have ours already. */
  readonly isBare: boolean;
}

/**
 * PostgreSQL inside this process. One process at a time may have a folder open; the caller sees to that.
 * @throws StoreError `unavailable`
 */
export async function openPglite(place: PglitePlace, onStatement: () => void): Promise<OpenedDatabase> {
  const client = await openClient(place).catch((error: unknown) => {
    const where = place.folder ?? 'memory';
    throw new StoreError('unavailable', `the database in ${where} cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  });
  const db = drizzle(client, { schema, logger: { logQuery: onStatement } });
  return {
    db,
    migrate: (migrationsFolder) => migrate(db, { migrationsFolder }),
    gatherStatistics: () => vacuumEach(client),
    close: () => client.close(),
  };
}

/** One by one: others have their turn in between. */
async function vacuumEach(client: PGlite): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  for (const { name } of rows) await client.exec(`vacuum (analyze) "${name}"`);
}

async function openClient({ folder, isBare }: PglitePlace): Promise<PGlite> {
  // Goes for what is compiled from now on; PGlite is the only WebAssembly of its size in a server.
  setFlagsFromString(OPTIMISED_AFTER);
  if (folder === undefined) return PGlite.create({ startParams: START_PARAMS });
  const { bare, withTables } = templates();
  await ensureCluster(folder, isBare ? bare : withTables);
  // PGlite writes its files readable for everyone; the folder keeps others out.
  await chmod(folder, 0o700);
  return PGlite.create(folder, { startParams: START_PARAMS });
}
