import { createDecoder, type OpusDecoderHandle } from 'libopus-wasm';
import type { DecodedAudio } from './decoded-audio.ts';

/** 120 ms, the longest that a packet can be (RFC 6716, 2.1.4). */
const MAX_SAMPLES = 5_760;

/**
 * Opus to planar float, and what a loss leaves out (RFC 6716, 4.4 and 2.1.7): the reference implementation, as the codec
 * library's decoder knows neither concealment nor the redundancy that packets carry of the one before. Packets and losses are
 * told in order. What it gives is valid until its next call.
 */
export class OpusDecoder implements Disposable {
  readonly #decoder: OpusDecoderHandle;
  readonly #left = new Float32Array(MAX_SAMPLES);
  readonly #right = new Float32Array(MAX_SAMPLES);

  static async create(): Promise<OpusDecoder> {
    return new OpusDecoder(await createDecoder({ sampleRate: 48_000, channels: 2 }));
  }

  private constructor(decoder: OpusDecoderHandle) {
    this.#decoder = decoder;
  }

  /** @throws for data that cannot be decoded */
  decode(data: Uint8Array): DecodedAudio {
    return this.#planesOf(this.#decoder.decodeFloat(data));
  }

  /** What is heard in place of so many lost samples: what came before goes on, and fades. @param samples as long as a packet can be */
  conceal(samples: number): DecodedAudio {
    return this.#planesOf(this.#decoder.decodePacketLossFloat(samples));
  }

  /** The lost samples right before a packet, as it says they were; where it says nothing, as `conceal`. @throws as `decode` */
  recover(data: Uint8Array, samples: number): DecodedAudio {
    return this.#planesOf(this.#decoder.decodeFloat(data, { decodeFec: true, frameSize: samples }));
  }

  close(): void {
    this.#decoder.free();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #planesOf(interleaved: Float32Array): DecodedAudio {
    const samples = interleaved.length / 2;
    for (let i = 0; i < samples; i++) {
      this.#left[i] = interleaved[2 * i]!;
      this.#right[i] = interleaved[2 * i + 1]!;
    }
    return { left: this.#left.subarray(0, samples), right: this.#right.subarray(0, samples) };
  }
}
