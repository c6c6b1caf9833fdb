import { OVERLOAD_SHARE, type TickCounts } from './overload-watch.ts';

/** Every how many-th picture the rungs below the top get, from no load to much. */
const STEPS = [1, 2, 4];
/** Windows in a row of too much before anything is given up: a moment's load is none. */
const PATIENCE = 2;
/** Windows in a row without a skipped picture before more is tried: a minute. */
const CALM = 12;
/** The wait doubles each time that more was too much at once, up to a quarter of an hour. */
const MOST_CALM = 16 * CALM;

/**
 * What the rungs below the top give up when the machine is too slow for all: pictures, so that the top keeps its own. The
 * playlists stay what they are, and nobody's player has to choose anew. Fed with the counts of five seconds each time.
 */
export class LoadControl {
  #last: TickCounts = { ticks: 0, skipped: 0 };
  #level = 0;
  #overloaded = 0;
  #calm = 0;
  #calmNeeded = CALM;
  /** Windows since more was tried. */
  #sinceRaised = Number.POSITIVE_INFINITY;

  /** @returns every how many-th picture they get from now on, when that changes */
  onCounts(now: TickCounts): number | undefined {
    const ticks = now.ticks - this.#last.ticks;
    const skipped = now.skipped - this.#last.skipped;
    this.#last = now;
    this.#sinceRaised++;
    this.#overloaded = skipped > ticks * OVERLOAD_SHARE ? this.#overloaded + 1 : 0;
    this.#calm = skipped === 0 ? this.#calm + 1 : 0;
    if (this.#overloaded >= PATIENCE && this.#level < STEPS.length - 1) {
      const wasTooMuch = this.#sinceRaised <= CALM;
      this.#calmNeeded = wasTooMuch ? Math.min(this.#calmNeeded * 2, MOST_CALM) : this.#calmNeeded;
      return this.#become(this.#level + 1);
    }
    if (this.#calm >= this.#calmNeeded && this.#level > 0) {
      this.#sinceRaised = 0;
      return this.#become(this.#level - 1);
    }
    return undefined;
  }

  #become(level: number): number {
    this.#level = level;
    this.#overloaded = 0;
    this.#calm = 0;
    return STEPS[level]!;
  }
}
