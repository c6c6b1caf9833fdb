import { NAL_TYPE, nalTypeOf, splitAnnexB } from './annex-b.ts';
import { concat, u8, u16 } from './boxes.ts';
import { Mp4Error } from './errors.ts';
import { parseSps } from './sps.ts';

/** AVCProfileIndication values whose record carries chroma format and bit depths (ISO/IEC 14496-15, 5.3.3.1.2). */
const EXTENDED_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 144]);

/**
 * AVCDecoderConfigurationRecord, the content of `avcC` (ISO/IEC 14496-15, 5.3.3.1), for 4-byte NAL unit lengths.
 * @param sets parameter set NAL units without start codes; the first SPS gives profile and level
 * @throws Mp4Error when there is no usable SPS or PPS
 */
export function createAvcConfig(sets: {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}): Uint8Array {
  const { sps, pps } = sets;
  const first = sps[0];
  if (!first || sps.length > 31) throw new Mp4Error('malformed', `avcC: ${sps.length} SPS given, allowed 1–31`);
  if (pps.length === 0 || pps.length > 255)
    throw new Mp4Error('malformed', `avcC: ${pps.length} PPS given, allowed 1–255`);
  const info = parseSps(first);
  const prefixed = (unit: Uint8Array): Uint8Array => concat(u16(unit.length), unit);
  return concat(
    u8(1, info.profileIdc, info.constraintFlags, info.levelIdc, 0xfc | 3, 0xe0 | sps.length),
    ...sps.map(prefixed),
    u8(pps.length),
    ...pps.map(prefixed),
    EXTENDED_PROFILES.has(info.profileIdc)
      ? u8(0xfc | info.chromaFormatIdc, 0xf8 | (info.bitDepthLuma - 8), 0xf8 | (info.bitDepthChroma - 8), 0)
      : u8(),
  );
}

/**
 * The same from an encoder's extra data: SPS and PPS with start codes.
 * @returns the record and the picture size its SPS tells
 */
export function avcConfigFromAnnexB(extraData: Uint8Array): {
  readonly avcConfig: Uint8Array;
  readonly width: number;
  readonly height: number;
} {
  const units = splitAnnexB(extraData);
  const sps = units.filter((unit) => nalTypeOf(unit) === NAL_TYPE.sps);
  const pps = units.filter((unit) => nalTypeOf(unit) === NAL_TYPE.pps);
  const avcConfig = createAvcConfig({ sps, pps });
  const { width, height } = parseSps(sps[0]!);
  return { avcConfig, width, height };
}
