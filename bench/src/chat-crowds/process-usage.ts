import { readdirSync, readFileSync } from 'node:fs';

/** Linux, proc_pid_schedstat: nanoseconds on a CPU of all threads that live. @returns microseconds */
export function cpuMicrosOf(pid: number): number {
  let nanos = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanos / 1000;
}

/** Resident memory. @returns bytes */
export function residentBytesOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
