import { assert, CodedError } from '@amphi/base';
import { Codec, CodecContext, type FFEncoderCodec, type Frame, Packet } from './codec-library.ts';
import { check, type MediaErrorCode } from './media-error.ts';

/** An open encoder of the library and the packet that it is emptied into: what all encoders here share. */
export class EncoderCore {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #name: string;

  /**
   * @param settings.configure sets what the codec needs before it is opened
   * @param settings.options by name, before opening: a dictionary in the synchronous open is freed twice
   * @throws CodedError `codec_missing`, `codec_refused`
   */
  constructor(
    name: FFEncoderCodec,
    settings: {
      readonly configure: (context: CodecContext) => void;
      readonly options?: Readonly<Record<string, string>>;
    },
  ) {
    this.#name = name;
    const codec = Codec.findEncoderByName(name);
    if (!codec) throw new CodedError<MediaErrorCode>('codec_missing', `no encoder ${name}`);
    this.#context.allocContext3(codec);
    settings.configure(this.#context);
    for (const [option, value] of Object.entries(settings.options ?? {})) {
      check(this.#context.setOption(option, value), `${name} option ${option}=${value}`);
    }
    check(this.#context.open2Sync(codec, null), `open ${name}`);
    this.#packet.alloc();
  }

  /** What a decoder needs before the first packet (parameter sets, AudioSpecificConfig); a copy. */
  get configuration(): Uint8Array {
    const data = this.#context.extraData;
    assert(data !== null && data.length > 0, 'an open encoder has its configuration');
    return new Uint8Array(data);
  }

  /**
   * @param frame null empties the encoder for good
   * @param read makes what is kept of a packet; the data are a copy, its own
   * @throws CodedError `codec_refused`
   */
  encode<T>(frame: Frame | null, read: (data: Uint8Array, packet: Packet) => T): T[] {
    check(this.#context.sendFrameSync(frame), `encode with ${this.#name}`);
    const encoded: T[] = [];
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      const { data } = this.#packet;
      assert(data !== null, 'a packet has data');
      encoded.push(read(new Uint8Array(data), this.#packet));
      this.#packet.unref();
    }
    return encoded;
  }

  close(): void {
    this.#packet.free();
    this.#context.freeContext();
  }
}
