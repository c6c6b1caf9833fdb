import { concatBytes } from './bytes.ts';
import { type Depacketizer, type EncodedVideoFrame, MAX_FRAME_BYTES } from './encoded-frame.ts';
import { vp8PictureSize } from './picture-size.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** RFC 7741, 4.2. */
export interface Vp8Descriptor {
  /** S bit with partition index 0: the packet starts a frame. */
  readonly isFrameStart: boolean;
  readonly isNonReference: boolean;
  /** 7 or 15 bits. */
  readonly pictureId: number | undefined;
  readonly temporalLayer: number | undefined;
  /** Length of the descriptor. */
  readonly sizeBytes: number;
}

/**
 * ```
 *  X R N S R PID     X: extended, N: non-reference, S: start of partition
 *  I L T K RSV       present with X
 *  M PictureID       present with I; M: 15 bits
 *  TL0PICIDX         present with L
 *  TID Y KEYIDX      present with T or K
 * ```
 * @returns undefined when the payload is shorter than its descriptor says
 */
export function parseVp8Descriptor(payload: Uint8Array): Vp8Descriptor | undefined {
  const first = payload[0];
  if (first === undefined) return undefined;
  let offset = 1;
  let pictureId: number | undefined;
  let temporalLayer: number | undefined;
  if (first & 0x80) {
    const flags = payload[offset++];
    if (flags === undefined) return undefined;
    if (flags & 0x80) {
      const high = payload[offset++];
      if (high === undefined) return undefined;
      if (high & 0x80) {
        const low = payload[offset++];
        if (low === undefined) return undefined;
        pictureId = ((high & 0x7f) << 8) | low;
      } else {
        pictureId = high;
      }
    }
    if (flags & 0x40) offset++;
    if (flags & 0x30) {
      const layer = payload[offset++];
      if (layer === undefined) return undefined;
      if (flags & 0x20) temporalLayer = layer >> 6;
    }
  }
  if (offset > payload.length) return undefined;
  return {
    isFrameStart: (first & 0x10) !== 0 && (first & 0x07) === 0,
    isNonReference: (first & 0x20) !== 0,
    pictureId,
    temporalLayer,
    sizeBytes: offset,
  };
}

/** RFC 6386, 9.1: the lowest bit of a frame's first byte is 0 for a keyframe. */
export function isVp8Keyframe(frame: Uint8Array): boolean {
  return frame.length >= 10 && ((frame[0] as number) & 1) === 0;
}

export class Vp8Depacketizer implements Depacketizer {
  #parts: Uint8Array[] = [];
  #size = 0;
  #timestamp = 0;
  #started = false;

  push(packet: RtpPacket): EncodedVideoFrame | undefined {
    const descriptor = parseVp8Descriptor(packet.payload);
    if (!descriptor || packet.payload.length === descriptor.sizeBytes) return undefined;
    if (descriptor.isFrameStart) {
      this.#begin(packet.timestamp);
    } else if (!this.#started || packet.timestamp !== this.#timestamp) {
      this.#started = false;
      return undefined;
    }
    const body = packet.payload.subarray(descriptor.sizeBytes);
    this.#size += body.length;
    if (this.#size > MAX_FRAME_BYTES) {
      this.#started = false;
      return undefined;
    }
    this.#parts.push(body);
    if (!packet.marker) return undefined;
    this.#started = false;
    const data = concatBytes(this.#parts);
    this.#parts = [];
    return {
      data,
      timestamp: packet.timestamp,
      isKeyframe: isVp8Keyframe(data),
      pictureSize: vp8PictureSize(data),
    };
  }

  handleGap(): void {
    this.#started = false;
  }

  #begin(timestamp: number): void {
    this.#parts = [];
    this.#size = 0;
    this.#timestamp = timestamp;
    this.#started = true;
  }
}

/**
 * RTP payloads of one frame, in order; the last one is to carry the marker.
 * @param pictureId 15 bits, one more for every frame
 */
export function packetizeVp8(frame: Uint8Array, pictureId: number, maxPayloadBytes = 1150): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const room = maxPayloadBytes - 4;
  for (let offset = 0; offset < frame.length; offset += room) {
    const body = frame.subarray(offset, offset + room);
    const payload = new Uint8Array(4 + body.length);
    payload[0] = 0x80 | (offset === 0 ? 0x10 : 0);
    payload[1] = 0x80;
    payload[2] = 0x80 | ((pictureId >> 8) & 0x7f);
    payload[3] = pictureId & 0xff;
    payload.set(body, 4);
    payloads.push(payload);
  }
  return payloads;
}
