import { ascii, box, concat, fullBox, u8, u16, u32, u64, zeros } from './boxes.ts';
import type { SampleIndex } from './sample-index.ts';
import type { AudioTrack, Av1Track, OpusTrack, Track, VideoTrack } from './track.ts';

/** 16.16 fixed point 1.0, and the unity matrix of `mvhd` and `tkhd` (ISO/IEC 14496-12, 8.2.2). */
const ONE = 0x00010000;
const UNITY_MATRIX = u32(ONE, 0, 0, 0, ONE, 0, 0, 0, 0x40000000);
/** `und`, three 5-bit letters each minus 0x60 (ISO/IEC 14496-12, 8.4.2.3). */
const LANGUAGE_UNDETERMINED = 0x55c4;

/** Ticks per second of a whole file's times: milliseconds. */
const MOVIE_TIMESCALE = 1000;

/**
 * A CMAF header (ISO/IEC 23000-19, 7.3.1): `ftyp` and `moov` without samples. With one track it serves as HLS media
 * initialization section (EXT-X-MAP), with several as the head of a fragmented file.
 * @param more with other ids than the first
 */
export function createInitSegment(track: Track, ...more: readonly Track[]): Uint8Array {
  const tracks = [track, ...more];
  return concat(
    ftyp(),
    box(
      'moov',
      mvhd(tracks, track.timescale, 0),
      ...tracks.map((each) => trak(each)),
      box('mvex', ...tracks.map(trex)),
    ),
  );
}

/** `moov` of a file whose samples are all known (ISO/IEC 14496-12, 8.2.1). */
export function createMovie(tracks: readonly { readonly track: Track; readonly index: SampleIndex }[]): Uint8Array {
  const lengthOf = ({ track, index }: (typeof tracks)[number]): number =>
    Math.round(((index.startTicks + index.durationTicks) * MOVIE_TIMESCALE) / track.timescale);
  return box(
    'moov',
    mvhd(
      tracks.map(({ track }) => track),
      MOVIE_TIMESCALE,
      Math.max(...tracks.map(lengthOf)),
    ),
    ...tracks.map((each) => trak(each.track, each.index, lengthOf(each))),
  );
}

/** `cmfc` for CMAF, `iso6` for fragments with `default-base-is-moof`, `mp41` for older readers. */
const ftyp = (): Uint8Array => box('ftyp', ascii('iso6'), u32(0), ascii('iso6'), ascii('cmfc'), ascii('mp41'));

/** A duration of 0 is none that is known: fragments follow. */
const mvhd = (tracks: readonly Track[], timescale: number, duration: number): Uint8Array =>
  fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, timescale, duration), // creation, modification, timescale, duration
    u32(ONE), // rate
    u16(0x0100, 0), // volume, reserved
    zeros(8),
    UNITY_MATRIX,
    zeros(24), // pre_defined
    u32(Math.max(...tracks.map(({ id }) => id)) + 1), // next_track_ID
  );

/** @param length of the track in the file, in the movie's timescale */
const trak = (track: Track, index?: SampleIndex, length = 0): Uint8Array =>
  box('trak', tkhd(track, length), ...(index ? [edts(track, index, length)] : []), mdia(track, index));

/** The track begins where its first sample is due (ISO/IEC 14496-12, 8.6.6). */
const edts = (track: Track, index: SampleIndex, length: number): Uint8Array => {
  const delay = Math.round((index.startTicks * MOVIE_TIMESCALE) / track.timescale);
  const edits = [...(delay > 0 ? [u32(delay, 0xffffffff, ONE)] : []), u32(length - delay, 0, ONE)];
  return box('edts', fullBox('elst', 0, 0, u32(edits.length), ...edits));
};

const tkhd = (track: Track, length: number): Uint8Array =>
  fullBox(
    'tkhd',
    0,
    0x000007, // enabled, in movie, in preview
    u32(0, 0, track.id, 0, length),
    zeros(8),
    u16(0, 0, track.kind === 'audio' ? 0x0100 : 0, 0), // layer, alternate group, volume, reserved
    UNITY_MATRIX,
    track.kind === 'video' ? u32(track.width * ONE, track.height * ONE) : u32(0, 0),
  );

const mdia = (track: Track, index: SampleIndex | undefined): Uint8Array =>
  box('mdia', mdhd(track, index?.durationTicks ?? 0), hdlr(track), minf(track, index));

/** Version 1: a day at 90 kHz does not fit into 32 bits. */
const mdhd = (track: Track, duration: number): Uint8Array =>
  duration === 0
    ? fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(LANGUAGE_UNDETERMINED, 0))
    : fullBox('mdhd', 1, 0, u64(0), u64(0), u32(track.timescale), u64(duration), u16(LANGUAGE_UNDETERMINED, 0));

const hdlr = (track: Track): Uint8Array =>
  fullBox(
    'hdlr',
    0,
    0,
    u32(0),
    ascii(track.kind === 'video' ? 'vide' : 'soun'),
    zeros(12),
    ascii(track.kind === 'video' ? 'video\0' : 'audio\0'),
  );

const minf = (track: Track, index: SampleIndex | undefined): Uint8Array =>
  box(
    'minf',
    track.kind === 'video' ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4)),
    box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))), // flag 1: media are in this same file
    stbl(track, index),
  );

/** Without an index the sample tables are empty: all samples are in fragments (ISO/IEC 14496-12, 8.8.1). */
const stbl = (track: Track, index: SampleIndex | undefined): Uint8Array =>
  box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry(track)),
    ...(index?.tables() ?? [
      fullBox('stts', 0, 0, u32(0)),
      fullBox('stsc', 0, 0, u32(0)),
      fullBox('stsz', 0, 0, u32(0, 0)),
      fullBox('stco', 0, 0, u32(0)),
    ]),
  );

function sampleEntry(track: Track): Uint8Array {
  if ('avcConfig' in track) return visualEntry('avc1', track, box('avcC', track.avcConfig));
  if ('av1Config' in track) return visualEntry('av01', track, box('av1C', track.av1Config));
  if ('preSkip' in track) return audioEntry('Opus', track, dOps(track));
  return audioEntry('mp4a', track, esds(track));
}

/** ISO/IEC 14496-12, 12.1.3; of H.264 14496-15, 5.4.2, of AV1 "AV1 in ISOBMFF", 2.2. */
const visualEntry = (type: string, track: VideoTrack | Av1Track, config: Uint8Array): Uint8Array =>
  box(
    type,
    zeros(6),
    u16(1), // data_reference_index
    zeros(16),
    u16(track.width, track.height),
    u32(0x00480000, 0x00480000), // 72 dpi
    u32(0),
    u16(1), // frame_count
    zeros(32), // compressorname
    u16(0x0018, 0xffff), // depth 24, pre_defined −1
    config,
    btrt(track),
  );

/** ISO/IEC 14496-12, 12.2.3. The 16.16 sampling rate cannot hold more than 65535 Hz; the decoder reads the true one from `esds`. */
const audioEntry = (type: string, track: AudioTrack | OpusTrack, config: Uint8Array): Uint8Array =>
  box(
    type,
    zeros(6),
    u16(1),
    zeros(8),
    u16(track.channelCount, 16, 0, 0), // sample size in bits, pre_defined, reserved
    u32(track.sampleRate <= 0xffff ? track.sampleRate * ONE : 0),
    config,
    btrt(track),
  );

/** Opus in ISOBMFF, 4.3.2: version 0, no gain, channel mapping family 0. */
const dOps = (track: OpusTrack): Uint8Array =>
  box('dOps', u8(0, track.channelCount), u16(track.preSkip), u32(track.sampleRate), u16(0), u8(0));

/** ES, decoder configuration, decoder specific and sync layer descriptors (ISO/IEC 14496-1, 7.2.6). */
const esds = (track: AudioTrack): Uint8Array => {
  const bitrate = track.bitrateBps ?? 0;
  const decoderSpecific = descriptor(0x05, track.audioSpecificConfig);
  const decoderConfig = descriptor(
    0x04,
    u8(0x40, 0x15, 0, 0, 0), // MPEG-4 audio; audio stream; decoding buffer size not told
    u32(bitrate, bitrate),
    decoderSpecific,
  );
  return fullBox('esds', 0, 0, descriptor(0x03, u16(track.id & 0xffff), u8(0), decoderConfig, descriptor(0x06, u8(2))));
};

/** Descriptors here are far shorter than 128 bytes, so their size takes one byte (ISO/IEC 14496-1, 8.3.3). */
const descriptor = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...contents);
  return concat(u8(tag, body.length), body);
};

const btrt = (track: Track): Uint8Array =>
  track.bitrateBps === undefined ? zeros(0) : box('btrt', u32(0, track.bitrateBps, track.bitrateBps));

/** Defaults are all zero: every `trun` tells duration, size and flags itself. */
const trex = (track: Track): Uint8Array => fullBox('trex', 0, 0, u32(track.id, 1, 0, 0, 0));
