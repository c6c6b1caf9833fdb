import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { takeLock } from '../lock-file.mjs';

/** A process that goes where one may be at a time, when it is told to, and says how that went. */
process.on('message', (/** @type {{ folder: string, isKilled: boolean }} */ { folder, isKilled }) => {
  void visit(folder, isKilled).then((end) => process.send?.(end));
});

/**
 * @param {string} folder
 * @param {boolean} isKilled
 * @returns {Promise<'left' | 'met another'>}
 */
async function visit(folder, isKilled) {
  const release = await takeLock(join(folder, 'lock'), () => {});
  const mark = join(folder, 'inside');
  try {
    writeFileSync(mark, '', { flag: 'wx' });
  } catch {
    return 'met another';
  }
  await after(5);
  // Who is killed cannot; the lock is still held.
  rmSync(mark);
  if (isKilled) process.kill(process.pid, 'SIGKILL');
  release();
  return 'left';
}
