import type { PictureSize } from './picture-size.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** One frame of compressed video, complete. */
export interface EncodedVideoFrame {
  /** VP8: the frame as is (RFC 6386). H.264: NAL units with Annex B start codes. VP9: a frame or a superframe. */
  readonly data: Uint8Array;
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  readonly isKeyframe: boolean;
  /** What the frame says of the size of pictures from it on; undefined when it says nothing. To be judged before decoding. */
  readonly pictureSize: PictureSize | undefined;
}

/**
 * Puts frames together from packets in order. After `handleGap` it drops until the next frame's start; whether that
 * frame can be decoded without what was lost is for the owner to judge by `isKeyframe`.
 */
export interface Depacketizer {
  /** @returns the frame that this packet completed */
  push(packet: RtpPacket): EncodedVideoFrame | undefined;
  /** Packets were lost before the next one. */
  handleGap(): void;
}

/** A frame larger than this is garbage and is dropped (a 1080p keyframe has a few hundred kB). */
export const MAX_FRAME_BYTES = 4 << 20;
