import type { Unsubscribe } from '@amphi/base';

/**
 * One immutable value with subscribers. Several updates in one go tell the subscribers once, in a microtask, so that a
 * burst of notifications costs one render. `get` is always up to date.
 */
export class StateStore<State> {
  #state: State;
  #isScheduled = false;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  get(): State {
    return this.#state;
  }

  update(change: (state: State) => State): void {
    const next = change(this.#state);
    if (next === this.#state) return;
    this.#state = next;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
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
