import { CodedError } from '@amphi/base';
import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_SAMPLE_FMT_FLTP,
  Codec,
  CodecContext,
  FF_DECODER_OPUS,
  Frame,
  Packet,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';

/** Stereo samples in [−1, 1] at 48 kHz: views into native memory, valid until the next call of the decoder. */
export interface DecodedAudio {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Opus to planar float. */
export class OpusDecoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();

  constructor() {
    const codec = Codec.findDecoderByName(FF_DECODER_OPUS);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', 'no decoder opus');
    this.#context.allocContext3(codec);
    this.#context.sampleRate = 48_000;
    this.#context.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
    check(this.#context.open2Sync(codec, null), 'open decoder opus');
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /** @throws CodedError `codec_refused` for data that cannot be decoded */
  decode(data: Uint8Array, take: (audio: DecodedAudio) => void): void {
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const sent = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    check(sent, 'decode opus');
    while (this.#context.receiveFrameSync(this.#frame) >= 0) {
      const planes = this.#frame.data;
      const samples = this.#frame.nbSamples;
      if (!planes || this.#frame.format !== AV_SAMPLE_FMT_FLTP) {
        throw new CodedError<MediaErrorCode>(
          'unsupported_picture',
          `sample format ${this.#frame.format}; allowed is planar float`,
        );
      }
      const left = new Float32Array(planes[0]!.buffer, planes[0]!.byteOffset, samples);
      const second = planes[1];
      take({ left, right: second ? new Float32Array(second.buffer, second.byteOffset, samples) : left });
    }
  }

  close(): void {
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
