import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, type Logger } from '@amphi/base';
import { type DumpedRows, restoreStore, StoreError } from '@amphi/store';
import type { BackupErrorCode, BackupFile, BackupSummary } from './format.ts';
import { type BackupReader, openBackup } from './read-backup.ts';

/**
 * Makes a data directory (or fills an empty PostgreSQL database) from a backup. Nothing that is there is replaced, and an
 * embedded database appears whole or not at all. The caller holds the data directory.
 * @throws CodedError `exists`, `malformed`, `too_new`, `failed`
 */
export async function restoreBackup(options: {
  readonly file: string;
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly logger: Logger;
}): Promise<BackupSummary> {
  const { file, dataDir, databaseUrl, logger } = options;
  const database = join(dataDir, 'database');
  if (databaseUrl === undefined && existsSync(database)) {
    throw new CodedError<BackupErrorCode>(
      'exists',
      `${dataDir} holds a database already. Restore into an empty directory: AMPHI_DATA_DIR=/other/path`,
    );
  }
  const unfinished = `${database}.restoring`;
  const files: BackupFile[] = [];
  const reader = await openBackup(file);
  try {
    await rm(unfinished, { recursive: true, force: true });
    const into = databaseUrl === undefined ? { dataDir: unfinished } : { url: databaseUrl };
    const rows = await restoreStore({ ...into, logger }, reader.head, rowsOf(reader, files)).catch(translate);
    for (const each of files) await writeDataFile(dataDir, each);
    if (databaseUrl === undefined) await rename(unfinished, database);
    return { rows, files: files.length };
  } finally {
    reader.close();
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The rows; files, which come behind them and are small, are kept until the rows are in. */
async function* rowsOf(reader: BackupReader, files: BackupFile[]): AsyncGenerator<DumpedRows> {
  for await (const line of reader.lines()) {
    if ('table' in line) yield line;
    else files.push(line);
  }
}

async function writeDataFile(dataDir: string, { file, mode, content }: BackupFile): Promise<void> {
  const path = join(dataDir, file);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, Buffer.from(content, 'base64'), { mode, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CodedError<BackupErrorCode>('exists', `${path} is there already. Restore into an empty directory.`);
  }
}

function translate(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  const codes: Readonly<Record<string, BackupErrorCode>> = {
    not_empty: 'exists',
    too_new: 'too_new',
    malformed: 'malformed',
  };
  throw new CodedError<BackupErrorCode>(codes[error.code] ?? 'failed', `not restored: ${error.message}`, {
    cause: error,
  });
}
