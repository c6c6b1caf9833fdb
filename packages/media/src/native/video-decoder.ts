import { CodedError } from '@amphi/base';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  Codec,
  CodecContext,
  FF_DECODER_H264,
  FF_DECODER_VP8,
  Frame,
  Packet,
} from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';
import type { Picture } from './planes.ts';

export type VideoCodecName = 'vp8' | 'h264';

let nextSerial = 1;

/** A decoded frame in native memory. Whoever holds it calls `close` once; the picture is not touched afterwards. */
export class DecodedPicture implements Disposable {
  readonly picture: Picture;
  /** Never the same for two pictures of a thread; from 1. */
  readonly serial: number;
  /** As given to `decode`. */
  readonly timestamp: number;
  readonly #frame: Frame;

  constructor(frame: Frame, timestamp: number) {
    const planes = frame.data;
    const strides = frame.linesize;
    if (!planes || planes.length < 3)
      throw new CodedError<MediaErrorCode>('unsupported_picture', 'a frame without planes');
    this.#frame = frame;
    this.timestamp = timestamp;
    this.serial = nextSerial++;
    // The getters cost microseconds each: read once.
    this.picture = {
      width: frame.width,
      height: frame.height,
      planes: [planes[0]!, planes[1]!, planes[2]!],
      strides: [strides[0]!, strides[1]!, strides[2]!],
    };
  }

  close(): void {
    this.#frame.free();
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

  /** @throws CodedError `codec_missing` */
  constructor(codecName: VideoCodecName) {
    const codec = Codec.findDecoderByName(codecName === 'vp8' ? FF_DECODER_VP8 : FF_DECODER_H264);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', `no decoder ${codecName}`);
    this.#context.allocContext3(codec);
    // More threads would decode frames in parallel, that is late.
    this.#context.threadCount = 1;
    this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    check(this.#context.open2Sync(codec, null), `open decoder ${codecName}`);
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /**
   * @param data one frame: VP8 as is, H.264 with start codes
   * @returns the pictures it completed, the caller's to close
   * @throws CodedError `codec_refused` for data that cannot be decoded; the decoder goes on with the next keyframe
   */
  decode(data: Uint8Array, timestamp: number): DecodedPicture[] {
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#packet.pts = BigInt(timestamp);
    const sent = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    check(sent, 'decode');
    const pictures: DecodedPicture[] = [];
    while (this.#context.receiveFrameSync(this.#frame) >= 0) {
      const format = this.#frame.format;
      if (format !== AV_PIX_FMT_YUV420P && format !== AV_PIX_FMT_YUVJ420P) {
        throw new CodedError<MediaErrorCode>('unsupported_picture', `pixel format ${format}; allowed is 8-bit 4:2:0`);
      }
      const kept = this.#frame.clone();
      if (kept) pictures.push(new DecodedPicture(kept, Number(this.#frame.pts)));
    }
    return pictures;
  }

  close(): void {
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
