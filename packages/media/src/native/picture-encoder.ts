import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  type CodecContext,
  Rational,
} from './codec-library.ts';
import type { EncoderCore } from './encoder-core.ts';
import { copyPicture, NativePicture } from './native-picture.ts';
import { fillPicture, type Picture, type Yuv } from './planes.ts';
import { Scaler } from './scaler.ts';

const BLACK: Yuv = [16, 128, 128];

/** What is encoded, whatever the codec. */
export interface StreamOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** Keyframes come when asked for, and at the latest after this many frames. */
  readonly keyframeInterval: number;
}

export function configureStream(context: CodecContext, options: StreamOptions): void {
  context.width = options.width;
  context.height = options.height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, options.frameRate);
  context.framerate = new Rational(options.frameRate, 1);
  context.bitRate = BigInt(options.bitrateBps);
  context.gopSize = options.keyframeInterval;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  // What WebRTC sends. Said aloud, as players guess by the picture's height: rungs would differ in colour.
  context.colorSpace = AVCOL_SPC_SMPTE170M;
  context.colorPrimaries = AVCOL_PRI_SMPTE170M;
  context.colorTrc = AVCOL_TRC_SMPTE170M;
  context.colorRange = AVCOL_RANGE_MPEG;
}

export interface EncodedFrame {
  readonly tick: number;
  readonly isKeyframe: boolean;
  /** As the encoder writes it. A copy, the caller's. */
  readonly data: Uint8Array;
}

/** What encoders for live have in common: pictures of any size and times go in, frames of one size come out, in order. */
export abstract class PictureEncoder implements Disposable {
  protected readonly core: EncoderCore;
  readonly #input: NativePicture;
  /** Rows of a native frame are padded. */
  readonly #scaler = new Scaler({ paddedTarget: true });

  /** @param core closed with this */
  protected constructor(core: EncoderCore, size: { readonly width: number; readonly height: number }) {
    this.core = core;
    this.#input = new NativePicture(size.width, size.height);
    fillPicture(this.#input.picture, BLACK);
  }

  /**
   * Encodes a picture of any size, scaled when it is not the encoder's.
   * @param tick presentation time in frames, rising
   */
  encode(picture: Picture, tick: number, keyframe: boolean): EncodedFrame[] {
    this.#input.assertWritable();
    const input = this.#input.picture;
    if (picture.width === input.width && picture.height === input.height) copyPicture(picture, input);
    else this.#scaler.scale(picture, input);
    return this.encodeAgain(tick, keyframe);
  }

  /** Encodes the picture of the last call once more; black before the first. */
  encodeAgain(tick: number, keyframe: boolean): EncodedFrame[] {
    this.#input.frame.pts = BigInt(tick);
    this.#input.frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return this.core.encode(this.#input.frame, toFrame);
  }

  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedFrame[] {
    return this.core.encode(null, toFrame);
  }

  close(): void {
    this.#scaler.close();
    this.#input.close();
    this.core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function toFrame(
  data: Uint8Array,
  { pts, isKeyframe }: { readonly pts: bigint; readonly isKeyframe: boolean },
): EncodedFrame {
  return { tick: Number(pts), isKeyframe, data };
}
