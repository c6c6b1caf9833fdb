import { FF_ENCODER_LIBX264 } from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { configureStream, PictureEncoder, type StreamOptions } from './picture-encoder.ts';

export interface H264EncoderOptions extends StreamOptions {
  /** x264 preset, `ultrafast` to `slow`. */
  readonly preset: string;
  /** `baseline` is what browsers agree on for WebRTC. Default: `high`. */
  readonly profile?: 'baseline' | 'high';
}

/**
 * x264 for live: no B-frames, no look-ahead, keyframes only where they are wanted. Frames are NAL units with start codes (Annex B).
 * One thread; run one per thread.
 */
export class H264Encoder extends PictureEncoder {
  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: H264EncoderOptions) {
    const core = new EncoderCore(FF_ENCODER_LIBX264, {
      configure: (context) => {
        configureStream(context, options);
        context.rcMaxRate = BigInt(options.bitrateBps);
        context.rcBufferSize = options.bitrateBps;
        context.maxBFrames = 0;
        context.threadCount = 1;
      },
      options: {
        preset: options.preset,
        tune: 'zerolatency',
        profile: options.profile ?? 'high',
        'forced-idr': '1',
        'x264-params': 'scenecut=0:open-gop=0',
      },
    });
    super(core, options);
  }

  /** Sequence and picture parameter sets with start codes. */
  get parameterSets(): Uint8Array {
    return this.core.configuration;
  }
}
