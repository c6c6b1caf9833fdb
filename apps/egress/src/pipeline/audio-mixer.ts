import {
  AAC_FRAME_SAMPLES,
  type AacEncoder,
  type AudioRing,
  Limiter,
  LOOK_AHEAD_SAMPLES,
  SAMPLE_RATE,
} from '@amphi/media';

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;

type Sources = Iterable<{ readonly ring: AudioRing; readonly audible: boolean }>;

/**
 * Mixes what was captured at each moment into AAC frames, in step with the output clock. The limiter looks ahead: a frame is made when that much
 * more of the sources is due, 5 ms later than it could be without; its place in time is the same.
 */
export class AudioMixer {
  readonly #encoder: Pick<AacEncoder, 'encode' | 'flush'>;
  readonly #limiter = new Limiter();
  readonly #left = new Float32Array(AAC_FRAME_SAMPLES);
  readonly #right = new Float32Array(AAC_FRAME_SAMPLES);
  readonly #firstSample: number;
  readonly #onMixed: (left: Float32Array, right: Float32Array, position: number) => void;
  /** Behind the last sample that the limiter was given. */
  #mixedUntil: number;

  /**
   * @param options.capturedFrom capture time in ms of what the first sample plays
   * @param options.onMixed gets what each frame is made of, and its place counted from the first sample; the arrays are
   *   used again
   */
  constructor(options: {
    readonly encoder: Pick<AacEncoder, 'encode' | 'flush'>;
    readonly capturedFrom: number;
    readonly onMixed?: (left: Float32Array, right: Float32Array, position: number) => void;
  }) {
    this.#encoder = options.encoder;
    this.#onMixed = options.onMixed ?? (() => {});
    this.#firstSample = Math.round(options.capturedFrom * SAMPLES_PER_MS);
    this.#mixedUntil = this.#firstSample;
  }

  /** The rest, to the end of a frame, and what the encoder holds back. Nothing may be mixed afterwards. */
  finish(capturedUntil: number, rings: Sources): Uint8Array[] {
    const rest = AAC_FRAME_SAMPLES + LOOK_AHEAD_SAMPLES;
    return [...this.mixUntil(capturedUntil + rest / SAMPLES_PER_MS, rings), ...this.#encoder.flush()];
  }

  /** Everything captured before `capturedUntil` and the look-ahead, in whole frames. @returns encoded frames */
  mixUntil(capturedUntil: number, rings: Sources): Uint8Array[] {
    const encoded: Uint8Array[] = [];
    const sources = [...rings];
    const end = Math.round(capturedUntil * SAMPLES_PER_MS);
    // The limiter's first samples come out as silence: they are what it looks ahead to from the first frame.
    if (this.#mixedUntil === this.#firstSample) {
      if (this.#mixedUntil + LOOK_AHEAD_SAMPLES > end) return encoded;
      this.#mix(sources, this.#left.subarray(0, LOOK_AHEAD_SAMPLES), this.#right.subarray(0, LOOK_AHEAD_SAMPLES));
    }
    while (this.#mixedUntil + AAC_FRAME_SAMPLES <= end) {
      // Given to the limiter by now is the look-ahead more than what came out of it.
      const position = this.#mixedUntil - LOOK_AHEAD_SAMPLES - this.#firstSample;
      this.#mix(sources, this.#left, this.#right);
      this.#onMixed(this.#left, this.#right, position);
      encoded.push(...this.#encoder.encode(this.#left, this.#right));
    }
    return encoded;
  }

  /** Fills both with the limiter's next samples. */
  #mix(sources: Iterable<{ ring: AudioRing; audible: boolean }>, left: Float32Array, right: Float32Array): void {
    left.fill(0);
    right.fill(0);
    for (const { ring, audible } of sources) ring.mixInto(this.#mixedUntil, left, right, audible);
    this.#limiter.process(left, right);
    this.#mixedUntil += left.length;
  }
}
