import { CodedError } from '@amphi/base';
import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  Codec,
  CodecContext,
  FF_ENCODER_LIBVPX_VP8,
  Packet,
  Rational,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';
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
  readonly #context = new CodecContext();
  readonly #input: NativePicture;
  readonly #packet = new Packet();
  #next = 0n;

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: Vp8EncoderOptions) {
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBVPX_VP8);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', 'no encoder libvpx');
    const context = this.#context;
    context.allocContext3(codec);
    context.width = options.width;
    context.height = options.height;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.timeBase = new Rational(1, options.frameRate);
    context.framerate = new Rational(options.frameRate, 1);
    context.bitRate = BigInt(options.bitrateBps);
    context.gopSize = 1_000_000;
    context.maxBFrames = 0;
    context.threadCount = 1;
    for (const [name, value] of Object.entries({ deadline: 'realtime', 'cpu-used': '12', 'lag-in-frames': '0' })) {
      check(context.setOption(name, value), `libvpx option ${name}=${value}`);
    }
    check(context.open2Sync(codec, null), 'open libvpx');
    this.#input = new NativePicture(options.width, options.height);
    this.#packet.alloc();
  }

  /** @param picture of the encoder's size @returns one frame, or none when rate control dropped it */
  encode(picture: Picture, keyframe: boolean): EncodedVp8[] {
    this.#input.assertWritable();
    copyPicture(picture, this.#input.picture);
    this.#input.frame.pts = this.#next++;
    this.#input.frame.pictType = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    check(this.#context.sendFrameSync(this.#input.frame), 'encode vp8');
    const frames: EncodedVp8[] = [];
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      frames.push({ isKeyframe: this.#packet.isKeyframe, data: new Uint8Array(this.#packet.data!) });
      this.#packet.unref();
    }
    return frames;
  }

  close(): void {
    this.#packet.free();
    this.#input.close();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
