import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  FF_ENCODER_LIBX264,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { PictureEncoder } from './picture-encoder.ts';

export interface H264EncoderOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** x264 preset, `ultrafast` to `slow`. */
  readonly preset: string;
  /** Keyframes come when asked for, and at the latest after this many frames. */
  readonly keyframeInterval: number;
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
        context.width = options.width;
        context.height = options.height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, options.frameRate);
        context.framerate = new Rational(options.frameRate, 1);
        context.bitRate = BigInt(options.bitrateBps);
        context.rcMaxRate = BigInt(options.bitrateBps);
        context.rcBufferSize = options.bitrateBps;
        context.gopSize = options.keyframeInterval;
        context.maxBFrames = 0;
        context.threadCount = 1;
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
        // What WebRTC sends. Said aloud, as players guess by the picture's height: rungs would differ in colour.
        context.colorSpace = AVCOL_SPC_SMPTE170M;
        context.colorPrimaries = AVCOL_PRI_SMPTE170M;
        context.colorTrc = AVCOL_TRC_SMPTE170M;
        context.colorRange = AVCOL_RANGE_MPEG;
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
