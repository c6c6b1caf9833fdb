import type { CancelTimer, Clock, Millis } from '@amphi/base';

interface Timer {
  readonly id: number;
  readonly run: () => void;
  dueAt: Millis;
  readonly periodMs: number | undefined;
}

/** A clock that moves only when told; timers fire in order of time, then of creation. */
export class VirtualClock implements Clock {
  #now: Millis;
  #nextId = 0;
  readonly #timers = new Map<number, Timer>();

  constructor(startAt: Millis = 1_793_000_000_000) {
    this.#now = startAt;
  }

  now(): Millis {
    return this.#now;
  }

  after(delayMs: Millis, run: () => void): CancelTimer {
    return this.#add(delayMs, run, undefined);
  }

  every(periodMs: Millis, run: () => void): CancelTimer {
    return this.#add(periodMs, run, periodMs);
  }

  /** Timers that would still fire: a leak check for tests. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on, firing what falls due on the way. */
  advance(byMs: Millis): void {
    const end = this.#now + byMs;
    for (let timer = this.#nextDue(end); timer; timer = this.#nextDue(end)) {
      this.#now = timer.dueAt;
      if (timer.periodMs === undefined) this.#timers.delete(timer.id);
      else timer.dueAt += timer.periodMs;
      timer.run();
    }
    this.#now = end;
  }

  #add(delayMs: Millis, run: () => void, periodMs: number | undefined): CancelTimer {
    const id = this.#nextId++;
    this.#timers.set(id, { id, run, dueAt: this.#now + delayMs, periodMs });
    return () => this.#timers.delete(id);
  }

  #nextDue(until: Millis): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.dueAt <= until && (!next || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}
