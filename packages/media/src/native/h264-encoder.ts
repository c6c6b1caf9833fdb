import { assert, CodedError } from '@amphi/base';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  Codec,
  CodecContext,
  FF_ENCODER_LIBX264,
  Packet,
  Rational,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';
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
}

export interface EncodedH264 {
  readonly tick: number;
  readonly isKeyframe: boolean;
  /** NAL units with start codes (Annex B). A copy, the caller's. */
  readonly data: Uint8Array;
}

/** x264 for live: no B-frames, no look-ahead, keyframes only where they are wanted. One thread; run one per thread. */
export class H264Encoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #input: NativePicture;
  readonly #packet = new Packet();
  /** Rows of a native frame are padded. */
  readonly #scaler = new Scaler({ paddedTarget: true });

  /** @throws CodedError `codec_missing`, `codec_refused` */
  constructor(options: H264EncoderOptions) {
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', 'no encoder libx264');
    const context = this.#context;
    context.allocContext3(codec);
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
    // Options by name before opening: a dictionary in the synchronous open is freed twice.
    for (const [name, value] of Object.entries({
      preset: options.preset,
      tune: 'zerolatency',
      profile: 'high',
      'forced-idr': '1',
      'x264-params': 'scenecut=0:open-gop=0',
    })) {
      check(context.setOption(name, value), `x264 option ${name}=${value}`);
    }
    check(context.open2Sync(codec, null), 'open libx264');
    this.#input = new NativePicture(options.width, options.height);
    fillPicture(this.#input.picture, BLACK);
    this.#packet.alloc();
  }

  /** Sequence and picture parameter sets with start codes. */
  get parameterSets(): Uint8Array {
    const data = this.#context.extraData;
    assert(data !== null && data.length > 0, 'an open encoder has parameter sets');
    return new Uint8Array(data);
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
    check(this.#context.sendFrameSync(this.#input.frame), 'encode');
    return this.#receive();
  }

  /** What is left inside; nothing may be encoded afterwards. */
  flush(): EncodedH264[] {
    check(this.#context.sendFrameSync(null), 'flush the encoder');
    return this.#receive();
  }

  #receive(): EncodedH264[] {
    const encoded: EncodedH264[] = [];
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      const data = this.#packet.data;
      assert(data !== null, 'a packet has data');
      encoded.push({ tick: Number(this.#packet.pts), isKeyframe: this.#packet.isKeyframe, data: new Uint8Array(data) });
      this.#packet.unref();
    }
    return encoded;
  }

  close(): void {
    this.#scaler.close();
    this.#packet.free();
    this.#input.close();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
