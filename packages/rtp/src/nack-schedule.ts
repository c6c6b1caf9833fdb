import type { Millis } from '@amphi/base';

export interface NackScheduleOptions {
  /** How long a missing packet may still come by itself, reordered on the way. */
  readonly firstAfterMs: Millis;
  /** Between two requests for the same packet; more than a round trip. */
  readonly retryMs: Millis;
  readonly maxRequests: number;
  /** When more are missing than this, asking is useless: the owner should ask for a keyframe. */
  readonly maxMissing: number;
}

/** Fits the jitter buffer's 120 ms: requests at 5, 35, 65 and 95 ms. */
export const NACK_DEFAULTS: NackScheduleOptions = { firstAfterMs: 5, retryMs: 30, maxRequests: 4, maxMissing: 300 };

interface Missing {
  requests: number;
  dueAt: Millis;
}

/** Decides when to ask for which missing packet (RFC 4585, 3.5). Works on unwrapped sequences; reads no clock. */
export class NackSchedule {
  readonly #options: NackScheduleOptions;
  readonly #missing = new Map<number, Missing>();
  #highest: number | undefined;
  #requested = 0;

  constructor(options: Partial<NackScheduleOptions> = {}) {
    this.#options = { ...NACK_DEFAULTS, ...options };
  }

  /** Packets asked for so far, repeats included. */
  get requested(): number {
    return this.#requested;
  }

  /** Tells that `sequence` arrived. @returns false when too many are missing; they are forgotten then */
  onReceived(sequence: number, now: Millis): boolean {
    if (this.#highest === undefined || sequence < this.#highest - 0x8000) {
      this.#missing.clear();
      this.#highest = sequence;
      return true;
    }
    if (sequence <= this.#highest) {
      this.#missing.delete(sequence);
      return true;
    }
    const first = this.#highest + 1;
    this.#highest = sequence;
    if (sequence - first + this.#missing.size > this.#options.maxMissing) {
      this.#missing.clear();
      return false;
    }
    for (let s = first; s < sequence; s++) {
      this.#missing.set(s, { requests: 0, dueAt: now + this.#options.firstAfterMs });
    }
    return true;
  }

  /** Forgets everything below `sequence`: it was given up. */
  onGivenUp(sequence: number): void {
    for (const s of this.#missing.keys()) if (s < sequence) this.#missing.delete(s);
  }

  /** Sequences to ask for at `now`, 16 bits each, in rising order; each is scheduled again until `maxRequests`. */
  take(now: Millis): number[] {
    const due: number[] = [];
    for (const [sequence, missing] of this.#missing) {
      if (missing.dueAt > now) continue;
      due.push(sequence);
      missing.requests++;
      missing.dueAt = now + this.#options.retryMs;
      if (missing.requests >= this.#options.maxRequests) this.#missing.delete(sequence);
    }
    this.#requested += due.length;
    return due.sort((a, b) => a - b).map((s) => s & 0xffff);
  }

  /** When `take` will have something; undefined when nothing is missing. */
  get nextAt(): Millis | undefined {
    let next: Millis | undefined;
    for (const { dueAt } of this.#missing.values()) if (next === undefined || dueAt < next) next = dueAt;
    return next;
  }
}
