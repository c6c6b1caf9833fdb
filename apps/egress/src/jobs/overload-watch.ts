/** Ticks so far, and those among them that were not encoded. */
export interface TickCounts {
  readonly ticks: number;
  readonly skipped: number;
}

/** More skipped pictures than this are worth telling. */
export const OVERLOAD_SHARE = 0.1;

/** Tells when the machine is too slow, and again only after it was fast enough in between. */
export class OverloadWatch {
  #last: TickCounts = { ticks: 0, skipped: 0 };
  #isOverloaded = false;

  /** @returns what was counted since the last call when an overload begins with it */
  onCounts(now: TickCounts): TickCounts | undefined {
    const since = { ticks: now.ticks - this.#last.ticks, skipped: now.skipped - this.#last.skipped };
    this.#last = now;
    const wasOverloaded = this.#isOverloaded;
    this.#isOverloaded = since.skipped > since.ticks * OVERLOAD_SHARE;
    return this.#isOverloaded && !wasOverloaded ? since : undefined;
  }
}
