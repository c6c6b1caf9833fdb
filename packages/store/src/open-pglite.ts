import { chmod, mkdir } from 'node:fs/promises';
import { messageOf } from '@amphi/base';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Database } from './database.ts';
import { describeDatabaseError, StoreError } from './errors.ts';
import { migrationsFolder } from './migrations-folder.ts';
import * as schema from './schema.ts';

/** An opened database; `close` flushes it. */
export interface OpenedDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/**
 * PostgreSQL inside this process, in `folder` or in memory, with all migrations applied. One process at a time may
 * have a folder open; the caller sees to that.
 */
export async function openPglite(folder: string | undefined): Promise<OpenedDatabase> {
  if (folder !== undefined) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // PGlite writes its files readable for everyone; the folder keeps others out.
    await chmod(folder, 0o700);
  }
  const client = folder === undefined ? new PGlite() : new PGlite(folder);
  try {
    await client.waitReady;
  } catch (error) {
    throw new StoreError('unavailable', `the database in ${folder ?? 'memory'} cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    const db = drizzle(client, { schema });
    await migrate(db, { migrationsFolder: migrationsFolder() });
    return { db, close: () => client.close() };
  } catch (error) {
    await client.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError('unavailable', `the database's migrations failed: ${describeDatabaseError(error)}`, {
      cause: error,
    });
  }
}
