import { AudioRing, OpusDecoder } from '@amphi/media';
import type { CaptureReport, NtpOffset, SyncGroup } from '@amphi/rtp';

import { RtpReceiver } from './rtp-receiver.ts';
import type { SourceStream } from './source-stream.ts';

/**
 * Well below the playout delay: audio is not sent again, so waiting longer for a packet that was lost would only make
 * those behind it late too.
 */
const MAX_WAIT_MS = 40;

/** A microphone: RTP → samples in a ring by the time they were captured (wall clock, by sender reports). */
export class AudioSource {
  readonly receiver: RtpReceiver;
  readonly ring = new AudioRing();
  readonly #decoder = new OpusDecoder();

  constructor(options: { readonly ntpOffset: NtpOffset; readonly syncGroup: SyncGroup }) {
    this.receiver = new RtpReceiver({
      ...options,
      maxWaitMs: MAX_WAIT_MS,
      handlers: {
        onPacket: (packet, arrivedAt) => {
          if (packet.payload.length === 0) return;
          const capturedAt = this.receiver.capturedAt(packet.timestamp, arrivedAt);
          try {
            this.#decoder.decode(packet.payload, ({ left, right }) => this.ring.write(capturedAt, left, right));
          } catch {
            // A packet that cannot be decoded is twenty milliseconds of silence.
          }
        },
        onGap: () => {},
      },
    });
  }

  connect(stream: SourceStream): void {
    this.receiver.connect(stream);
  }

  onCaptureReport(report: CaptureReport): void {
    this.receiver.onCaptureReport(report);
  }

  close(): void {
    this.receiver.close();
    this.#decoder.close();
  }
}
