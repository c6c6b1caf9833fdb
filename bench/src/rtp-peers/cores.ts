import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What is measured has a core of its own; whoever sends, receives and measures has another. */
export const SERVER_CORE = 0;
export const PEERS_CORE = 1;

/** @throws when there are not two */
export function requireTwoCores(): void {
  if (availableParallelism() < 2) throw new Error('this needs two cores: one for the server, one for its peers');
}

/** Keeps all threads of a process on one core. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** CPU time of a process since its start, user and system. Linux counts it in hundredths of a second (proc(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
