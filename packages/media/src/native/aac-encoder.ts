import { assert } from '@amphi/base';
import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLTP,
  FF_ENCODER_AAC,
  Frame,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { check } from './media-error.ts';

/** Samples of one AAC frame (ISO/IEC 14496-3), and of the priming that the encoder puts in front. */
export const AAC_FRAME_SAMPLES = 1024;
export const SAMPLE_RATE = 48_000;

/** AAC-LC, stereo, 48 kHz, by the library's own encoder. */
export class AacEncoder implements Disposable {
  readonly #core: EncoderCore;
  readonly #frame = new Frame();
  #position = 0;

  constructor(options: { readonly bitrateBps: number }) {
    this.#core = new EncoderCore(FF_ENCODER_AAC, {
      configure: (context) => {
        context.sampleRate = SAMPLE_RATE;
        context.sampleFormat = AV_SAMPLE_FMT_FLTP;
        context.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
        context.bitRate = BigInt(options.bitrateBps);
        context.timeBase = new Rational(1, SAMPLE_RATE);
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
      },
    });
    const frame = this.#frame;
    frame.alloc();
    frame.format = AV_SAMPLE_FMT_FLTP;
    frame.nbSamples = AAC_FRAME_SAMPLES;
    frame.sampleRate = SAMPLE_RATE;
    frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
    check(frame.getBuffer(0), 'allocate the audio frame');
  }

  /** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
  get audioSpecificConfig(): Uint8Array {
    return this.#core.configuration;
  }

  /** @param left,right 1024 samples each @returns raw AAC frames, copies */
  encode(left: Float32Array, right: Float32Array): Uint8Array[] {
    assert(left.length === AAC_FRAME_SAMPLES && right.length === AAC_FRAME_SAMPLES, 'AAC frames hold 1024 samples');
    check(this.#frame.makeWritable(), 'make the audio frame writable');
    const planes = this.#frame.data;
    assert(planes !== null && planes.length >= 2, 'an audio frame has two planes');
    new Float32Array(planes[0]!.buffer, planes[0]!.byteOffset, AAC_FRAME_SAMPLES).set(left);
    new Float32Array(planes[1]!.buffer, planes[1]!.byteOffset, AAC_FRAME_SAMPLES).set(right);
    this.#frame.pts = BigInt(this.#position);
    this.#position += AAC_FRAME_SAMPLES;
    return this.#core.encode(this.#frame, (data) => data);
  }

  /** What is left inside: the last frame; nothing may be encoded afterwards. */
  flush(): Uint8Array[] {
    return this.#core.encode(null, (data) => data);
  }

  close(): void {
    this.#frame.free();
    this.#core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
