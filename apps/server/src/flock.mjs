import { spawnSync } from 'node:child_process';

/** The number under which the child finds the file; flock(1) gets it as its argument. */
const CHILD_FD = 3;
/** flock(1): the exit status when another holds the lock. */
const CONFLICT = 1;

/**
 * Takes a lock that the kernel keeps, flock(2), of an open file. It belongs to the open file description, which we share
 * with a flock(1) of util-linux for as long as that needs to ask for it (Node has no such call of its own). The kernel gives
 * it back when the description is closed, and so at any death of this process: there is no stale lock to be judged. Node
 * opens with `O_CLOEXEC`, so no program that this process starts takes the lock along.
 *
 * The file must stay for good: a deleted one could be locked by one process while another locks its successor.
 *
 * Plain JavaScript on nothing but Node, as the set-up takes its own lock by it before anything is installed or built.
 * @param {number} fd
 * @returns {boolean} false when another holds it
 * @throws {Error} when this system or file system has no such locks
 */
export function tryFlock(fd) {
  const { status, stderr, error } = spawnSync('flock', ['-n', String(CHILD_FD)], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
  });
  if (status === 0) return true;
  if (status === CONFLICT) return false;
  throw error ?? new Error(stderr.trim() || `flock ended with status ${status}`);
}
