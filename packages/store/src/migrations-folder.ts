import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StoreError } from './errors.ts';

/** Beside the package's sources, or beside the program when it is bundled into one file. */
const CANDIDATES = ['../migrations', './migrations'];

/** @throws StoreError `unavailable` when the migrations were not shipped with the program */
export function migrationsFolder(): string {
  const folders = CANDIDATES.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = folders.find((folder) => existsSync(`${folder}/meta/_journal.json`));
  if (found === undefined) {
    throw new StoreError('unavailable', `the migrations are in none of ${folders.join(', ')}; build the server again`);
  }
  return found;
}
