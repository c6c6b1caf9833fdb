import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  FF_ENCODER_LIBSVTAV1,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { type EncodedFrame, PictureEncoder } from './picture-encoder.ts';

/** Of SVT-AV1, the fastest: the slower ones are for files. */
const PRESET = 12;

export interface Av1EncoderOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** Keyframes come when asked for, and at the latest after this many frames. */
  readonly keyframeInterval: number;
}

/**
 * SVT-AV1 for live: each picture comes out as it goes in, none is put off, keyframes only where they are wanted. Frames are
 * temporal units: OBUs with sizes (AV1, 5.3 and 7.5), a delimiter first. It has threads of its own; one of them does nearly all of
 * the work. What it says on stderr is bounded by `SVT_LOG`.
 */
export class Av1Encoder extends PictureEncoder {
  #isFlushed = false;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: Av1EncoderOptions) {
    const core = new EncoderCore(FF_ENCODER_LIBSVTAV1, {
      configure: (context) => {
        context.width = options.width;
        context.height = options.height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, options.frameRate);
        context.framerate = new Rational(options.frameRate, 1);
        context.bitRate = BigInt(options.bitrateBps);
        context.gopSize = options.keyframeInterval;
        context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
        // As of the rungs in H.264 beside it.
        context.colorSpace = AVCOL_SPC_SMPTE170M;
        context.colorPrimaries = AVCOL_PRI_SMPTE170M;
        context.colorTrc = AVCOL_TRC_SMPTE170M;
        context.colorRange = AVCOL_RANGE_MPEG;
      },
      options: {
        preset: String(PRESET),
        // Low delay, constant bit rate, one thread for the work; scene cuts make no keyframes.
        'svtav1-params': 'rtc=1:pred-struct=1:rc=2:lp=1:scd=0',
      },
    });
    super(core, options);
  }

  override flush(): EncodedFrame[] {
    this.#isFlushed = true;
    return super.flush();
  }

  override close(): void {
    // The library calls it an error to be closed before it was told that nothing comes.
    if (!this.#isFlushed) this.flush();
    super.close();
  }
}
