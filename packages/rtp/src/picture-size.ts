/** What a frame says about the size of pictures from it on, as it is coded: whole macroblocks for H.264. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Size in a VP8 keyframe (RFC 6386, 9.1): after the three bytes of the frame tag and the start code 9d 01 2a come width
 * and height, 14 bits each, below two bits of scaling.
 * @returns undefined for other frames
 */
export function vp8PictureSize(frame: Uint8Array): PictureSize | undefined {
  if (frame.length < 10 || ((frame[0] as number) & 1) !== 0) return undefined;
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  return {
    width: (((frame[7] as number) << 8) | (frame[6] as number)) & 0x3fff,
    height: (((frame[9] as number) << 8) | (frame[8] as number)) & 0x3fff,
  };
}

/** 24 bits at the head of a keyframe. */
const VP9_SYNC_CODE = 0x498342;
/** Of a colour space: RGB, which has no range to tell. */
const VP9_RGB = 7;

/**
 * Size in a VP9 keyframe of profile 0 (VP9 bitstream specification, 6.2).
 * @returns undefined for other frames; never throws
 */
export function vp9PictureSize(frame: Uint8Array): PictureSize | undefined {
  const bits = new BitReader(frame);
  const isProfile0 = bits.bits(2) === 2 && bits.bits(2) === 0;
  const [showsExisting, isInter] = [bits.bits(1), bits.bits(1)];
  // show_frame, error_resilient_mode.
  bits.skip(2);
  if (!isProfile0 || showsExisting || isInter || bits.bits(24) !== VP9_SYNC_CODE) return undefined;
  if (bits.bits(3) !== VP9_RGB) bits.skip(1);
  const size = { width: bits.bits(16) + 1, height: bits.bits(16) + 1 };
  return bits.isOverrun ? undefined : size;
}

/** Profiles whose sequence parameter sets say how chroma is sampled (ITU-T H.264, 7.3.2.1.1). */
const PROFILES_WITH_CHROMA: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

/**
 * Size in a sequence parameter set (ITU-T H.264, 7.3.2.1.1), a NAL unit with its header. Cropping is not taken off: a
 * decoder holds what is coded.
 * @returns undefined for what is cut short or makes no sense; never throws
 */
export function h264PictureSize(sps: Uint8Array): PictureSize | undefined {
  const bits = new BitReader(withoutEmulationPrevention(sps));
  bits.skip(8);
  const profile = bits.bits(8);
  // Constraint flags and level.
  bits.skip(16);
  bits.unsigned();
  if (PROFILES_WITH_CHROMA.has(profile)) skipChroma(bits);
  // log2_max_frame_num_minus4, then the order of pictures.
  bits.unsigned();
  const orderType = bits.unsigned();
  if (orderType === 0) bits.unsigned();
  else if (orderType === 1) skipOrderCycle(bits);
  // max_num_ref_frames, gaps_in_frame_num_value_allowed_flag.
  bits.unsigned();
  bits.skip(1);
  const widthInMacroblocks = bits.unsigned() + 1;
  const heightInMapUnits = bits.unsigned() + 1;
  const mapUnitsPerRow = bits.bits(1) === 1 ? 1 : 2;
  if (bits.isOverrun) return undefined;
  return { width: widthInMacroblocks * 16, height: heightInMapUnits * mapUnitsPerRow * 16 };
}

function skipChroma(bits: BitReader): void {
  const chromaFormat = bits.unsigned();
  if (chromaFormat === 3) bits.skip(1);
  // Bit depths of luma and chroma, then the transform bypass.
  bits.unsigned();
  bits.unsigned();
  bits.skip(1);
  if (bits.bits(1) === 0) return;
  const lists = chromaFormat === 3 ? 12 : 8;
  for (let i = 0; i < lists; i++) if (bits.bits(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64);
}

/** 7.3.2.1.1.1: a difference a coefficient, until one makes the next scale 0. */
function skipScalingList(bits: BitReader, size: number): void {
  let scale = 8;
  for (let i = 0; i < size && scale !== 0 && !bits.isOverrun; i++) scale = (scale + bits.signed() + 256) & 0xff;
}

function skipOrderCycle(bits: BitReader): void {
  bits.skip(1);
  bits.signed();
  bits.signed();
  const count = bits.unsigned();
  for (let i = 0; i < count && !bits.isOverrun; i++) bits.signed();
}

/** 7.4.1.1: of 00 00 03 the 3 is not part of the content. */
function withoutEmulationPrevention(nal: Uint8Array): Uint8Array {
  const content = new Uint8Array(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    content[length++] = byte;
  }
  return content.subarray(0, length);
}

/** Reads bits, highest first. Beyond the end it reads zeros and is `isOverrun`. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOverrun(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** @param count at most 32 */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** ue(v), 9.1: n zeros, a one, n bits. Values of more than 32 bits do not exist: the reader is overrun then. */
  unsigned(): number {
    let zeros = 0;
    while (!this.isOverrun && this.bits(1) === 0) zeros++;
    if (zeros > 31) this.#at = this.#bytes.length * 8 + 1;
    return this.isOverrun ? 0 : 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v), 9.1.1 */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }
}
