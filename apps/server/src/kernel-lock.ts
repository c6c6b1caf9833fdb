import { closeSync, constants, openSync } from 'node:fs';
import { CodedError, messageOf } from '@amphi/base';
import { tryFlock } from './flock.mjs';

export type KernelLockErrorCode = 'unavailable';

/** A lock that is held. */
export interface KernelLock {
  /** The open lock file. What it says is for people to read; the lock does not depend on it. */
  readonly fd: number;
  release(): void;
}

/**
 * Takes the kernel's lock of a file, which is made when it is not there, and stays for good.
 * @returns undefined when another holds it
 * @throws CodedError `unavailable` when this system or file system has no such locks
 */
export function tryKernelLock(path: string): KernelLock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let isHeld = false;
  try {
    isHeld = tryFlock(fd);
  } catch (error) {
    throw new CodedError<KernelLockErrorCode>(
      'unavailable',
      `${path} cannot be locked: ${messageOf(error)}\nflock(1) of util-linux and a file system with locks are needed.`,
      { cause: error },
    );
  } finally {
    if (!isHeld) closeSync(fd);
  }
  return isHeld ? { fd, release: () => closeSync(fd) } : undefined;
}
