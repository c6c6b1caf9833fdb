import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;

/** The key of this name in the data directory, made at the first start. To be called by whoever has claimed the directory. */
export async function signingKey(dataDir: string, name: `${string}.key`): Promise<Buffer> {
  const path = join(dataDir, name);
  const known = await readFile(path).catch(() => undefined);
  if (known?.byteLength === KEY_BYTES) return known;
  const key = randomBytes(KEY_BYTES);
  await writeFile(`${path}.new`, key, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return key;
}
