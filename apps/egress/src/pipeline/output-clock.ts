/**
 * The engine clock: tick k is due at `startedAt + k / frameRate`, whether or not anyone sends. Late ticks are caught up
 * one after another, so their number never drifts from the wall clock.
 */
export class OutputClock {
  readonly #periodMs: number;
  readonly #now: () => number;
  readonly #onTick: (tick: number, dueAt: number) => void;
  #startedAt = 0;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param options.now wall clock in ms with fractions */
  constructor(options: {
    readonly frameRate: number;
    readonly now: () => number;
    readonly onTick: (tick: number, dueAt: number) => void;
  }) {
    this.#periodMs = 1000 / options.frameRate;
    this.#now = options.now;
    this.#onTick = options.onTick;
  }

  /**
   * @param firstTick the number of the tick that comes one period from now
   * @returns when tick 0 is or was due
   */
  start(firstTick = 0): number {
    this.#startedAt = this.#now() + (1 - firstTick) * this.#periodMs;
    this.#next = firstTick;
    this.#schedule();
    return this.#startedAt;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    const dueAt = this.#startedAt + this.#next * this.#periodMs;
    // Timers fire up to a millisecond late; half of one early is nothing.
    this.#timer = setTimeout(() => this.#run(), Math.max(0, dueAt - this.#now() - 0.5));
  }

  #run(): void {
    const dueAt = this.#startedAt + this.#next * this.#periodMs;
    if (this.#now() >= dueAt - 0.6) this.#onTick(this.#next++, dueAt);
    if (this.#timer) this.#schedule();
  }
}
