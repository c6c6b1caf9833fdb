import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * An empty database cluster to copy. Making one (initdb, in WebAssembly) takes seconds of CPU time, copying it a
 * fraction of one. It lies in `node_modules/.cache`, beside the library that it depends on, by that one's version.
 */
export function templateFolder(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const marker = `${sep}node_modules${sep}`;
  const modules = packageFolder.slice(0, packageFolder.lastIndexOf(marker) + marker.length);
  return join(modules, '.cache', 'amphi', `pglite-${version}`);
}

/** Makes the template unless it is there. Several processes may do it at once: the first to be done wins. */
export async function ensureDatabaseTemplate(): Promise<void> {
  const folder = templateFolder();
  if (isCluster(folder)) return;
  await makeWhole(folder, async (path) => {
    await initialize(path);
    await letOthersRead(path);
  });
}

/** Makes `folder` an empty cluster, by copying the template when there is one. Does nothing when it is a cluster. */
export async function ensureCluster(folder: string, template = templateFolder()): Promise<void> {
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
 * Who sets up is often not who runs the server, and PostgreSQL keeps some files for its own account. In an empty cluster
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

function isCluster(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'));
}
