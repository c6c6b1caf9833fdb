import { join, resolve } from 'node:path';
import { CodedError, type Logger, systemClock } from '@amphi/base';
import { openStore } from '@amphi/store';
import { makeBackup } from '../backup/make-backup.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { claimDataDirectory } from '../data-directory.ts';
import type { Settings } from '../settings.ts';
import { askForBackup, askForHealth } from './ask-server.ts';

/** The programs `backup FILE`, `restore FILE` and `health`. */

type Wanted = Pick<Settings, 'dataDir' | 'databaseUrl'>;

/**
 * By the server when one runs on the data directory, else from the database itself.
 * @returns what to tell
 */
export async function backupCommand(file: string | undefined, settings: Wanted, logger: Logger): Promise<string> {
  const path = resolve(named(file, 'backup'));
  const told = (rows: number, files: number) =>
    `${path}: ${rows} rows and ${files} files. It holds every secret of this server: keep it as such.`;
  const byServer = await askForBackup(settings.dataDir, path);
  if (byServer) return told(byServer.rows, byServer.files);
  const release = await claimDataDirectory(settings.dataDir);
  try {
    const store = await openStore({
      url: settings.databaseUrl,
      dataDir: join(settings.dataDir, 'database'),
      logger,
    });
    try {
      const made = await makeBackup({ store, dataDir: settings.dataDir, file: path, clock: systemClock });
      return told(made.rows, made.files);
    } finally {
      await store.close();
    }
  } finally {
    release();
  }
}

/** @returns what to tell */
export async function restoreCommand(file: string | undefined, settings: Wanted, logger: Logger): Promise<string> {
  const path = resolve(named(file, 'restore'));
  const release = await claimDataDirectory(settings.dataDir);
  try {
    const { rows, files } = await restoreBackup({ file: path, ...settings, logger });
    const where = settings.databaseUrl === undefined ? settings.dataDir : 'the database';
    return `${rows} rows and ${files} files are in ${where}. Start the server on it as ever.`;
  } finally {
    release();
  }
}

/** For container engines and scripts. @throws CodedError when no server runs here, or not well */
export async function healthCommand(dataDir: string): Promise<string> {
  if (await askForHealth(dataDir)) return 'well';
  throw new CodedError('not_running', `no server runs on the data directory ${dataDir}`);
}

function named(file: string | undefined, command: string): string {
  if (file) return file;
  throw new CodedError('usage', `Which file?\nnpm run ${command} -- FILE`);
}
