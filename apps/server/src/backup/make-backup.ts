import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, CodedError, messageOf } from '@amphi/base';
import type { Store } from '@amphi/store';
import { dataFiles } from './data-files.ts';
import { BACKUP_FORMAT, type BackupErrorCode, type BackupHead, type BackupLine, type BackupSummary } from './format.ts';

/**
 * Writes everything that makes a server this server to `file`: complete or not at all, readable for its owner only.
 * @param options.file absolute; must not be there
 * @throws CodedError `exists`, `failed`
 */
export async function makeBackup(options: {
  readonly store: Pick<Store, 'dump'>;
  readonly dataDir: string;
  readonly file: string;
  readonly clock: Clock;
}): Promise<BackupSummary> {
  const { store, dataDir, file, clock } = options;
  const unfinished = `${file}.${randomUUID()}.unfinished`;
  const gzip = createGzip();
  let summary = { rows: 0, files: 0 };
  const write = async (line: BackupHead | BackupLine): Promise<void> => {
    if (!gzip.write(`${JSON.stringify(line)}\n`)) await new Promise((resolve) => gzip.once('drain', resolve));
  };
  try {
    const handle = await open(unfinished, 'wx', 0o600);
    const written = pipeline(gzip, handle.createWriteStream({ flush: true }));
    try {
      await Promise.race([
        // Rejects when the disk is full; resolves only after the end below.
        written,
        store.dump({
          begin: ({ migrations }) =>
            write({
              backup: 'amphi',
              format: BACKUP_FORMAT,
              createdAt: new Date(clock.now()).toISOString(),
              migrations: [...migrations],
            }),
          write: async ({ table, rows }) => {
            await write({ table, rows: [...rows] });
            summary = { ...summary, rows: summary.rows + rows.length };
          },
        }),
      ]);
      for await (const each of dataFiles(dataDir)) {
        await write(each);
        summary = { ...summary, files: summary.files + 1 };
      }
      await write({ end: true, ...summary });
    } finally {
      gzip.end();
      await written;
    }
    // Unlike a rename it never replaces what is there.
    await link(unfinished, file);
    return summary;
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CodedError<BackupErrorCode>('exists', `${file} is there already. Give another name.`, { cause: error });
    }
    throw new CodedError<BackupErrorCode>('failed', `the backup ${file} could not be written: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await rm(unfinished, { force: true });
  }
}
