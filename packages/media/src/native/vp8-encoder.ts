import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBVPX_VP8,
  Rational,
} from './codec-library.ts';
import { EncoderCore } from './encoder-core.ts';
import { copyPicture, NativePicture } from './native-picture.ts';
import type { Picture } from './planes.ts';

export interface Vp8EncoderOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
}

export interface EncodedVp8 {
  readonly isKeyframe: boolean;
  /** A copy, the caller's. */
  readonly data: Uint8Array;
}

/** VP8 as a browser sends it: real time, no look-ahead, keyframes only when asked for. For senders made of software. */
export class Vp8Encoder implements Disposable {
  readonly #core: EncoderCore;
  readonly #input: NativePicture;
  #next = 0n;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: Vp8EncoderOptions) {
    this.#core = new EncoderCore(FF_ENCODER_LIBVPX_VP8, {
      configure: (context) => {
        context.width = options.width;
        context.height = options.height;
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.timeBase = new Rational(1, options.frameRate);
        context.framerate = new Rational(options.frameRate, 1);
        context.bitRate = BigInt(options.bitrateBps);
        context.gopSize = 1_000_000;
        context.maxBFrames = 0;
        context.threadCount = 1;
      },
      options: { deadline: 'realtime', 'cpu-used': '12', 'lag-in-frames': '0' },
    });
    this.#input = new NativePicture(options.width, options.height);
  }

  /** @param picture of the encoder's size @returns one frame, or none when rate control dropped it */
  encode(picture: Picture, keyframe: boolean): EncodedVp8[] {
    this.#input.assertWritable();
    copyPicture(picture, this.#input.picture);
    this.#input.frame.pts = this.#next++;
    this.#input.frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return this.#core.encode(this.#input.frame, (data, { isKeyframe }) => ({ isKeyframe, data }));
  }

  close(): void {
    this.#input.close();
    this.#core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
