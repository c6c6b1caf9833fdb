import { type Logger, messageOf } from '@amphi/base';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { StoreError } from './errors.ts';
import type { OpenedDatabase } from './open-pglite.ts';
import * as schema from './schema.ts';

/** Servers that start together migrate one after the other, by this advisory lock. The number is ours, nothing more. */
const MIGRATION_LOCK = 4_126_587_311;
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement of ours takes milliseconds; one that takes this long waits for something that will not come. */
const STATEMENT_TIMEOUT_MS = 15_000;
/**
 * Compiling pays for statements that take minutes. Of ours, that of usage looks as dear to the planner, takes tenths of a second,
 * and was compiled for seconds each time. What the URL says in `options` goes in its place.
 */
const WITHOUT_COMPILING = '-c jit=off';

/** A PostgreSQL server by URL, without migrations. It is not asked for anything yet. */
export function openPostgres(url: string, logger: Logger, onStatement: () => void): OpenedDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: WITHOUT_COMPILING,
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => logger.warn({ error: error.message }, 'a database connection broke'));
  return {
    db: drizzle(pool, { schema, logger: { logQuery: onStatement } }),
    migrate: (folder) => migrateAlone(pool, folder, withoutPassword(url)),
    // Autovacuum's part.
    gatherStatistics: async () => {},
    close: () => pool.end(),
  };
}

/** @throws StoreError `unavailable` when the server cannot be reached */
async function migrateAlone(pool: pg.Pool, migrationsFolder: string, where: string): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new StoreError('unavailable', `the database at ${where} cannot be reached: ${messageOf(error)}`, {
      cause: error,
    });
  });
  try {
    await client.query('SET statement_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    // Ends the connection, and with it the lock and the setting.
    client.release(true);
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    return parsed.toString();
  } catch {
    return 'the given URL';
  }
}
