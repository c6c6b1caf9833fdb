import { closeSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tryFlock } from '../../apps/server/src/flock.mjs';
import { readIfPresent } from './files.mjs';
import { SetupError } from './setup-error.mjs';

const POLL_MS = 250;

/**
 * Takes a lock that other processes respect, waiting for as long as another holds it. It is the kernel's, and ends with this
 * process however that ends. The file stays for good and names the holder for people only.
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
  try {
    return tryFlock(fd);
  } catch (error) {
    throw new SetupError(
      `${path} cannot be locked: ${error instanceof Error ? error.message : error}.`,
      ['flock of util-linux and a file system with locks are needed: sudo apt-get install util-linux'],
      error,
    );
  }
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
