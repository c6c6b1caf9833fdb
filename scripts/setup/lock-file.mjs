import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readIfPresent } from './files.mjs';
import { SetupError } from './setup-error.mjs';

const POLL_MS = 250;
/** flock(1): the exit status when another holds the lock. */
const CONFLICT = 1;

/**
 * Takes a lock that other processes respect, waiting for as long as another holds it. It is the kernel's, flock(2), taken
 * for our open file by a flock(1) that inherits it, and ends with this process however that ends. The file stays for good
 * (a deleted one could be locked beside its successor) and names the holder for people only.
 * @param {string} path
 * @param {(holder: string) => void} onWait called once, when it has to wait
 * @returns {Promise<() => void>} gives it back
 * @throws {SetupError} when this system or file system has no such locks
 */
export async function takeLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    for (let waited = false; !tryLock(fd, path); waited = true) {
      if (!waited) onWait(describe(readIfPresent(path) ?? ''));
      await pause(POLL_MS);
    }
    ftruncateSync(fd);
    writeSync(fd, JSON.stringify({ host: hostname(), pid: process.pid }), 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return () => closeSync(fd);
}

/**
 * @param {number} fd
 * @param {string} path for the message
 */
function tryLock(fd, path) {
  const { status, stderr, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
  });
  if (status === 0) return true;
  if (status === CONFLICT) return false;
  throw new SetupError(
    `${path} cannot be locked: ${error?.message ?? (stderr.trim() || `flock ended with status ${status}`)}.`,
    ['flock of util-linux and a file system with locks are needed: sudo apt-get install util-linux'],
    error,
  );
}

/** @param {string} content */
function describe(content) {
  try {
    const { host, pid } = JSON.parse(content);
    if (typeof host === 'string' && Number.isInteger(pid)) return `process ${pid} on ${host}`;
  } catch {
    // Its holder has not written its name yet.
  }
  return 'another process';
}
