import type { CancelTimer, Clock, Unsubscribe } from '@amphi/base';

/** How much later than told to the store subscribers may hear of what can wait. */
export const SOON_MS = 100;

/**
 * One immutable value with subscribers. Several updates in one go tell the subscribers once, in a microtask, so that a
 * burst of notifications costs one render. `get` is always up to date.
 */
export class StateStore<State> {
  #state: State;
  #isScheduled = false;
  readonly #clock: Clock;
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancelSoon: CancelTimer | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(state: State, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  get(): State {
    return this.#state;
  }

  update(change: (state: State) => State): void {
    if (this.#change(change)) this.#tellAtOnce();
  }

  /**
   * For what may come so often that each time is too often to draw: subscribers are told at once if they were not within the last
   * `SOON_MS`, else when that is over, or with the next `update`.
   */
  updateSoon(change: (state: State) => State): void {
    if (!this.#change(change) || this.#isScheduled || this.#cancelSoon) return;
    const wait = this.#toldAt + SOON_MS - this.#clock.now();
    // A clock that was put back waits no longer than one that was not.
    if (wait > 0) this.#cancelSoon = this.#clock.after(Math.min(wait, SOON_MS), () => this.#tellAtOnce());
    else this.#tellAtOnce();
  }

  #change(change: (state: State) => State): boolean {
    const next = change(this.#state);
    if (next === this.#state) return false;
    this.#state = next;
    return true;
  }

  #tellAtOnce(): void {
    this.#cancelSoon?.();
    this.#cancelSoon = undefined;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#toldAt = this.#clock.now();
      // One that was taken away by another meanwhile is not called any more.
      for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
    });
  }

  subscribe(listener: () => void): Unsubscribe {
    // Wrapped, so that one function may subscribe twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Calls `listener` with what `select` gives: now, and whenever that has become another value. */
  watch<T>(select: (state: State) => T, listener: (part: T) => void): Unsubscribe {
    let last = select(this.#state);
    const unsubscribe = this.subscribe(() => {
      const next = select(this.#state);
      if (Object.is(next, last)) return;
      last = next;
      listener(next);
    });
    listener(last);
    return unsubscribe;
  }
}
