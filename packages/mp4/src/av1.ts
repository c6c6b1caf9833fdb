import { BitReader } from './bit-reader.ts';
import { concat, u8 } from './boxes.ts';
import { Mp4Error } from './errors.ts';

/** `obu_type` (AV1, 6.2.2). */
const OBU_TYPE = { sequenceHeader: 1, temporalDelimiter: 2, tileList: 8, padding: 15 } as const;
/** These are not stored (AV1 in ISOBMFF, 2.4): the sample itself is what they would tell. */
const NOT_STORED: ReadonlySet<number> = new Set([OBU_TYPE.temporalDelimiter, OBU_TYPE.tileList, OBU_TYPE.padding]);

/** CP_BT_709, TC_SRGB, MC_IDENTITY (AV1, 6.4.2). */
const RGB = '1,13,0';

interface Obu {
  readonly type: number;
  /** Header, size and payload: views. */
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array;
}

/** What a decoder configuration needs to know from a sequence header (AV1, 5.5). */
interface SequenceHeader {
  readonly profile: number;
  /** Of the first operating point. */
  readonly level: number;
  readonly tier: number;
  readonly isHighBitDepth: boolean;
  readonly isTwelveBit: boolean;
  readonly isMonochrome: boolean;
  readonly subsamplingX: number;
  readonly subsamplingY: number;
  readonly chromaSamplePosition: number;
}

/**
 * AV1CodecConfigurationRecord, the content of `av1C` (AV1 in ISOBMFF, 2.3.3), with the sequence header.
 * @param temporalUnit one that begins with a sequence header: a keyframe as the encoder gives it
 * @throws Mp4Error `malformed`, `truncated`
 */
export function av1ConfigFromTemporalUnit(temporalUnit: Uint8Array): Uint8Array {
  const obu = splitObus(temporalUnit).find(({ type }) => type === OBU_TYPE.sequenceHeader);
  if (!obu) throw new Mp4Error('malformed', 'AV1: the temporal unit has no sequence header');
  const header = parseSequenceHeader(obu.payload);
  return concat(
    u8(
      0x81, // marker, version 1
      (header.profile << 5) | header.level,
      (header.tier << 7) |
        (Number(header.isHighBitDepth) << 6) |
        (Number(header.isTwelveBit) << 5) |
        (Number(header.isMonochrome) << 4) |
        (header.subsamplingX << 3) |
        (header.subsamplingY << 2) |
        header.chromaSamplePosition,
      0, // the initial presentation delay is not told
    ),
    obu.bytes,
  );
}

/** A temporal unit as a sample: without what a file has no use for. @throws Mp4Error `malformed`, `truncated` */
export function sampleFromTemporalUnit(temporalUnit: Uint8Array): Uint8Array {
  return concat(
    ...splitObus(temporalUnit)
      .filter(({ type }) => !NOT_STORED.has(type))
      .map(({ bytes }) => bytes),
  );
}

/**
 * `av01.P.LLT.DD` (AV1 in ISOBMFF, 5).
 * @param av1Config content of `av1C`
 */
export function av1CodecString(av1Config: Uint8Array): string {
  if (av1Config.length < 4) throw new Mp4Error('truncated', `av1C: ${av1Config.length} bytes, needs at least 4`);
  const [, profileAndLevel, flags] = av1Config as unknown as [number, number, number];
  const level = String(profileAndLevel & 0x1f).padStart(2, '0');
  const depth = flags & 0x40 ? (flags & 0x20 ? '12' : '10') : '08';
  return `av01.${profileAndLevel >> 5}.${level}${flags & 0x80 ? 'H' : 'M'}.${depth}`;
}

/** Of the low-overhead format, each with its size (AV1, 5.3). */
function splitObus(bytes: Uint8Array): Obu[] {
  const obus: Obu[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = bytes[at]!;
    if (header & 0x80) throw new Mp4Error('malformed', `AV1: the forbidden bit at ${at} is set`);
    if (!(header & 0x02)) throw new Mp4Error('malformed', `AV1: the OBU at ${at} has no size`);
    const { value: size, end } = leb128(bytes, at + (header & 0x04 ? 2 : 1));
    if (size > bytes.length - end)
      throw new Mp4Error('truncated', `AV1: the OBU at ${at} has ${size} bytes, ${bytes.length - end} are there`);
    obus.push({
      type: (header >> 3) & 0x0f,
      bytes: bytes.subarray(at, end + size),
      payload: bytes.subarray(end, end + size),
    });
    at = end + size;
  }
  return obus;
}

/** AV1, 4.10.5. */
function leb128(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) throw new Mp4Error('truncated', `AV1: a size at ${from} ends after ${i} bytes`);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (!(byte & 0x80)) return { value, end: from + i + 1 };
  }
  throw new Mp4Error('malformed', `AV1: a size at ${from} has more than 8 bytes`);
}

function parseSequenceHeader(payload: Uint8Array): SequenceHeader {
  const bits = new BitReader(payload, 'AV1 sequence header');
  const profile = bits.read(3);
  bits.read(1); // still_picture
  const isReduced = bits.read(1) === 1;
  const { level, tier } = isReduced ? { level: bits.read(5), tier: 0 } : readOperatingPoints(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  bits.read(widthBits);
  bits.read(heightBits);
  if (!isReduced && bits.read(1)) bits.read(7); // frame ids
  bits.read(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!isReduced) skipTools(bits);
  bits.read(3); // enable_superres, enable_cdef, enable_restoration
  return { profile, level, tier, ...readColour(bits, profile) };
}

function readOperatingPoints(bits: BitReader): { readonly level: number; readonly tier: number } {
  let delayBits: number | undefined;
  if (bits.read(1)) {
    bits.read(32); // num_units_in_display_tick
    bits.read(32); // time_scale
    if (bits.read(1)) bits.ue(); // equal_picture_interval: uvlc is Exp-Golomb
    if (bits.read(1)) {
      delayBits = bits.read(5) + 1;
      bits.read(32); // num_units_in_decoding_tick
      bits.read(10);
    }
  }
  const tellsDelay = bits.read(1) === 1;
  const count = bits.read(5) + 1;
  let first: { level: number; tier: number } | undefined;
  for (let i = 0; i < count; i++) {
    bits.read(12); // operating_point_idc
    const level = bits.read(5);
    const tier = level > 7 ? bits.read(1) : 0;
    first ??= { level, tier };
    if (delayBits !== undefined && bits.read(1)) {
      bits.read(delayBits); // decoder_buffer_delay
      bits.read(delayBits); // encoder_buffer_delay
      bits.read(1); // low_delay_mode_flag
    }
    if (tellsDelay && bits.read(1)) bits.read(4);
  }
  return first!;
}

function skipTools(bits: BitReader): void {
  bits.read(4); // interintra and masked compounds, warped motion, dual filter
  const hasOrderHint = bits.read(1) === 1;
  if (hasOrderHint) bits.read(2); // jnt_comp, ref_frame_mvs
  const choosesScreenContentTools = bits.read(1) === 1;
  const forcesScreenContentTools = choosesScreenContentTools || bits.read(1) === 1;
  if (forcesScreenContentTools && !bits.read(1)) bits.read(1); // integer motion vectors
  if (hasOrderHint) bits.read(3);
}

/** AV1, 5.5.2. */
function readColour(bits: BitReader, profile: number): Omit<SequenceHeader, 'profile' | 'level' | 'tier'> {
  const isHighBitDepth = bits.read(1) === 1;
  const isTwelveBit = profile === 2 && isHighBitDepth && bits.read(1) === 1;
  const isMonochrome = profile !== 1 && bits.read(1) === 1;
  const depth = { isHighBitDepth, isTwelveBit, isMonochrome };
  const description = bits.read(1) ? [bits.read(8), bits.read(8), bits.read(8)].join() : undefined;
  if (isMonochrome) return { ...depth, subsamplingX: 1, subsamplingY: 1, chromaSamplePosition: 0 };
  if (description === RGB) return { ...depth, subsamplingX: 0, subsamplingY: 0, chromaSamplePosition: 0 };
  bits.read(1); // color_range
  const [subsamplingX, subsamplingY] = readSubsampling(bits, profile, isTwelveBit);
  const chromaSamplePosition = subsamplingX === 1 && subsamplingY === 1 ? bits.read(2) : 0;
  return { ...depth, subsamplingX, subsamplingY, chromaSamplePosition };
}

function readSubsampling(bits: BitReader, profile: number, isTwelveBit: boolean): readonly [x: number, y: number] {
  if (profile === 0) return [1, 1];
  if (profile === 1) return [0, 0];
  if (!isTwelveBit) return [1, 0];
  const x = bits.read(1);
  return [x, x === 1 ? bits.read(1) : 0];
}
