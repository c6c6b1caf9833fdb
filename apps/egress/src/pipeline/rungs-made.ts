/**
 * Which rungs are encoded: those that somebody takes. One that was not begins with a segment, as whoever takes it does: all
 * its pictures are there from then on.
 */
export class RungsMade {
  readonly #firstTick: number;
  readonly #framesPerSegment: number;
  /** By rung: the first tick of those that are wanted. */
  #begins: ReadonlyMap<number, number>;
  #rungs: readonly number[] = [];
  /** None before the clock runs. */
  #lastTick: number | undefined;

  /** @param options.rungs wanted from the first tick on, by their place; rising */
  constructor(options: {
    readonly firstTick: number;
    readonly framesPerSegment: number;
    readonly rungs: readonly number[];
    /** It was the turn of this tick already, before there was anything to make. */
    readonly lastTick?: number | undefined;
  }) {
    this.#firstTick = options.firstTick;
    this.#framesPerSegment = options.framesPerSegment;
    this.#lastTick = options.lastTick;
    this.#begins = new Map(options.rungs.map((rung) => [rung, options.firstTick]));
  }

  /** Those that get the present tick, largest first. */
  get rungs(): readonly number[] {
    return this.#rungs;
  }

  /**
   * From now on these are wanted, and no others.
   * @param rungs rising
   * @returns the tick from which on all of them are there
   */
  want(rungs: readonly number[]): number {
    const first = this.#nextStart;
    this.#begins = new Map(rungs.map((rung) => [rung, this.#begins.get(rung) ?? first]));
    return Math.max(...this.#begins.values());
  }

  /** It is the turn of this tick. */
  begin(tick: number): void {
    this.#lastTick = tick;
    this.#rungs = [...this.#begins].flatMap(([rung, first]) => (tick >= first ? [rung] : []));
  }

  get #nextStart(): number {
    if (this.#lastTick === undefined) return this.#firstTick;
    return (Math.floor(this.#lastTick / this.#framesPerSegment) + 1) * this.#framesPerSegment;
  }
}
