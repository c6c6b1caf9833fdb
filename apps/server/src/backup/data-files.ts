import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@amphi/base';
import type { BackupErrorCode, BackupFile } from './format.ts';

/** What the data directory holds besides that is worth nothing elsewhere: made anew, or the database itself. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'database',
  'streams',
  'recordings',
  'playback.key',
  'links.json',
  'node',
  'server.lock',
  'control.sock',
]);
/** Certificates and keys are a few kB. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Files of the data directory that a restored server needs: certificates, keys, accounts with a CA. */
export async function* dataFiles(dataDir: string, below = ''): AsyncGenerator<BackupFile> {
  for (const entry of await readdir(join(dataDir, below), { withFileTypes: true })) {
    if (below === '' && LEFT_OUT.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* dataFiles(dataDir, path);
    if (!entry.isFile()) continue;
    const { size, mode } = await lstat(join(dataDir, path));
    if (size > MAX_FILE_BYTES) {
      throw new CodedError<BackupErrorCode>(
        'failed',
        `${path} in the data directory has ${size} bytes, at most ${MAX_FILE_BYTES} fit into a backup. Move it elsewhere.`,
      );
    }
    yield { file: path, mode: mode & 0o777, content: (await readFile(join(dataDir, path))).toString('base64') };
  }
}
