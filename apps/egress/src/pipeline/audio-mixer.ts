import { AAC_FRAME_SAMPLES, type AacEncoder, type AudioRing, Limiter, SAMPLE_RATE } from '@amphi/media';

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;

/** Mixes what was captured at each moment into AAC frames, in step with the output clock. */
export class AudioMixer {
  readonly #encoder: AacEncoder;
  readonly #limiter = new Limiter();
  readonly #left = new Float32Array(AAC_FRAME_SAMPLES);
  readonly #right = new Float32Array(AAC_FRAME_SAMPLES);
  readonly #firstSample: number;
  #framesDone = 0;

  /** @param options.capturedFrom capture time in ms of what the first sample plays */
  constructor(options: { readonly encoder: AacEncoder; readonly capturedFrom: number }) {
    this.#encoder = options.encoder;
    this.#firstSample = Math.round(options.capturedFrom * SAMPLES_PER_MS);
  }

  /** The rest, to the end of a frame, and what the encoder holds back. Nothing may be mixed afterwards. */
  finish(
    capturedUntil: number,
    rings: Iterable<{ readonly ring: AudioRing; readonly audible: boolean }>,
  ): Uint8Array[] {
    const wholeFrames = this.mixUntil(capturedUntil + AAC_FRAME_SAMPLES / SAMPLES_PER_MS, rings);
    return [...wholeFrames, ...this.#encoder.flush()];
  }

  /** Everything captured before `capturedUntil`, in whole frames. @returns encoded frames */
  mixUntil(
    capturedUntil: number,
    rings: Iterable<{ readonly ring: AudioRing; readonly audible: boolean }>,
  ): Uint8Array[] {
    const encoded: Uint8Array[] = [];
    const sources = [...rings];
    const end = Math.round(capturedUntil * SAMPLES_PER_MS);
    for (;;) {
      const position = this.#firstSample + this.#framesDone * AAC_FRAME_SAMPLES;
      if (position + AAC_FRAME_SAMPLES > end) return encoded;
      this.#left.fill(0);
      this.#right.fill(0);
      for (const { ring, audible } of sources) ring.mixInto(position, this.#left, this.#right, audible);
      this.#limiter.process(this.#left, this.#right);
      encoded.push(...this.#encoder.encode(this.#left, this.#right));
      this.#framesDone++;
    }
  }
}
