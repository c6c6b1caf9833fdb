import { av1CodecString } from './av1.ts';
import { Mp4Error } from './errors.ts';
import type { Track } from './track.ts';

/** As Media Source Extensions name it; RFC 6381 has the name of the sample entry, `Opus`, which not all players know. */
export const OPUS_CODEC_STRING = 'opus';

/**
 * The `CODECS` entry of a track (RFC 6381, 3.3 and 3.4): `avc1.PPCCLL` from the configuration record, `mp4a.40.N`
 * with N the audio object type, `av01.P.LLT.DD`, `opus`.
 * @throws Mp4Error `truncated` when the configuration is too short to tell
 */
export function codecString(track: Track): string {
  if ('avcConfig' in track) return avcCodecString(track.avcConfig);
  if ('av1Config' in track) return av1CodecString(track.av1Config);
  return 'preSkip' in track ? OPUS_CODEC_STRING : aacCodecString(track.audioSpecificConfig);
}

/** @param avcConfig content of `avcC` */
export function avcCodecString(avcConfig: Uint8Array): string {
  if (avcConfig.length < 7) throw new Mp4Error('truncated', `avcC: ${avcConfig.length} bytes, needs at least 7`);
  const hex = [...avcConfig.subarray(1, 4)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return `avc1.${hex.join('')}`;
}

/** @param config AudioSpecificConfig */
export function aacCodecString(config: Uint8Array): string {
  if (config.length < 2)
    throw new Mp4Error('truncated', `AudioSpecificConfig: ${config.length} bytes, needs at least 2`);
  const short = config[0]! >> 3;
  // Object type 31 is an escape: 32 plus the next six bits (ISO/IEC 14496-3, 1.6.2.1).
  const objectType = short === 31 ? 32 + ((config[0]! & 0x07) << 3) + (config[1]! >> 5) : short;
  return `mp4a.40.${objectType}`;
}
