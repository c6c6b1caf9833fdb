import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { StoreError } from './errors.ts';
import { migrationsFolder } from './migrations-folder.ts';

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** Names of those that have been applied to a database, oldest first. */
export async function appliedMigrations(db: Pick<Database, 'execute'>): Promise<string[]> {
  // Drizzle keeps when each was written, not its name.
  const { rows } = (await db.execute(sql`select created_at from drizzle.__drizzle_migrations`)) as unknown as {
    readonly rows: readonly { readonly created_at: string | number }[];
  };
  const applied = new Set(rows.map(({ created_at }) => Number(created_at)));
  return journal()
    .entries.filter(({ when }) => applied.has(when))
    .map(({ tag }) => tag);
}

/**
 * Runs `work` with a folder that holds the migrations up to and with those named.
 * @throws StoreError `too_new` when one of them is not known here
 */
export async function withMigrationsUpTo(
  names: readonly string[],
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const { entries, ...rest } = journal();
  const unknown = names.find((name) => !entries.some(({ tag }) => tag === name));
  if (unknown !== undefined) {
    throw new StoreError('too_new', `made by a newer version: the migration "${unknown}" is not known here`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'amphi-migrations-'));
  try {
    cpSync(migrationsFolder(), folder, { recursive: true });
    const upTo = entries.slice(0, names.length);
    writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ ...rest, entries: upTo }));
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function journal(): Journal {
  return JSON.parse(readFileSync(join(migrationsFolder(), 'meta/_journal.json'), 'utf8')) as Journal;
}
