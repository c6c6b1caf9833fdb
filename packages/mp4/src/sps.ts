import { BitReader } from './bit-reader.ts';
import { Mp4Error } from './errors.ts';

/** What a decoder configuration needs to know from an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1). */
export interface SpsInfo {
  readonly profileIdc: number;
  /** The byte of constraint_set flags. */
  readonly constraintFlags: number;
  readonly levelIdc: number;
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Picture size after cropping, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Profiles whose SPS carries chroma format and bit depths (H.264, 7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/**
 * @param nalUnit one SPS NAL unit with its header byte, without start code
 * @throws Mp4Error `truncated` or `malformed`
 */
export function parseSps(nalUnit: Uint8Array): SpsInfo {
  if (((nalUnit[0] ?? 0) & 0x1f) !== 7) {
    throw new Mp4Error('malformed', `SPS: NAL unit type is ${(nalUnit[0] ?? 0) & 0x1f}, must be 7`);
  }
  const bits = new BitReader(unescapeRbsp(nalUnit.subarray(1)), 'SPS');
  const profileIdc = bits.read(8);
  const constraintFlags = bits.read(8);
  const levelIdc = bits.read(8);
  bits.ue(); // seq_parameter_set_id
  let chromaFormatIdc = 1;
  let separateColourPlanes = 0;
  let bitDepthLuma = 8;
  let bitDepthChroma = 8;
  if (HIGH_PROFILES.has(profileIdc)) {
    chromaFormatIdc = bits.ue();
    if (chromaFormatIdc > 3)
      throw new Mp4Error('malformed', `SPS: chroma_format_idc is ${chromaFormatIdc}, allowed 0–3`);
    if (chromaFormatIdc === 3) separateColourPlanes = bits.read(1);
    bitDepthLuma = 8 + bits.ue();
    bitDepthChroma = 8 + bits.ue();
    bits.read(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.read(1)) skipScalingMatrix(bits, chromaFormatIdc === 3 ? 12 : 8);
  }
  bits.ue(); // log2_max_frame_num_minus4
  skipPictureOrderCount(bits);
  bits.ue(); // max_num_ref_frames
  bits.read(1); // gaps_in_frame_num_value_allowed_flag
  const widthInMbs = bits.ue() + 1;
  const heightInMapUnits = bits.ue() + 1;
  const frameMbsOnly = bits.read(1);
  if (!frameMbsOnly) bits.read(1); // mb_adaptive_frame_field_flag
  bits.read(1); // direct_8x8_inference_flag
  let crop = { left: 0, right: 0, top: 0, bottom: 0 };
  if (bits.read(1)) crop = { left: bits.ue(), right: bits.ue(), top: bits.ue(), bottom: bits.ue() };
  const hasChromaSubsampling = separateColourPlanes === 0;
  const cropX = hasChromaSubsampling && (chromaFormatIdc === 1 || chromaFormatIdc === 2) ? 2 : 1;
  const cropY = (hasChromaSubsampling && chromaFormatIdc === 1 ? 2 : 1) * (2 - frameMbsOnly);
  const width = widthInMbs * 16 - (crop.left + crop.right) * cropX;
  const height = (2 - frameMbsOnly) * heightInMapUnits * 16 - (crop.top + crop.bottom) * cropY;
  if (width <= 0 || height <= 0 || width > 0xffff || height > 0xffff) {
    throw new Mp4Error('malformed', `SPS: picture size is ${width}×${height}, allowed 1–65535 each`);
  }
  return { profileIdc, constraintFlags, levelIdc, chromaFormatIdc, bitDepthLuma, bitDepthChroma, width, height };
}

function skipPictureOrderCount(bits: BitReader): void {
  const type = bits.ue();
  if (type === 0) bits.ue();
  if (type !== 1) return;
  bits.read(1);
  bits.ue();
  bits.ue();
  const cycle = bits.ue();
  if (cycle > 255)
    throw new Mp4Error('malformed', `SPS: num_ref_frames_in_pic_order_cnt_cycle is ${cycle}, allowed 0–255`);
  for (let i = 0; i < cycle; i++) bits.ue();
}

function skipScalingMatrix(bits: BitReader, lists: number): void {
  for (let i = 0; i < lists; i++) {
    if (!bits.read(1)) continue;
    let last = 8;
    for (let j = 0, next = 8; j < (i < 6 ? 16 : 64) && next !== 0; j++) {
      next = (last + bits.se() + 256) & 0xff;
      if (next !== 0) last = next;
    }
  }
}

/** Drops the emulation prevention bytes: 00 00 03 → 00 00 (H.264, 7.4.1). Only ever a few dozen bytes. */
function unescapeRbsp(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0, zeros = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}
