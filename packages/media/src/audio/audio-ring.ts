import type { Millis } from '@amphi/base';

/** Two seconds: more than any playout delay and jitter. */
const RING_SAMPLES = 96_000;
/** Packets whose place differs from the end of the last by no more than this follow it without a seam. */
const SNAP_SAMPLES = 24;
const SAMPLES_PER_MS = 48;

/**
 * The sound of one source by the absolute time it was captured, at 48 kHz. What was never written is silence: lost
 * packets, discontinuous transmission, mute and leaving need no case of their own.
 * Frame of reference: sample number = capture time in ms of the wall clock × 48.
 */
export class AudioRing {
  readonly #left = new Float32Array(RING_SAMPLES);
  readonly #right = new Float32Array(RING_SAMPLES);
  #end: number | undefined;

  /** @param capturedAt of the first sample */
  write(capturedAt: Millis, left: Float32Array, right: Float32Array): void {
    let position = Math.round(capturedAt * SAMPLES_PER_MS);
    if (this.#end !== undefined && Math.abs(position - this.#end) <= SNAP_SAMPLES) position = this.#end;
    const count = left.length;
    this.#end = position + count;
    const start = position % RING_SAMPLES;
    const first = Math.min(count, RING_SAMPLES - start);
    this.#left.set(left.subarray(0, first), start);
    this.#right.set(right.subarray(0, first), start);
    if (first < count) {
      this.#left.set(left.subarray(first), 0);
      this.#right.set(right.subarray(first), 0);
    }
  }

  /** Adds the samples from `position` on to the outputs and leaves silence behind. */
  mixInto(position: number, left: Float32Array, right: Float32Array, audible: boolean): void {
    let at = position % RING_SAMPLES;
    for (let i = 0; i < left.length; i++) {
      if (audible) {
        left[i]! += this.#left[at]!;
        right[i]! += this.#right[at]!;
      }
      this.#left[at] = 0;
      this.#right[at] = 0;
      if (++at === RING_SAMPLES) at = 0;
    }
  }
}
