import { concatBytes } from './bytes.ts';
import { type Depacketizer, type EncodedVideoFrame, MAX_FRAME_BYTES } from './encoded-frame.ts';
import { type PictureSize, vp9PictureSize } from './picture-size.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** Frames of one picture that a superframe index can count (VP9 bitstream specification, Annex B). */
const MAX_LAYERS = 8;

/** RFC 9628, 4.2. */
export interface Vp9Descriptor {
  /** B: the packet starts a frame of its spatial layer. */
  readonly isFrameStart: boolean;
  /** E: the packet ends it. */
  readonly isFrameEnd: boolean;
  /** P: the frame refers to earlier pictures. */
  readonly isInterPredicted: boolean;
  /** 0 is the smallest. */
  readonly spatialLayer: number;
  /** The largest picture that the scalability structure tells of; undefined without one. */
  readonly pictureSize: PictureSize | undefined;
  /** Length of the descriptor. */
  readonly sizeBytes: number;
}

/**
 * ```
 *  I P L F B E V Z   I: picture id, P: inter-predicted, L: layers, F: flexible, B/E: start and end of a frame, V: structure
 *  M PictureID       present with I; M: 15 bits
 *  TID U SID D       present with L; followed by TL0PICIDX unless F
 *  P_DIFF N          present with F and P, up to three of them; N: another follows
 *  N_S Y G …         present with V: widths and heights with Y, pictures of a group with G
 * ```
 * @returns undefined when the payload is shorter than its descriptor says
 */
export function parseVp9Descriptor(payload: Uint8Array): Vp9Descriptor | undefined {
  const read = new ByteReader(payload);
  const first = read.byte();
  const has = (bit: number): boolean => (first & bit) !== 0;
  const [isInterPredicted, isFlexible] = [has(0x40), has(0x10)];
  if (has(0x80) && (read.byte() & 0x80) !== 0) read.byte();
  let spatialLayer = 0;
  if (has(0x20)) {
    spatialLayer = (read.byte() >> 1) & 0x07;
    if (!isFlexible) read.byte();
  }
  if (isFlexible && isInterPredicted) for (let i = 0; i < 3 && (read.byte() & 0x01) !== 0; i++);
  const pictureSize = has(0x02) ? readStructure(read) : undefined;
  if (read.isOverrun) return undefined;
  return {
    isFrameStart: has(0x08),
    isFrameEnd: has(0x04),
    isInterPredicted,
    spatialLayer,
    pictureSize,
    sizeBytes: read.offset,
  };
}

/** RFC 9628, 4.2.1. */
function readStructure(read: ByteReader): PictureSize | undefined {
  const head = read.byte();
  let largest: PictureSize | undefined;
  if ((head & 0x10) !== 0) {
    for (let layer = 0; layer <= head >> 5; layer++) {
      const size = { width: read.word(), height: read.word() };
      if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
    }
  }
  if ((head & 0x08) !== 0) {
    const pictures = read.byte();
    for (let i = 0; i < pictures && !read.isOverrun; i++) read.skip((read.byte() >> 2) & 0x03);
  }
  return largest;
}

/**
 * Frames of all spatial layers of a picture → one superframe, as decoders take it: the frames, smallest first, and an index
 * of their lengths where there is more than one (VP9 bitstream specification, Annex B).
 */
export class Vp9Depacketizer implements Depacketizer {
  /** Packets of each layer's frame. */
  #frames: Uint8Array[][] = [];
  #size = 0;
  #timestamp: number | undefined;
  #isInFrame = false;
  #isBroken = true;
  #isKeyframe = false;
  #pictureSize: PictureSize | undefined;

  push(packet: RtpPacket): EncodedVideoFrame | undefined {
    const descriptor = parseVp9Descriptor(packet.payload);
    if (!descriptor || packet.payload.length === descriptor.sizeBytes) return undefined;
    if (packet.timestamp !== this.#timestamp) this.#begin(packet.timestamp, descriptor);
    if (!this.#isBroken) this.#isBroken = !this.#take(packet.payload.subarray(descriptor.sizeBytes), descriptor);
    if (!packet.marker) return undefined;
    const isComplete = !this.#isBroken && !this.#isInFrame && this.#frames.length > 0;
    const frames = this.#frames.map((parts) => concatBytes(parts));
    this.#frames = [];
    // Whatever follows the marker with the same timestamp belongs to nothing.
    this.#isBroken = true;
    if (!isComplete) return undefined;
    return {
      data: superframe(frames),
      timestamp: packet.timestamp,
      isKeyframe: this.#isKeyframe,
      pictureSize: this.#isKeyframe ? (this.#pictureSize ?? vp9PictureSize(frames[0] as Uint8Array)) : undefined,
    };
  }

  handleGap(): void {
    this.#isBroken = true;
    this.#frames = [];
  }

  #begin(timestamp: number, { isInterPredicted, spatialLayer }: Vp9Descriptor): void {
    this.#timestamp = timestamp;
    this.#frames = [];
    this.#size = 0;
    this.#isInFrame = false;
    this.#isBroken = false;
    this.#isKeyframe = !isInterPredicted && spatialLayer === 0;
    this.#pictureSize = undefined;
  }

  /** @returns false when the packet makes no sense here */
  #take(body: Uint8Array, { isFrameStart, isFrameEnd, pictureSize }: Vp9Descriptor): boolean {
    if (isFrameStart === this.#isInFrame) return false;
    if (isFrameStart) this.#frames.push([]);
    this.#frames.at(-1)?.push(body);
    this.#isInFrame = !isFrameEnd;
    this.#size += body.length;
    this.#pictureSize ??= pictureSize;
    return this.#size <= MAX_FRAME_BYTES && this.#frames.length <= MAX_LAYERS;
  }
}

function superframe(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length === 1) return frames[0] as Uint8Array;
  const lengthBytes = 4;
  const marker = 0xc0 | ((lengthBytes - 1) << 3) | (frames.length - 1);
  const index = new Uint8Array(2 + lengthBytes * frames.length);
  const view = new DataView(index.buffer);
  index[0] = marker;
  for (const [i, { length }] of frames.entries()) view.setUint32(1 + lengthBytes * i, length, true);
  index[index.length - 1] = marker;
  return concatBytes([...frames, index]);
}

/** Beyond the end it reads zeros and is `isOverrun`. */
class ByteReader {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOverrun(): boolean {
    return this.offset > this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.offset++] ?? 0;
  }

  word(): number {
    return (this.byte() << 8) | this.byte();
  }

  skip(count: number): void {
    this.offset += count;
  }
}
