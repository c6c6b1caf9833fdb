import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
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
  await makeWhole(folder, initialize);
}

/** Makes `folder` an empty cluster, by copying the template when there is one. Does nothing when it is a cluster. */
export async function ensureCluster(folder: string): Promise<void> {
  if (isCluster(folder)) return;
  const template = templateFolder();
  await makeWhole(folder, (path) => (isCluster(template) ? cp(template, path, { recursive: true }) : initialize(path)));
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
