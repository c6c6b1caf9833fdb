import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { CodedError, messageOf } from '@amphi/base';

export type KernelLockErrorCode = 'unavailable';

/** The number under which the child finds the file; flock(1) gets it as its argument. */
const CHILD_FD = 3;
/** flock(1): the exit status when another holds the lock. */
const CONFLICT = 1;

/** A lock that is held. */
export interface KernelLock {
  /** The open lock file. What it says is for people to read; the lock does not depend on it. */
  readonly fd: number;
  release(): void;
}

/**
 * Takes a lock that the kernel keeps, flock(2). It belongs to the open file description, which we share with a flock(1)
 * of util-linux for as long as that needs to ask for it (Node has no such call of its own). The kernel gives it back
 * when the description is closed, and so at any death of this process: there is no stale lock to be judged. Node opens
 * with `O_CLOEXEC`, so no program that this process starts takes the lock along.
 *
 * The file stays for good: a deleted one could be locked by one process while another locks its successor.
 * @returns undefined when another holds it
 * @throws CodedError `unavailable` when this system or file system has no such locks
 */
export function tryKernelLock(path: string): KernelLock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { status, stderr, error } = spawnSync('flock', ['-n', String(CHILD_FD)], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      encoding: 'utf8',
    });
    if (status === 0) return { fd, release: () => closeSync(fd) };
    if (status !== CONFLICT) {
      const why = error ? messageOf(error) : stderr.trim() || `flock ended with status ${status}`;
      throw new CodedError<KernelLockErrorCode>(
        'unavailable',
        `${path} cannot be locked: ${why}\nflock(1) of util-linux and a file system with locks are needed.`,
      );
    }
  } catch (failure) {
    closeSync(fd);
    throw failure;
  }
  closeSync(fd);
  return undefined;
}
