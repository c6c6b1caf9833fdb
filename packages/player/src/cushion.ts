import type { Millis, Seconds } from '@amphi/base';

/** What one stall adds. */
const STALL: Seconds = 0.2;
/** What is taken back at a time. */
const STEP: Seconds = 0.05;
/** Less than so many parts ahead at any time of a window, and nothing is taken back. */
const ENOUGH_AHEAD = 1.25;
const WINDOW_MS: Millis = 20_000;

/**
 * How much further behind than the stream asks a viewer stays whose parts come late. Each stall adds to it; it is taken back bit
 * by bit while, for a whole window, there was more ahead than was needed.
 */
export class Cushion {
  #seconds: Seconds = 0;
  #leastAhead: Seconds = Number.POSITIVE_INFINITY;
  #since: Millis | undefined;

  get seconds(): Seconds {
    return this.#seconds;
  }

  /** Playback ran dry. @param most to be held back more than the stream asks */
  stalled(most: Seconds): void {
    this.#seconds = Math.min(most, this.#seconds + STALL);
    this.#since = undefined;
  }

  /** Playback goes on. @param ahead what there is to play at this moment @param partTarget longest part */
  saw(ahead: Seconds, partTarget: Seconds, now: Millis): void {
    if (this.#seconds === 0) return;
    if (this.#since === undefined) {
      this.#since = now;
      this.#leastAhead = ahead;
    }
    this.#leastAhead = Math.min(this.#leastAhead, ahead);
    if (now - this.#since < WINDOW_MS) return;
    if (this.#leastAhead > partTarget * ENOUGH_AHEAD + STEP) this.#seconds = Math.max(0, this.#seconds - STEP);
    this.#since = undefined;
  }

  /** Another stream, or the same anew. */
  clear(): void {
    this.#seconds = 0;
    this.#since = undefined;
  }
}
