import { type DecodedPicture, VideoDecoder } from '@amphi/media';
import {
  type Depacketizer,
  type EncodedVideoFrame,
  H264Depacketizer,
  type NtpOffset,
  Vp8Depacketizer,
} from '@amphi/rtp';
import type { SourceStream } from '../pipeline/messages.ts';
import { RtpReceiver } from './rtp-receiver.ts';

/** Decoded pictures that wait for their tick. Beyond it the oldest is shown at once: its clock must be wrong. */
const MAX_WAITING = 12;

/** Time for a retransmission, and for one more: with it 3 % loss goes by unseen. */
const MAX_WAIT_MS = 120;

interface Due {
  readonly picture: DecodedPicture;
  readonly capturedAt: number;
}

/**
 * A camera or a screen: RTP → pictures with the time they were captured. Frame of reference: wall clock in ms, by the
 * sender reports of the SFU. After a loss nothing is decoded until the next keyframe; the last picture stays.
 */
export class VideoSource {
  readonly receiver: RtpReceiver;
  #depacketizer: Depacketizer | undefined;
  #decoder: VideoDecoder | undefined;
  #waiting: Due[] = [];
  #current: DecodedPicture | undefined;
  #needsKeyframe = true;

  constructor(options: { readonly ntpOffset: NtpOffset }) {
    this.receiver = new RtpReceiver({
      ntpOffset: options.ntpOffset,
      maxWaitMs: MAX_WAIT_MS,
      handlers: {
        onPacket: (packet, arrivedAt) => {
          const frame = this.#depacketizer?.push(packet);
          if (frame) this.#decode(frame, arrivedAt);
        },
        onGap: () => {
          this.#depacketizer?.handleGap();
          this.#needsKeyframe = true;
          this.receiver.requestKeyframe();
        },
      },
    });
  }

  connect(stream: SourceStream): void {
    const isVp8 = stream.mimeType.toLowerCase() === 'video/vp8';
    this.#depacketizer = isVp8 ? new Vp8Depacketizer() : new H264Depacketizer();
    this.#decoder = new VideoDecoder(isVp8 ? 'vp8' : 'h264');
    this.receiver.connect(stream);
  }

  /** The newest picture captured at or before `time`; the one before it is closed. */
  pictureAt(time: number): DecodedPicture | undefined {
    while (this.#waiting.length > 0 && this.#waiting[0]!.capturedAt <= time) this.#showNext();
    return this.#current;
  }

  close(): void {
    this.receiver.close();
    for (const { picture } of this.#waiting) picture.close();
    this.#waiting = [];
    this.#current?.close();
    this.#current = undefined;
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  #showNext(): void {
    this.#current?.close();
    this.#current = this.#waiting.shift()!.picture;
  }

  #decode(frame: EncodedVideoFrame, arrivedAt: number): void {
    const capturedAt = this.receiver.capturedAt(frame.timestamp, arrivedAt);
    if (this.#needsKeyframe && !frame.isKeyframe) {
      this.receiver.requestKeyframe();
      return;
    }
    this.#needsKeyframe = false;
    try {
      for (const picture of this.#decoder?.decode(frame.data, frame.timestamp) ?? [])
        this.#waiting.push({ picture, capturedAt });
    } catch {
      // Broken data: what refers to it would be broken too.
      this.#needsKeyframe = true;
      this.receiver.requestKeyframe();
    }
    while (this.#waiting.length > MAX_WAITING) this.#showNext();
  }
}
