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
      for (const listener of [...this.#listeners]) listener();
    });
  }

  subscribe(listener: () => void): Unsubscribe {
    // Wrapped, so that one function may subscribe twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }
}
