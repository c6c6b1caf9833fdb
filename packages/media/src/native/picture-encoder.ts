import { AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE } from './codec-library.ts';
import type { EncoderCore } from './encoder-core.ts';
import { copyPicture, NativePicture } from './native-picture.ts';
import { fillPicture, type Picture, type Yuv } from './planes.ts';
import { Scaler } from './scaler.ts';

const BLACK: Yuv = [16, 128, 128];

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
