import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  FF_ENCODER_LIBX264,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { copyPicture, NativePicture } from './native-picture.ts';
import { fillPicture, type Picture, type Yuv } from './planes.ts';
import { Scaler } from './scaler.ts';

const BLACK: Yuv = [16, 128, 128];

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

export interface EncodedH264 {
  readonly tick: number;
  readonly isKeyframe: boolean;
  /** NAL units with start codes (Annex B). A copy, the caller's. */
  readonly data: Uint8Array;
}

/** x264 for live: no B-frames, no look-ahead, keyframes only where they are wanted. One thread; run one per thread. */
export class H264Encoder implements Disposable {
  readonly #core: EncoderCore;
  readonly #input: NativePicture;
  /** Rows of a native frame are padded. */
  readonly #scaler = new Scaler({ paddedTarget: true });

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: H264EncoderOptions) {
    this.#core = new EncoderCore(FF_ENCODER_LIBX264, {
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
    this.#input = new NativePicture(options.width, options.height);
    fillPicture(this.#input.picture, BLACK);
  }

  /** Sequence and picture parameter sets with start codes. */
  get parameterSets(): Uint8Array {
    return this.#core.configuration;
  }

  /**
   * Encodes a picture of any size, scaled when it is not the encoder's.
   * @param tick presentation time in frames, rising
   */
  encode(picture: Picture, tick: number, keyframe: boolean): EncodedH264[] {
    this.#input.assertWritable();
    const input = this.#input.picture;
    if (picture.width === input.width && picture.height === input.height) copyPicture(picture, input);
    else this.#scaler.scale(picture, input);
    return this.encodeAgain(tick, keyframe);
  }

  /** Encodes the picture of the last call once more; black before the first. */
  encodeAgain(tick: number, keyframe: boolean): EncodedH264[] {
    this.#input.frame.pts = BigInt(tick);
    this.#input.frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return this.#core.encode(this.#input.frame, toPicture);
  }

  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedH264[] {
    return this.#core.encode(null, toPicture);
  }

  close(): void {
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
): EncodedH264 {
  return { tick: Number(pts), isKeyframe, data };
}
