import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

export type Figures = Readonly<Record<string, number | string | boolean>>;

/** What a figure depends on beside the code. */
export interface Machine {
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
}

/** One run of a benchmark, as `bench/results/NAME.json` lists it. */
export interface Run {
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** Of what was checked out, abbreviated; it may have had changes. Empty where there is no repository. */
  readonly commit: string;
  readonly machine: Machine;
  /** Programs that ran or wanted to, on average in the minute before: much above 0, and the machine was shared. */
  readonly loadBefore: number;
  /** Of the command line. */
  readonly arguments: string;
  readonly figures: Figures;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

export function checkedOutCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/** The list with one more run, which takes the place of an earlier one with the same arguments on the same machine. */
export function withRun(runs: readonly Run[], run: Run): readonly Run[] {
  const key = ({ machine, arguments: given }: Run): string =>
    JSON.stringify([machine.cpu, machine.cores, machine.memoryGb, machine.node, given]);
  return [...runs.filter((other) => key(other) !== key(run)), run];
}
