import type { Millis } from '@amphi/base';

/** Two seconds: more than any playout delay and jitter. */
const RING_SAMPLES = 96_000;
/** A packet whose place differs from the end of the last by no more than this follows it without a seam. */
const SNAP_SAMPLES = 24;
/** Up to this difference the clock mapping has slewed: the packet is stretched or pressed. Beyond, something is missing. */
const SLEW_SAMPLES = 240;
/** Change of a packet's length that nobody hears: a fiftieth, a third of a semitone for 20 ms. */
const STRETCH_LIMIT = 0.02;
const SAMPLES_PER_MS = 48;
/** Samples over which a source falls silent or is heard again: 5 ms, so that a voice that is cut in the middle makes no click. */
const FADE_SAMPLES = 240;

/**
 * The sound of one source by the absolute time it was captured, at 48 kHz. What was never written is silence: lost
 * packets, discontinuous transmission, mute and leaving need no case of their own.
 * Frame of reference: sample number = capture time in ms of the wall clock × 48.
 */
export class AudioRing {
  readonly #left = new Float32Array(RING_SAMPLES);
  readonly #right = new Float32Array(RING_SAMPLES);
  /** Behind the last sample written. */
  #end: number | undefined;
  /** Behind the last sample mixed: what comes before it came too late. */
  #mixedUntil = Number.NEGATIVE_INFINITY;
  #dropped = 0;
  /** From 0, silent, to `FADE_SAMPLES`; unknown until it is mixed first. */
  #fade: number | undefined;

  /** Samples that came after their time or more than the ring's length before it. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param capturedAt of the first sample */
  write(capturedAt: Millis, left: Float32Array, right: Float32Array): void {
    const wanted = Math.round(capturedAt * SAMPLES_PER_MS);
    const error = this.#end === undefined ? Number.POSITIVE_INFINITY : wanted - this.#end;
    if (Math.abs(error) > SLEW_SAMPLES) {
      this.#store(wanted, left, right);
      return;
    }
    const position = wanted - error;
    if (Math.abs(error) <= SNAP_SAMPLES) {
      this.#store(position, left, right);
      return;
    }
    const limit = Math.floor(left.length * STRETCH_LIMIT);
    const length = left.length + Math.max(-limit, Math.min(limit, error));
    this.#store(position, resized(left, length), resized(right, length));
  }

  /** Adds the samples from `position` on to the outputs and leaves silence behind. Positions rise. A change of `audible` is faded. */
  mixInto(position: number, left: Float32Array, right: Float32Array, audible: boolean): void {
    // What was written before the first mix and lies before it would be heard one turn of the ring later.
    if (this.#mixedUntil < 0 && this.#end !== undefined) this.#silence(this.#end - RING_SAMPLES, position);
    const [target, step] = audible ? [FADE_SAMPLES, 1] : [0, -1];
    let fade = this.#fade ?? target;
    let at = position % RING_SAMPLES;
    for (let i = 0; i < left.length; i++) {
      if (fade !== target) fade += step;
      const gain = fade / FADE_SAMPLES;
      left[i]! += this.#left[at]! * gain;
      right[i]! += this.#right[at]! * gain;
      this.#left[at] = 0;
      this.#right[at] = 0;
      if (++at === RING_SAMPLES) at = 0;
    }
    this.#fade = fade;
    this.#mixedUntil = position + left.length;
  }

  #silence(from: number, to: number): void {
    for (let position = from; position < to; position++) {
      const at = position % RING_SAMPLES;
      this.#left[at] = 0;
      this.#right[at] = 0;
    }
  }

  #store(position: number, left: Float32Array, right: Float32Array): void {
    const end = position + left.length;
    this.#end = end;
    const late = Math.min(left.length, Math.max(0, this.#mixedUntil - position));
    // Nothing may be written over samples that are still to be heard, one turn of the ring before.
    const tooEarly = this.#mixedUntil > 0 && end > this.#mixedUntil + RING_SAMPLES;
    if (tooEarly || late === left.length) {
      this.#dropped += left.length;
      return;
    }
    this.#dropped += late;
    const count = left.length - late;
    const start = (position + late) % RING_SAMPLES;
    const first = Math.min(count, RING_SAMPLES - start);
    this.#left.set(left.subarray(late, late + first), start);
    this.#right.set(right.subarray(late, late + first), start);
    if (first < count) {
      this.#left.set(left.subarray(late + first), 0);
      this.#right.set(right.subarray(late + first), 0);
    }
  }
}

/** The same sound in `length` samples, by linear interpolation. */
function resized(samples: Float32Array, length: number): Float32Array {
  const result = new Float32Array(length);
  const step = (samples.length - 1) / (length - 1);
  for (let i = 0; i < length; i++) {
    const at = i * step;
    const before = Math.floor(at);
    const after = Math.min(before + 1, samples.length - 1);
    result[i] = samples[before]! + (samples[after]! - samples[before]!) * (at - before);
  }
  return result;
}
