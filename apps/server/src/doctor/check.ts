import type { Clock, Millis } from '@amphi/base';
import type { DoctorFinding } from '@amphi/protocol';
import type { Settings } from '../settings.ts';

/** What one check found; the doctor adds whose it is. */
export type Finding = Pick<DoctorFinding, 'state' | 'what' | 'remedy'>;

/** What all checks are given. */
export interface DoctorContext {
  readonly settings: Settings;
  readonly clock: Clock;
  /** The process of the server that uses this data directory, if one runs. */
  readonly serverPid: number | undefined;
  /** The egress program, whose `measure` runs in a process of its own. */
  readonly egressProgram: string;
  /** Ends with the run, or when the check takes too long. */
  readonly signal: AbortSignal;
}

/**
 * One thing to look at. `run` measures, and leaves what to make of it to a pure function beside it.
 * A check changes nothing and cleans up after itself.
 */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly timeoutMs: Millis;
  /** Wants the processor for itself: runs when all others are through. */
  readonly isHeavy?: true;
  run(context: DoctorContext): Promise<readonly Finding[]>;
}

export const ok = (what: string): Finding => ({ state: 'ok', what });
export const warn = (what: string, remedy: string): Finding => ({ state: 'warn', what, remedy });
export const fail = (what: string, remedy: string): Finding => ({ state: 'fail', what, remedy });

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Such as `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}
