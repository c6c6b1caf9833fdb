import { ftruncateSync, writeSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CodedError, type Millis } from '@amphi/base';
import { tryKernelLock } from './kernel-lock.ts';

export type DataDirectoryErrorCode = 'in_use';

/** Who holds a data directory. */
interface Holder {
  readonly host: string;
  readonly pid: number;
}

const LOCK = 'server.lock';
const TRY_AGAIN_MS: Millis = 100;

/**
 * Makes the data directory and takes it for this process: two servers must not open one database. The lock is the
 * kernel's; its file names the holder for the message only.
 * @param options.patienceMs how long another holder is waited for
 * @returns lets it go again
 * @throws CodedError `in_use` with the remedy; `unavailable` when the place cannot be locked
 */
export async function claimDataDirectory(
  dataDir: string,
  { patienceMs = 0 }: { readonly patienceMs?: Millis } = {},
): Promise<() => void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await keepOthersOut(dataDir);
  const path = join(dataDir, LOCK);
  const deadline = performance.now() + patienceMs;
  let lock = tryKernelLock(path);
  while (!lock && performance.now() < deadline) {
    await pause(TRY_AGAIN_MS);
    lock = tryKernelLock(path);
  }
  if (!lock) throw inUse(dataDir, parseHolder(await readFile(path, 'utf8')));
  const holder: Holder = { host: hostname(), pid: process.pid };
  ftruncateSync(lock.fd);
  writeSync(lock.fd, JSON.stringify(holder), 0);
  return () => lock.release();
}

/** One that was there has whatever mode it was made with. Of another account's, as a container's volume may be, it is that account's affair. */
async function keepOthersOut(dataDir: string): Promise<void> {
  try {
    await chmod(dataDir, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function inUse(dataDir: string, holder: Holder | undefined): CodedError<DataDirectoryErrorCode> {
  const where = holder && holder.host !== hostname() ? ` on ${holder.host}` : '';
  const who = holder ? `, process ${holder.pid}${where}` : '';
  return new CodedError(
    'in_use',
    `The data directory ${dataDir} is in use by another Amphi server${who}.\n` +
      'Stop it, or give this server another directory: AMPHI_DATA_DIR=/other/path',
  );
}

/** Undefined in the moment before the holder has written its name. */
function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    return typeof value.host === 'string' && typeof value.pid === 'number'
      ? { host: value.host, pid: value.pid }
      : undefined;
  } catch {
    return undefined;
  }
}
