/** Whether a process of this id runs, or has ended and was not waited for yet. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
