import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  FF_ENCODER_LIBSVTAV1,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { copyPicture, NativePicture } from './native-picture.ts';
import { fillPicture, type Picture, type Yuv } from './planes.ts';
import { Scaler } from './scaler.ts';

const BLACK: Yuv = [16, 128, 128];
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

export interface EncodedAv1 {
  readonly tick: number;
  readonly isKeyframe: boolean;
  /** A temporal unit: OBUs with sizes (AV1, 5.3 and 7.5), a delimiter first. A copy, the caller's. */
  readonly data: Uint8Array;
}

/**
 * SVT-AV1 for live: each picture comes out as it goes in, none is put off, keyframes only where they are wanted. It has
 * threads of its own; one of them does nearly all of the work. What it says on stderr is bounded by `SVT_LOG`.
 */
export class Av1Encoder implements Disposable {
  readonly #core: EncoderCore;
  readonly #input: NativePicture;
  readonly #scaler = new Scaler({ paddedTarget: true });
  #isFlushed = false;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: Av1EncoderOptions) {
    this.#core = new EncoderCore(FF_ENCODER_LIBSVTAV1, {
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
    this.#input = new NativePicture(options.width, options.height);
    fillPicture(this.#input.picture, BLACK);
  }

  /**
   * Encodes a picture of any size, scaled when it is not the encoder's.
   * @param tick presentation time in frames, rising
   */
  encode(picture: Picture, tick: number, keyframe: boolean): EncodedAv1[] {
    this.#input.assertWritable();
    const input = this.#input.picture;
    if (picture.width === input.width && picture.height === input.height) copyPicture(picture, input);
    else this.#scaler.scale(picture, input);
    return this.encodeAgain(tick, keyframe);
  }

  /** Encodes the picture of the last call once more; black before the first. */
  encodeAgain(tick: number, keyframe: boolean): EncodedAv1[] {
    this.#input.frame.pts = BigInt(tick);
    this.#input.frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return this.#core.encode(this.#input.frame, toPicture);
  }

  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedAv1[] {
    this.#isFlushed = true;
    return this.#core.encode(null, toPicture);
  }

  close(): void {
    // The library calls it an error to be closed before it was told that nothing comes.
    if (!this.#isFlushed) this.flush();
    this.#scaler.close();
    this.#input.close();
    this.#core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function toPicture(
  data: Uint8Array,
  { pts, isKeyframe }: { readonly pts: bigint; readonly isKeyframe: boolean },
): EncodedAv1 {
  return { tick: Number(pts), isKeyframe, data };
}
