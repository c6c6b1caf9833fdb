import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@amphi/base';

export type DataDirectoryErrorCode = 'in_use';

/** Who holds a data directory. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the kernel's words: the same pid at another time is another process. */
  readonly began: string;
}

const LOCK = 'server.lock';
const MAX_TRIES = 5;

/**
 * Makes the data directory and takes it for this process: two servers must not open one database. A lock left behind by
 * a process that is gone is taken over.
 * @returns lets it go again
 * @throws CodedError `in_use` with the remedy
 */
export async function claimDataDirectory(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, LOCK);
  const text = JSON.stringify(holderOf(process.pid));
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder && isAlive(holder)) throw inUse(dataDir, path, holder);
    await removeStale(path, found);
  }
  throw new CodedError<DataDirectoryErrorCode>('in_use', `${dataDir}: others keep taking ${LOCK}`);
}

function inUse(dataDir: string, path: string, holder: Holder): CodedError<DataDirectoryErrorCode> {
  const elsewhere = holder.host !== hostname();
  const who = `process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ''}`;
  const remedy = elsewhere
    ? `Stop it; if that machine no longer runs it, delete ${path}.`
    : 'Stop it, or give this server another directory: AMPHI_DATA_DIR=/other/path';
  return new CodedError(
    'in_use',
    `The data directory ${dataDir} is in use by another Amphi server, ${who}.\n${remedy}`,
  );
}

/** Moves the file away first: if it is no longer the stale one, another server was faster and gets it back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function holderOf(pid: number): Holder {
  return { host: hostname(), pid, began: beginOf(pid) ?? '' };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    return typeof value.host === 'string' && typeof value.pid === 'number' && typeof value.began === 'string'
      ? { host: value.host, pid: value.pid, began: value.began }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Processes of other machines cannot be looked at; they count as alive. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const began = beginOf(holder.pid);
  return began === undefined || holder.began === '' || began === holder.began;
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)), where there is one. */
function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
