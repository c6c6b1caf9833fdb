import { OPUS_PACKET_SAMPLES, OpusEncoder } from '@amphi/media';
import { RtpSender, wallClockMs } from './rtp-sender.ts';
import { beepSamples } from './test-picture.ts';

const PACKET_MS = 20;

/** A microphone of software: a beep of 100 ms at each full second, in Opus over RTP. */
export class SyntheticMicrophone {
  readonly sender: RtpSender;
  readonly #toneHz: number;
  readonly #encoder = new OpusEncoder({ bitrateBps: 64_000 });
  readonly #samples = new Float32Array(2 * OPUS_PACKET_SAMPLES);
  readonly #timer: NodeJS.Timeout;
  #packet = Math.ceil(wallClockMs() / PACKET_MS);

  constructor(options: { readonly ssrc: number; readonly payloadType: number; readonly toneHz?: number }) {
    this.sender = new RtpSender({ ...options, clockRate: 48_000 });
    this.#toneHz = options.toneHz ?? 1000;
    this.#timer = setInterval(() => this.#run(), 4);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#encoder.close();
    this.sender.close();
  }

  #run(): void {
    // A packet can be sent when its last sample has been captured.
    while (wallClockMs() >= (this.#packet + 1) * PACKET_MS) {
      const capturedAt = this.#packet++ * PACKET_MS;
      for (const payload of this.#encoder.encode(beepSamples(capturedAt, this.#toneHz, this.#samples))) {
        this.sender.send([payload], capturedAt);
      }
    }
  }
}
