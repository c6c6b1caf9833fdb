import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@amphi/base';
import { type Check, type Finding, fail, ok, sizeText, warn } from '../check.ts';

const MIB = 2 ** 20;
const TRIAL_BYTES = 16 * MIB;
/** The window of a stream takes 60 MiB on disk, the database a few. */
const LEAST_BYTES = 512 * MIB;
const GOOD_BYTES = 4096 * MIB;
/** A stream writes 0.4 MiB a second. */
const LEAST_BYTES_PER_S = 2 * MIB;
const GOOD_BYTES_PER_S = 20 * MIB;

interface Disk {
  readonly dataDir: string;
  readonly freeBytes: number;
  /** Written, and flushed to the disk. */
  readonly bytesPerS: number;
}

export const diskCheck: Check = {
  id: 'disk',
  title: 'Disk',
  timeoutMs: 20_000,
  async run({ settings: { dataDir }, signal }) {
    try {
      const { bavail, bsize } = await statfs(dataDir);
      return [judgeDisk({ dataDir, freeBytes: bavail * bsize, bytesPerS: await writeSpeed(dataDir, signal) })];
    } catch (error) {
      return [judgeDiskError(dataDir, error)];
    }
  },
};

async function writeSpeed(dataDir: string, signal: AbortSignal): Promise<number> {
  const path = join(dataDir, `doctor-${process.pid}.tmp`);
  const block = Buffer.alloc(MIB, 0x5a);
  const startedAt = performance.now();
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for (let written = 0; written < TRIAL_BYTES; written += block.length) {
        signal.throwIfAborted();
        await file.writeFile(block);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
  return TRIAL_BYTES / Math.max(0.001, (performance.now() - startedAt) / 1000);
}

export function judgeDisk({ dataDir, freeBytes, bytesPerS }: Disk): Finding {
  const what = `${sizeText(freeBytes)} free in ${dataDir}, written at ${sizeText(bytesPerS)} a second`;
  const space = `Make room, or choose another place (AMPHI_DATA_DIR): have ${sizeText(GOOD_BYTES)} free.`;
  const speed = 'Use a faster disk for the data directory, or end what writes beside it (iotop shows it).';
  if (freeBytes < LEAST_BYTES) return fail(what, space);
  if (bytesPerS < LEAST_BYTES_PER_S) return fail(what, speed);
  if (freeBytes < GOOD_BYTES) return warn(what, space);
  if (bytesPerS < GOOD_BYTES_PER_S) return warn(what, speed);
  return ok(what);
}

export function judgeDiskError(dataDir: string, error: unknown): Finding {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return warn(
        `${dataDir} is not there yet`,
        'The first start makes it; if it should be there, check AMPHI_DATA_DIR.',
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fail(
        `${dataDir} cannot be written to (${code})`,
        'Run this as the account of the server, and let the directory be its own: chown -R ACCOUNT DIRECTORY.',
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return fail(
        `${sizeText(TRIAL_BYTES)} cannot be written to ${dataDir}: it is full, or a limit is reached (${code})`,
        'Make room, raise the quota or the limit, or choose another place (AMPHI_DATA_DIR).',
      );
    default:
      return fail(
        `${dataDir} cannot be used: ${messageOf(error)}`,
        'Look at the disk (dmesg), or choose another place (AMPHI_DATA_DIR).',
      );
  }
}
