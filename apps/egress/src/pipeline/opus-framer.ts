import { OPUS_PACKET_SAMPLES, type OpusEncoder } from '@amphi/media';
import type { OpusFrame } from '../sinks/sink.ts';

/** Cuts the mix into packets of Opus. Of one run without a hole; another one has a framer of its own. */
export class OpusFramer {
  readonly #encoder: Pick<OpusEncoder, 'encode' | 'close'>;
  readonly #interleaved = new Float32Array(2 * OPUS_PACKET_SAMPLES);
  /** Samples of the packet that is being filled. */
  #filled = 0;
  /** Of the next packet, from tick 0 on. */
  #sample: number;

  /** @param options.firstSample of the first block, counted from tick 0 */
  constructor(options: { readonly encoder: Pick<OpusEncoder, 'encode' | 'close'>; readonly firstSample: number }) {
    this.#encoder = options.encoder;
    this.#sample = options.firstSample;
  }

  /** @param left,right as many samples of each @returns what has become whole */
  push(left: Float32Array, right: Float32Array): OpusFrame[] {
    const frames: OpusFrame[] = [];
    for (let index = 0; index < left.length; index++) {
      this.#interleaved[2 * this.#filled] = left[index] as number;
      this.#interleaved[2 * this.#filled + 1] = right[index] as number;
      this.#filled += 1;
      if (this.#filled < OPUS_PACKET_SAMPLES) continue;
      this.#filled = 0;
      for (const data of this.#encoder.encode(this.#interleaved)) {
        frames.push({ sample: this.#sample, data });
        this.#sample += OPUS_PACKET_SAMPLES;
      }
    }
    return frames;
  }

  close(): void {
    this.#encoder.close();
  }
}
