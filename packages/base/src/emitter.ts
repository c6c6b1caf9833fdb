import { messageOf } from './coded-error.ts';
import type { Logger } from './logger.ts';

/** Undoes a subscription; harmless when called again. */
export type Unsubscribe = () => void;

/**
 * Typed events with one payload each. A listener that throws does not keep the others from running;
 * what it threw goes to `onListenerError` (by default rethrown in a microtask, where the process sees it).
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = rethrowLater) {
    this.#onListenerError = onListenerError;
  }

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    let set = this.#listeners.get(name);
    if (!set) {
      set = new Set();
      this.#listeners.set(name, set);
    }
    const entry = listener as (payload: never) => void;
    set.add(entry);
    return () => set.delete(entry);
  }

  once<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    const off = this.on(name, (payload) => {
      off();
      listener(payload);
    });
    return off;
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const set = this.#listeners.get(name);
    if (!set) return;
    for (const listener of [...set]) {
      try {
        (listener as (payload: Events[Name]) => void)(payload);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Forgets all listeners. */
  clear(): void {
    this.#listeners.clear();
  }
}

/** For emitters whose events come from strangers: a listener that fails at one must not end the process. */
export function logListenerErrors(logger: Logger): (error: unknown) => void {
  return logFaults(logger, 'a listener failed');
}

/** For what runs by itself, a timer or the end of a process, where a fault of ours must not end the process. */
export function logFaults(logger: Logger, message: string): (error: unknown) => void {
  return (error) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error({ error: messageOf(error), stack }, message);
  };
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
