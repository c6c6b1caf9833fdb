import type { DecodedPicture, VideoCodecName } from '@amphi/media';
import {
  type CaptureReport,
  type Depacketizer,
  H264Depacketizer,
  type NtpOffset,
  type PictureSize,
  type SyncGroup,
  Vp8Depacketizer,
  Vp9Depacketizer,
} from '@amphi/rtp';
import { RtpReceiver, wallClock } from './rtp-receiver.ts';
import type { SourceStream } from './source-stream.ts';
import { VideoPlayout } from './video-playout.ts';

/** Time for a retransmission, and for one more: with it 3 % loss goes by unseen. */
const MAX_WAIT_MS = 120;

const DEPACKETIZERS = { vp8: Vp8Depacketizer, vp9: Vp9Depacketizer, h264: H264Depacketizer } as const;

/** What the SFU routes is one of these. */
function codecOf(mimeType: string): VideoCodecName {
  const name = mimeType.toLowerCase().replace('video/', '');
  return name === 'vp8' || name === 'vp9' ? name : 'h264';
}

/** A camera or a screen: RTP → pictures with the time they were captured, by the sender reports of the SFU. */
export class VideoSource {
  readonly #receiver: RtpReceiver;
  readonly #onTooLarge: (size: PictureSize) => void;
  readonly #onUndecodable: () => void;
  #depacketizer: Depacketizer | undefined;
  #playout: VideoPlayout | undefined;

  constructor(options: {
    readonly ntpOffset: NtpOffset;
    readonly syncGroup: SyncGroup;
    readonly onTooLarge: (size: PictureSize) => void;
    readonly onUndecodable: () => void;
  }) {
    this.#onTooLarge = options.onTooLarge;
    this.#onUndecodable = options.onUndecodable;
    this.#receiver = new RtpReceiver({
      ntpOffset: options.ntpOffset,
      syncGroup: options.syncGroup,
      maxWaitMs: MAX_WAIT_MS,
      handlers: {
        onPacket: (packet, arrivedAt) => {
          this.#playout?.packetCame(arrivedAt);
          const frame = this.#depacketizer?.push(packet);
          if (frame) this.#playout?.push(frame, this.#receiver.capturedAt(frame.timestamp, arrivedAt));
        },
        onGap: () => {
          this.#depacketizer?.handleGap();
          this.#playout?.handleGap();
        },
      },
    });
  }

  /** @returns the port it listens on */
  open(ip: string): Promise<number> {
    return this.#receiver.open(ip);
  }

  connect(stream: SourceStream): void {
    const codec = codecOf(stream.mimeType);
    this.#depacketizer = new DEPACKETIZERS[codec]();
    this.#playout = new VideoPlayout(codec, {
      onKeyframeNeeded: () => this.#receiver.requestKeyframe(),
      onTooLarge: this.#onTooLarge,
      onUndecodable: this.#onUndecodable,
    });
    this.#receiver.connect(stream);
  }

  /** The publisher lives, also when it has nothing new to show. */
  onCaptureReport(report: CaptureReport): void {
    this.#receiver.onCaptureReport(report);
    this.#playout?.heard(wallClock());
  }

  /** Whether the scene has a place for it. What it has captured before it was hidden is forgotten. */
  setShown(isShown: boolean): void {
    this.#playout?.setShown(isShown, wallClock());
  }

  /** The newest picture captured at or before `time`; the one before it is closed. */
  pictureAt(time: number): DecodedPicture | undefined {
    return this.#playout?.pictureAt(time);
  }

  /** When the picture that is shown was captured. */
  get capturedAt(): number | undefined {
    return this.#playout?.capturedAt;
  }

  close(): void {
    this.#receiver.close();
    this.#playout?.close();
    this.#playout = undefined;
  }
}
