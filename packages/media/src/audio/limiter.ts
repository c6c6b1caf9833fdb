/**
 * Highest sample that leaves the mix: 1 dB below full scale, since a decoder of AAC gives back peaks a little higher than those that were
 * encoded (EBU R 128, note 2 of section h: maximum permitted true peak −1 dBTP).
 */
export const CEILING = 10 ** (-1 / 20);
/** Samples by which the limiter's output is behind its input: 5 ms, time enough to bring the gain down without a click. */
export const LOOK_AHEAD_SAMPLES = 240;
/** Samples that decide about one: itself and those that follow it within the look-ahead. */
const WINDOW = LOOK_AHEAD_SAMPLES + 1;
/** What is missing of full gain is counted in whole units of this size, so that sums of it stay exact for as long as a stream lasts. */
const UNIT = 2 ** -30;
/** Share of the missing gain that is left after a sample: a third after 0.3 s. Faster would be heard as pumping, slower as a quiet room. */
const RELEASE = Math.exp(-1 / (0.3 * 48_000));

/**
 * Keeps a mix at or below `CEILING`. Looks ahead: the gain has come down smoothly by the time that the peak is there, holds, and rises slowly.
 * Both channels get the same gain, so voices stay in their place. What needs no limiting leaves as it came, bit by bit.
 *
 * The gain of a sample is the mean over a window of the least gain that any sample in that window allows. Each such least gain covers the
 * sample itself, so their mean never exceeds what the sample allows: no clipping is left to do.
 */
export class Limiter {
  readonly #left = new Float32Array(LOOK_AHEAD_SAMPLES);
  readonly #right = new Float32Array(LOOK_AHEAD_SAMPLES);
  /** Place of the oldest of the held samples. */
  #heldAt = 0;

  /** The missing gain (units) of the samples of the window that may still be its largest, falling, and when each of them came. */
  readonly #missing = new Float64Array(WINDOW);
  readonly #cameAt = new Float64Array(WINDOW);
  #first = 0;
  #count = 0;
  #now = 0;

  /** Largest missing gain of each of the last windows after the release, and their sum. */
  readonly #smoothed = new Float64Array(WINDOW);
  #smoothedAt = 0;
  #sum = 0;
  #last = 0;

  /**
   * In place, any number of samples: what comes out is what went in `LOOK_AHEAD_SAMPLES` before, silence at first.
   * A sample that is no finite number counts as silence.
   */
  process(left: Float32Array, right: Float32Array): void {
    for (let i = 0; i < left.length; i++) {
      const l = finite(left[i]!);
      const r = finite(right[i]!);
      const gain = this.#gainWith(Math.max(Math.abs(l), Math.abs(r)));
      const at = this.#heldAt;
      left[i] = this.#left[at]! * gain;
      right[i] = this.#right[at]! * gain;
      this.#left[at] = l;
      this.#right[at] = r;
      this.#heldAt = at + 1 === LOOK_AHEAD_SAMPLES ? 0 : at + 1;
    }
  }

  /** @returns gain of the oldest sample that is held, now that one with this peak has come */
  #gainWith(peak: number): number {
    const missing = peak > CEILING ? Math.ceil((1 - CEILING / peak) / UNIT) : 0;
    // Nothing to do and nothing left to win back: the usual case costs no more than this.
    if (missing === 0 && this.#count === 0 && this.#sum === 0) return 1;
    const released = Math.floor(this.#last * RELEASE);
    this.#last = Math.max(this.#largestWith(missing), released);
    this.#sum += this.#last - this.#smoothed[this.#smoothedAt]!;
    this.#smoothed[this.#smoothedAt] = this.#last;
    this.#smoothedAt = this.#smoothedAt + 1 === WINDOW ? 0 : this.#smoothedAt + 1;
    return 1 - (this.#sum * UNIT) / WINDOW;
  }

  /** Largest of a sliding window by a queue of falling values: each comes once and goes once. */
  #largestWith(missing: number): number {
    const now = this.#now++;
    if (this.#count > 0 && this.#cameAt[this.#first]! <= now - WINDOW) {
      this.#first = (this.#first + 1) % WINDOW;
      this.#count--;
    }
    while (this.#count > 0 && this.#missing[(this.#first + this.#count - 1) % WINDOW]! <= missing) this.#count--;
    if (missing > 0) {
      const place = (this.#first + this.#count) % WINDOW;
      this.#missing[place] = missing;
      this.#cameAt[place] = now;
      this.#count++;
    }
    return this.#count > 0 ? this.#missing[this.#first]! : 0;
  }
}

function finite(sample: number): number {
  return Number.isFinite(sample) ? sample : 0;
}
