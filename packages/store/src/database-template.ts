import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { migrationsFolder } from './migrations-folder.ts';

const PREFIX = 'pglite-';

/**
 * Database clusters without rows, to copy: one without tables, and one with ours. Making them (initdb, in WebAssembly, and
 * all migrations) takes seconds of CPU time, copying one a fraction of one. They lie in `node_modules/.cache`, beside the
 * library that they depend on, by that one's version and by what the migrations say.
 */
export function templates(): { readonly bare: string; readonly withTables: string } {
  const folder = templatesFolder();
  return { bare: join(folder, 'bare'), withTables: join(folder, 'tables') };
}

function templatesFolder(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const marker = `${sep}node_modules${sep}`;
  const modules = packageFolder.slice(0, packageFolder.lastIndexOf(marker) + marker.length);
  return join(modules, '.cache', 'amphi', `${PREFIX}${version}-${migrationsKey()}`);
}

function migrationsKey(): string {
  const folder = migrationsFolder();
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Makes the templates unless they are there, in place of older ones. Several processes may do it at once: the first to be done wins. */
export async function ensureDatabaseTemplate(): Promise<void> {
  const { bare, withTables } = templates();
  await ensureTemplate(bare, initialize);
  await ensureTemplate(withTables, async (path) => {
    await copyOrMake(bare, path);
    await applyMigrations(path);
  });
  await removeOlder(templatesFolder());
  // Whoever sets up asks no more often than the migrations change.
  const now = new Date();
  await utimes(templatesFolder(), now, now);
}

async function ensureTemplate(template: string, make: (path: string) => Promise<void>): Promise<void> {
  if (isCluster(template)) return;
  await makeWhole(template, async (path) => {
    await make(path);
    await letOthersRead(path);
  });
}

async function removeOlder(folder: string): Promise<void> {
  const cache = dirname(folder);
  const older = (await readdir(cache)).filter((name) => name.startsWith(PREFIX) && name !== basename(folder));
  await Promise.all(older.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

/** Makes `folder` a cluster, by copying the template when there is one, otherwise without tables. Does nothing when it is a cluster. */
export async function ensureCluster(folder: string, template: string): Promise<void> {
  if (isCluster(folder)) return;
  await makeWhole(folder, (path) => (isCluster(template) ? copyOrMake(template, path) : initialize(path)));
}

/** The template spares time and is nothing that a start depends on. */
async function copyOrMake(template: string, path: string): Promise<void> {
  try {
    await cp(template, path, { recursive: true });
  } catch {
    await rm(path, { recursive: true, force: true });
    await initialize(path);
  }
}

/**
 * Who sets up is often not who runs the server, and PostgreSQL keeps some files for its own account. In one without rows
 * there is nothing to hide.
 */
export async function letOthersRead(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const { mode } = await stat(path);
    await chmod(path, mode | ((mode & 0o500) >> 3) | ((mode & 0o500) >> 6));
  }
}

/** A folder appears complete or not at all, whatever interrupts the work. One that holds something else is left alone. */
async function makeWhole(folder: string, make: (path: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.${randomUUID()}`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await make(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    if (!isCluster(folder)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function initialize(path: string): Promise<void> {
  const client = await PGlite.create(path);
  await client.close();
}

async function applyMigrations(path: string): Promise<void> {
  const client = await PGlite.create(path);
  try {
    await migrate(drizzle(client), { migrationsFolder: migrationsFolder() });
  } finally {
    await client.close();
  }
}

function isCluster(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}
