import { assert } from '@amphi/base';
import { AV_CHANNEL_LAYOUT_STEREO, AV_SAMPLE_FMT_FLT, FF_ENCODER_LIBOPUS, Frame, Rational } from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { check } from './media-error.ts';

/** Samples of one packet: 20 ms, as browsers send. */
export const OPUS_PACKET_SAMPLES = 960;

/** Opus, stereo, 48 kHz, 20 ms a packet. For senders made of software. */
export class OpusEncoder implements Disposable {
  readonly #core: EncoderCore;
  readonly #frame = new Frame();
  #position = 0;

  constructor(options: { readonly bitrateBps: number }) {
    this.#core = new EncoderCore(FF_ENCODER_LIBOPUS, {
      configure: (context) => {
        context.sampleRate = 48_000;
        context.sampleFormat = AV_SAMPLE_FMT_FLT;
        context.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
        context.bitRate = BigInt(options.bitrateBps);
        context.timeBase = new Rational(1, 48_000);
      },
      // The other modes look ahead further.
      options: { application: 'lowdelay' },
    });
    this.#frame.alloc();
    this.#frame.format = AV_SAMPLE_FMT_FLT;
    this.#frame.nbSamples = OPUS_PACKET_SAMPLES;
    this.#frame.sampleRate = 48_000;
    this.#frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
    check(this.#frame.getBuffer(0), 'allocate the audio frame');
  }

  /** @param interleaved 960 samples of left and right @returns packets, copies */
  encode(interleaved: Float32Array): Uint8Array[] {
    assert(interleaved.length === 2 * OPUS_PACKET_SAMPLES, `${interleaved.length} values; allowed are 1920`);
    check(this.#frame.makeWritable(), 'make the audio frame writable');
    const plane = this.#frame.data?.[0];
    assert(plane !== undefined, 'an audio frame has a plane');
    new Float32Array(plane.buffer, plane.byteOffset, interleaved.length).set(interleaved);
    this.#frame.pts = BigInt(this.#position);
    this.#position += OPUS_PACKET_SAMPLES;
    return this.#core.encode(this.#frame, (data) => data);
  }

  close(): void {
    this.#frame.free();
    this.#core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
