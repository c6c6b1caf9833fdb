import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { CodedError } from './coded-error.ts';
import type { Millis } from './units.ts';

/** Why something ended. `parent`: its owner closed it; `remote`: the other side did. */
export interface CloseReason {
  readonly by: 'self' | 'parent' | 'remote' | 'failure';
  readonly code?: string;
}

/** Something with a lifetime. Whoever created it closes it. */
export interface Closable {
  /** Idempotent; stops new work at once. */
  close(reason?: CloseReason): void;
  /** Everything is released. Never rejects. */
  readonly closed: Promise<CloseReason>;
}

/** Runs something once it is closed. What fails in it goes to `onError`, where else only the process would hear of it. */
export function whenClosed(
  { closed }: Pick<Closable, 'closed'>,
  run: (reason: CloseReason) => Promise<void> | void,
  onError: (error: unknown) => void,
): void {
  closed.then(run).catch(onError);
}

type CleanUp = () => Promise<void> | undefined | void;

/**
 * Holds clean-ups, timers and an abort signal of one lifetime. Register right after acquiring, before the
 * next `await`. Unwinds in reverse order and goes on past a clean-up that fails.
 */
export class Scope implements Closable {
  readonly closed: Promise<CloseReason>;
  readonly #abort = new AbortController();
  readonly #cleanUps = new Set<CleanUp>();
  readonly #clock: Clock;
  readonly #onCleanUpError: (error: unknown) => void;
  readonly #onTimerError: ((error: unknown) => void) | undefined;
  #resolveClosed!: (reason: CloseReason) => void;
  #reason: CloseReason | undefined;

  constructor(
    options: {
      clock?: Clock;
      onCleanUpError?: (error: unknown) => void;
      /** What a timer of the scope threw. Default: thrown on, where the process sees it. */
      onTimerError?: (error: unknown) => void;
    } = {},
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#onCleanUpError = options.onCleanUpError ?? (() => {});
    this.#onTimerError = options.onTimerError;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isClosed(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * Runs `cleanUp` when the scope closes; at once if it has closed already.
   * @returns takes the clean-up off again without running it
   */
  defer(cleanUp: CleanUp): () => void {
    if (this.#reason) {
      void this.#run(cleanUp);
      return () => {};
    }
    const entry: CleanUp = () => cleanUp();
    this.#cleanUps.add(entry);
    return () => this.#cleanUps.delete(entry);
  }

  /** Closes `child` with this scope, and forgets it when it closes by itself. */
  own<T extends Closable>(child: T): T {
    const forget = this.defer(async () => {
      child.close({ by: 'parent' });
      await child.closed;
    });
    void child.closed.then(forget);
    return child;
  }

  after(delayMs: Millis, run: () => void): () => void {
    if (this.#reason) return () => {};
    let forget = (): void => {};
    const cancel = this.#clock.after(delayMs, () => {
      forget();
      this.#runTimer(run);
    });
    forget = this.defer(cancel);
    return () => {
      forget();
      cancel();
    };
  }

  every(periodMs: Millis, run: () => void): () => void {
    if (this.#reason) return () => {};
    const cancel = this.#clock.every(periodMs, () => this.#runTimer(run));
    const forget = this.defer(cancel);
    return () => {
      forget();
      cancel();
    };
  }

  /**
   * Waits for `work` no longer than the scope lives: what it waits for may go with the scope and never settle, as the promises
   * of a closed `RTCPeerConnection` do (WebRTC 1.0, 4.4.1.2).
   * @throws CodedError `closed` when the scope closes first; what `work` comes to then is dropped
   */
  whileOpen<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const forget = this.defer(() => reject(new CodedError('closed', 'closed meanwhile')));
      work.then(resolve, reject).finally(forget);
    });
  }

  close(reason: CloseReason = { by: 'self' }): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#abort.abort(reason);
    void this.#unwind(reason);
  }

  async #unwind(reason: CloseReason): Promise<void> {
    for (const cleanUp of [...this.#cleanUps].reverse()) {
      // Synchronous clean-ups (timers, listeners) are done when `close` returns, unless one before them takes time.
      const pending = this.#run(cleanUp);
      if (pending) await pending;
    }
    this.#cleanUps.clear();
    this.#resolveClosed(reason);
  }

  #runTimer(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!this.#onTimerError) throw error;
      this.#onTimerError(error);
    }
  }

  #run(cleanUp: CleanUp): Promise<void> | undefined {
    try {
      return cleanUp()?.catch(this.#onCleanUpError);
    } catch (error) {
      this.#onCleanUpError(error);
      return undefined;
    }
  }
}
