import type { Millis } from './units.ts';

/** Cancels a timer; harmless when it already fired. */
export type CancelTimer = () => void;

/** The only source of time for rules and state machines; tests give a virtual one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
  /** Calls `run` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: Millis, run: () => void): CancelTimer;
  /** Calls `run` every `periodMs` until cancelled. Does not keep the process alive. */
  every(periodMs: Millis, run: () => void): CancelTimer;
}

interface Unrefable {
  unref?: () => void;
}

function unref(timer: unknown): void {
  (timer as Unrefable).unref?.();
}

export const systemClock: Clock = {
  now: () => Date.now() as Millis,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    unref(timer);
    return () => clearTimeout(timer);
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    unref(timer);
    return () => clearInterval(timer);
  },
};
