import { AudioRing, OpusDecoder } from '@amphi/media';
import type { CaptureReport, NtpOffset, SyncGroup } from '@amphi/rtp';
import { OpusStream } from './opus-stream.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import type { SourceStream } from './source-stream.ts';

/**
 * Well below the playout delay: audio is not sent again, so waiting longer for a packet that was lost would only make
 * those behind it late too.
 */
const MAX_WAIT_MS = 40;
const SAMPLES_PER_MS = 48;

/** A microphone: RTP → samples in a ring by the time they were captured (wall clock, by sender reports). */
export class AudioSource {
  readonly ring = new AudioRing();
  readonly #receiver: RtpReceiver;
  readonly #decoder = OpusDecoder.create();
  #opus: OpusStream | undefined;

  constructor(options: { readonly ntpOffset: NtpOffset; readonly syncGroup: SyncGroup }) {
    this.#receiver = new RtpReceiver({
      ...options,
      maxWaitMs: MAX_WAIT_MS,
      handlers: {
        onPacket: (packet, arrivedAt) => {
          if (packet.payload.length === 0) return;
          const capturedAt = this.#receiver.capturedAt(packet.timestamp, arrivedAt);
          this.#opus?.push(packet, ({ left, right }, at) => {
            this.ring.write(capturedAt + at / SAMPLES_PER_MS, left, right);
          });
        },
        // Seen at the packet behind it, which may say what was lost.
        onGap: () => {},
      },
    });
  }

  /** @returns the port it listens on */
  async open(ip: string): Promise<number> {
    this.#opus = new OpusStream(await this.#decoder);
    return this.#receiver.open(ip);
  }

  connect(stream: SourceStream): void {
    this.#receiver.connect(stream);
  }

  onCaptureReport(report: CaptureReport): void {
    this.#receiver.onCaptureReport(report);
  }

  close(): void {
    this.#receiver.close();
    // No packet comes any more. One that could not be made was told to who opened.
    this.#decoder.then(
      (decoder) => decoder.close(),
      () => {},
    );
  }
}
