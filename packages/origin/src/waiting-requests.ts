import { type Clock, type Holding, type Millis, openAll, type Refusal, type Release } from '@amphi/base';

/** How a wait ends. `reached`: what it waited for is there; `never`: it will not come. */
export type WaitOutcome = 'reached' | 'never' | 'timeout';

/** Takes a wait off again; harmless when it has ended. */
export type CancelWait = () => void;

interface Group {
  /** Undefined as long as it is open. */
  readonly check: () => 'reached' | 'never' | undefined;
  readonly waiters: Set<Waiter>;
}

interface Waiter {
  readonly group: Group;
  readonly key: string;
  readonly deadline: Millis;
  readonly release: Release;
  readonly end: (outcome: WaitOutcome) => void;
}

/**
 * Requests that wait for a part or a segment, grouped by what they wait for, since nearly all viewers wait for the
 * same. Bounded by whatever each is charged to. Each waits at most `timeoutMs`.
 */
export class WaitingRequests {
  readonly #clock: Clock;
  readonly #timeoutMs: Millis;
  readonly #groups = new Map<string, Group>();
  /** All waiters, oldest first: the first has the next deadline, as all wait equally long. */
  readonly #byAge = new Set<Waiter>();
  #cancelTimer: (() => void) | undefined;

  constructor(options: { readonly clock: Clock; readonly timeoutMs: Millis }) {
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  get size(): number {
    return this.#byAge.size;
  }

  /**
   * @param key the same for requests whose `check` answers the same
   * @param holdings what one more is charged to
   * @param end called once, unless cancelled
   * @returns the refusal when there are too many already
   */
  add(key: string, check: Group['check'], holdings: readonly Holding[], end: Waiter['end']): CancelWait | Refusal {
    const release = openAll(holdings);
    if (typeof release !== 'function') return release;
    let group = this.#groups.get(key);
    if (!group) {
      group = { check, waiters: new Set() };
      this.#groups.set(key, group);
    }
    const waiter: Waiter = { group, key, deadline: this.#clock.now() + this.#timeoutMs, release, end };
    group.waiters.add(waiter);
    this.#byAge.add(waiter);
    if (!this.#cancelTimer) this.#armTimer(this.#timeoutMs);
    return () => this.#remove(waiter);
  }

  /** Ends the waits whose check has an answer now. */
  release(): void {
    for (const group of [...this.#groups.values()]) {
      const outcome = group.check();
      if (outcome) this.#end([...group.waiters], outcome);
    }
  }

  /** Ends all waits. */
  endAll(outcome: WaitOutcome): void {
    this.#end([...this.#byAge], outcome);
  }

  #end(waiters: readonly Waiter[], outcome: WaitOutcome): void {
    // All are off the lists before the first is answered: an answer may bring new requests.
    for (const waiter of waiters) this.#remove(waiter);
    for (const waiter of waiters) waiter.end(outcome);
  }

  #remove(waiter: Waiter): void {
    if (!this.#byAge.delete(waiter)) return;
    waiter.release();
    waiter.group.waiters.delete(waiter);
    if (waiter.group.waiters.size === 0) this.#groups.delete(waiter.key);
    if (this.#byAge.size === 0) {
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
    }
  }

  #armTimer(delayMs: Millis): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      const now = this.#clock.now();
      const due: Waiter[] = [];
      for (const waiter of this.#byAge) {
        if (waiter.deadline > now) break;
        due.push(waiter);
      }
      this.#end(due, 'timeout');
      const next = this.#byAge.values().next().value;
      if (next && !this.#cancelTimer) this.#armTimer(Math.max(1, next.deadline - now));
    });
  }
}
