import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CodedError } from '@amphi/base';
import type { MediaErrorCode } from './media-error.ts';

/** SCHED_OTHER of sched(7): all threads share the cores. */
const ORDINARY = 0;
/** Of the fields behind the program's name in proc_pid_stat(5), the 41st of all. */
const POLICY_FIELD = 38;

/**
 * Has all threads of this process share the cores with others again, after a library made some of them real-time ones: such
 * a thread is asked for the core back by nobody, and the rest of the machine stands still. SVT-AV1 does so where it may, as
 * root, with its own threads and the one that opens it, at the highest priority there is.
 * @param before of the calling thread, before the library was called: who started the process in another way has reasons
 * @throws CodedError `codec_refused` when it cannot be taken back
 */
export function shareCoresAgain(before: number): void {
  if (before !== ORDINARY || schedulingPolicy() === ORDINARY) return;
  const { status, error, stderr } = spawnSync('chrt', ['--all-tasks', '--other', '--pid', '0', String(process.pid)], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new CodedError<MediaErrorCode>(
    'codec_refused',
    `the encoder made this process a real-time one, which chrt of util-linux could not take back (${error?.message ?? stderr.trim()}): ` +
      'run Amphi as another user than root',
  );
}

/** Of the calling thread, as sched_getscheduler(2) numbers them; where the system does not tell, ordinary. */
export function schedulingPolicy(): number {
  let stat: string;
  try {
    stat = readFileSync('/proc/thread-self/stat', 'latin1');
  } catch {
    return ORDINARY;
  }
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[POLICY_FIELD]);
}
