import { CodedError, silentLogger } from '@amphi/base';
import { sql } from 'drizzle-orm';
import type { DumpedRows, DumpHead } from './dump.ts';
import { describeDatabaseError, isUnstorableRow, StoreError } from './errors.ts';
import { withMigrationsUpTo } from './migrations.ts';
import { migrationsFolder } from './migrations-folder.ts';
import { openDatabase, type StoreOptions } from './open-store.ts';

/**
 * Fills an empty database with what `dump` read, then brings it to the newest schema: the tables are made as they were
 * when the dump was taken, so that old dumps pass through the same migrations as old databases.
 * @returns how many rows were written
 * @throws StoreError `not_empty`, `too_new`, `malformed`, `unavailable`; an embedded database is then to be deleted
 */
export async function restoreStore(
  options: Pick<StoreOptions, 'url' | 'dataDir' | 'logger'>,
  head: DumpHead,
  parts: AsyncIterable<DumpedRows>,
): Promise<number> {
  const { db, migrate, close } = await openDatabase({ ...options, isBare: true }, options.logger ?? silentLogger);
  try {
    const { rows: present } = (await db.execute(
      sql`select tablename from pg_tables where schemaname = 'public' limit 1`,
    )) as unknown as { readonly rows: readonly unknown[] };
    if (present.length > 0) throw new StoreError('not_empty', 'the database holds tables already');
    await withMigrationsUpTo(head.migrations, migrate);
    const written = await db.transaction(async (tx) => {
      const { rows: tables } = (await tx.execute(
        sql`select tablename from pg_tables where schemaname = 'public'`,
      )) as unknown as { readonly rows: readonly { readonly tablename: string }[] };
      const known = new Set(tables.map(({ tablename }) => tablename));
      let count = 0;
      for await (const { table, rows } of parts) {
        if (!known.has(table)) throw new StoreError('malformed', `there is no table ${JSON.stringify(table)}`);
        const name = sql.identifier(table);
        await tx.execute(
          sql`insert into ${name} select * from json_populate_recordset(null::${name}, ${JSON.stringify(rows)}::json)`,
        );
        count += rows.length;
      }
      return count;
    });
    await migrate(migrationsFolder());
    return written;
  } catch (error) {
    // Ours, or of whoever reads the parts.
    if (error instanceof CodedError) throw error;
    const code = isUnstorableRow(error) ? 'malformed' : 'unavailable';
    throw new StoreError(code, describeDatabaseError(error), { cause: error });
  } finally {
    await close();
  }
}
