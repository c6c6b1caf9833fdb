import { CodedError } from '@amphi/base';
import type { DecodedAudio } from '../audio/decoded-audio.ts';
import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_SAMPLE_FMT_FLTP,
  Codec,
  CodecContext,
  FF_DECODER_AAC,
  Frame,
  Packet,
  SoftwareResampleContext,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';

const SAMPLE_RATE = 48_000;
/** More channels than film has are no sound, and a rate that AAC knows of is between these (ISO/IEC 14496-3, table 1.18). */
const MAX_CHANNELS = 8;
const [MIN_RATE, MAX_RATE] = [7_350, 96_000];

/** AAC of any rate and number of channels to stereo at 48 kHz. */
export class AacDecoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  #resampler: SoftwareResampleContext | undefined;
  #format = '';
  #left = Buffer.alloc(0);
  #right = Buffer.alloc(0);

  /** @param config AudioSpecificConfig @throws CodedError `codec_missing`, `codec_refused` */
  constructor(config: Uint8Array) {
    const codec = Codec.findDecoderByName(FF_DECODER_AAC);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', 'no decoder aac');
    this.#context.allocContext3(codec);
    this.#context.extraData = Buffer.from(config);
    this.#packet.alloc();
    this.#frame.alloc();
    try {
      check(this.#context.open2Sync(codec, null), 'open decoder aac');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * @param data a raw frame
   * @throws CodedError `codec_refused` for data that cannot be decoded, `invalid_data` for a rate or channels beyond AAC's
   */
  decode(data: Uint8Array, take: (audio: DecodedAudio) => void): void {
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const sent = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    check(sent, 'decode aac');
    while (this.#context.receiveFrameSync(this.#frame) >= 0) take(this.#resampled());
  }

  close(): void {
    this.#resampler?.free();
    this.#resampler = undefined;
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What the decoder gave last. */
  #resampled(): DecodedAudio {
    const { data: planes, nbSamples } = this.#frame;
    if (!planes) throw new CodedError<MediaErrorCode>('invalid_data', 'a frame without samples');
    const resampler = this.#resamplerForFrame();
    const room = Math.max(0, resampler.getOutSamples(nbSamples));
    if (this.#left.length < room * 4) {
      this.#left = Buffer.alloc(room * 4);
      this.#right = Buffer.alloc(room * 4);
    }
    const samples = check(
      resampler.convertSync([this.#left, this.#right], room, [...planes], nbSamples),
      'resample to 48 kHz',
    );
    return {
      left: new Float32Array(this.#left.buffer, this.#left.byteOffset, samples),
      right: new Float32Array(this.#right.buffer, this.#right.byteOffset, samples),
    };
  }

  /** The rate is twice what the configuration says when SBR is found in the stream; channels may change, too. */
  #resamplerForFrame(): SoftwareResampleContext {
    const { sampleRate, channelLayout, format } = this.#frame;
    const channels = channelLayout.nbChannels;
    if (channels < 1 || channels > MAX_CHANNELS || sampleRate < MIN_RATE || sampleRate > MAX_RATE) {
      throw new CodedError<MediaErrorCode>('invalid_data', `${channels} channels at ${sampleRate} Hz`);
    }
    const key = `${sampleRate} ${channels} ${channelLayout.mask} ${format}`;
    if (this.#resampler && key === this.#format) return this.#resampler;
    this.#resampler?.free();
    const resampler = new SoftwareResampleContext();
    check(
      resampler.allocSetOpts2(
        AV_CHANNEL_LAYOUT_STEREO,
        AV_SAMPLE_FMT_FLTP,
        SAMPLE_RATE,
        channelLayout,
        this.#context.sampleFormat,
        sampleRate,
      ),
      'set the resampler up',
    );
    check(resampler.init(), 'open the resampler');
    this.#resampler = resampler;
    this.#format = key;
    return resampler;
  }
}
