import { CodedError } from '@amphi/base';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  type AVPixelFormat,
  Codec,
  CodecContext,
  FF_DECODER_H264,
  FF_DECODER_VP8,
  FF_DECODER_VP9,
  Frame,
  Packet,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';
import { NativePicture } from './native-picture.ts';
import type { Picture } from './planes.ts';

export type VideoCodecName = 'vp8' | 'vp9' | 'h264';

const DECODERS = { vp8: FF_DECODER_VP8, vp9: FF_DECODER_VP9, h264: FF_DECODER_H264 } as const;

/**
 * Larger pictures are not decoded: 4096×2304. A sender chooses the size, and may say 16383×16383 in VP8, 400 MB a picture.
 */
export const MAX_PICTURE_PIXELS = 4096 * 2304;

/** Pictures of one decoder that lie ready to be filled again. */
const SPARE_PICTURES = 4;

let nextSerial = 1;

/** A decoded frame in native memory. Whoever holds it calls `close` once; the picture is not touched afterwards. */
export class DecodedPicture implements Disposable {
  readonly picture: Picture;
  /** Never the same for two pictures of a thread; from 1. */
  readonly serial = nextSerial++;
  /** As given to `decode`. */
  readonly timestamp: number;
  readonly #memory: NativePicture;
  readonly #giveBack: (memory: NativePicture) => void;
  #closed = false;

  constructor(memory: NativePicture, timestamp: number, giveBack: (memory: NativePicture) => void) {
    this.#memory = memory;
    this.#giveBack = giveBack;
    this.picture = memory.picture;
    this.timestamp = timestamp;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#giveBack(this.#memory);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Decodes one stream. A change of the picture's size needs no new decoder. */
export class VideoDecoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  #spare: NativePicture[] = [];
  #closed = false;

  /**
   * @param options.reorders pictures may be sent in another order than they are shown in (B-frames): they come out as shown, later
   * @throws CodedError `codec_missing`
   */
  constructor(codecName: VideoCodecName, options: { readonly reorders?: boolean } = {}) {
    const codec = Codec.findDecoderByName(DECODERS[codecName]);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', `no decoder ${codecName}`);
    this.#context.allocContext3(codec);
    // More threads would decode frames in parallel, that is late.
    this.#context.threadCount = 1;
    if (!options.reorders) this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    check(this.#context.setOption('max_pixels', String(MAX_PICTURE_PIXELS)), 'bound the size of pictures');
    check(this.#context.open2Sync(codec, null), `open decoder ${codecName}`);
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /**
   * @param data one frame: VP8 as is, H.264 with start codes, VP9 with the frames of all its spatial layers
   * @returns the pictures it completed, the caller's to close: of several spatial layers each has one, the largest last
   * @throws CodedError `codec_refused` for data that cannot be decoded, pictures beyond `MAX_PICTURE_PIXELS` among them;
   * `unsupported_picture` for other than 8-bit 4:2:0. The decoder goes on with the next keyframe
   */
  decode(data: Uint8Array, timestamp: number): DecodedPicture[] {
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#packet.pts = BigInt(timestamp);
    const sent = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    check(sent, 'decode');
    const pictures: DecodedPicture[] = [];
    try {
      while (this.#context.receiveFrameSync(this.#frame) >= 0) pictures.push(this.#copyOfFrame());
    } catch (error) {
      // The caller never learns of the ones before it.
      for (const picture of pictures) picture.close();
      throw error;
    }
    return pictures;
  }

  /** Pictures that were handed out stay valid until they are closed. */
  close(): void {
    this.#closed = true;
    for (const memory of this.#spare.splice(0)) memory.close();
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Of what the decoder gave last. A copy costs far less than looking at the decoder's own memory (see NativePicture). */
  #copyOfFrame(): DecodedPicture {
    const format = this.#frame.format;
    if (format !== AV_PIX_FMT_YUV420P && format !== AV_PIX_FMT_YUVJ420P) {
      throw new CodedError<MediaErrorCode>('unsupported_picture', `pixel format ${format}; allowed is 8-bit 4:2:0`);
    }
    const memory = this.#memoryFor(format);
    try {
      check(memory.frame.copy(this.#frame), 'copy the decoded frame');
    } catch (error) {
      memory.close();
      throw error;
    }
    return new DecodedPicture(memory, Number(this.#frame.pts), (free) => this.#takeBack(free));
  }

  #memoryFor(format: AVPixelFormat): NativePicture {
    const { width, height } = this.#frame;
    for (let spare = this.#spare.pop(); spare; spare = this.#spare.pop()) {
      if (spare.picture.width === width && spare.picture.height === height && spare.frame.format === format)
        return spare;
      spare.close();
    }
    return new NativePicture(width, height, format);
  }

  #takeBack(memory: NativePicture): void {
    if (this.#closed || this.#spare.length >= SPARE_PICTURES) memory.close();
    else this.#spare.push(memory);
  }
}
