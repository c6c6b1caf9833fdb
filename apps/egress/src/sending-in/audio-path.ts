import { AacDecoder, OPUS_PACKET_SAMPLES, OpusEncoder } from '@amphi/media';

/** Opus for voice and music: what browsers take as transparent. */
const BITRATE_BPS = 128_000;
/** Timestamps of encoders are whole milliseconds; only what differs more is a gap in what was sent. */
const GAP_SAMPLES = 4_800;
const SAMPLES_PER_MS = 48;

/** AAC to Opus, on the time line of the publisher's timestamps. */
export class AudioPath {
  readonly #send: (packet: Uint8Array, position: number) => void;
  readonly #encoder = new OpusEncoder({ bitrateBps: BITRATE_BPS });
  readonly #packet = new Float32Array(2 * OPUS_PACKET_SAMPLES);
  #decoder: AacDecoder;
  /** Samples of the next packet that are there. */
  #filled = 0;
  /** Of the next packet's first sample. */
  #position = 0;

  /**
   * @param config AudioSpecificConfig
   * @param send gets a packet and the number of its first sample, at 48 kHz
   * @throws CodedError of the decoder
   */
  constructor(config: Uint8Array, send: (packet: Uint8Array, position: number) => void) {
    this.#decoder = new AacDecoder(config);
    this.#send = send;
  }

  /** What follows is another AAC. @throws CodedError */
  configure(config: Uint8Array): void {
    const decoder = new AacDecoder(config);
    this.#decoder.close();
    this.#decoder = decoder;
  }

  /** @param ms of its first sample, rising @throws CodedError for data that cannot be decoded */
  take(data: Uint8Array, ms: number): void {
    const due = Math.round(ms * SAMPLES_PER_MS);
    if (due - (this.#position + this.#filled) > GAP_SAMPLES) this.#position = due - this.#filled;
    this.#decoder.decode(data, ({ left, right }) => {
      for (let at = 0; at < left.length; at++) {
        this.#packet[2 * this.#filled] = left[at]!;
        this.#packet[2 * this.#filled + 1] = right[at]!;
        this.#filled += 1;
        if (this.#filled === OPUS_PACKET_SAMPLES) this.#encode();
      }
    });
  }

  close(): void {
    this.#decoder.close();
    this.#encoder.close();
  }

  #encode(): void {
    const position = this.#position;
    this.#filled = 0;
    this.#position += OPUS_PACKET_SAMPLES;
    for (const packet of this.#encoder.encode(this.#packet)) this.#send(packet, position);
  }
}
