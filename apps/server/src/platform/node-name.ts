import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NODE_NAME = /^[0-9a-f]{12}$/;

/**
 * What this data directory's server calls itself in a database that it may share with others: made at the first start,
 * the same ever after. To be called by whoever has claimed the directory.
 */
export async function nodeNameOf(dataDir: string): Promise<string> {
  const path = join(dataDir, 'node');
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (NODE_NAME.test(known)) return known;
  const name = randomBytes(6).toString('hex');
  await writeFile(`${path}.new`, `${name}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return name;
}
