export { NAL_TYPE, nalTypeOf, sampleFromAnnexB, splitAnnexB } from './annex-b.ts';
export { av1CodecString, av1ConfigFromTemporalUnit, sampleFromTemporalUnit } from './av1.ts';
export { avcConfigFromAnnexB, createAvcConfig } from './avc-config.ts';
export { type Box, readBoxes } from './box-reader.ts';
export { aacCodecString, avcCodecString, codecString, OPUS_CODEC_STRING } from './codec-string.ts';
export { dumpBoxes } from './dump.ts';
export { Mp4Error, type Mp4ErrorCode } from './errors.ts';
export { bytesOfFirstSample, createFragment, type FragmentOptions } from './fragment.ts';
export {
  type FileBytes,
  type FragmentedFile,
  indexFragmentedFile,
  readTrackFile,
  type TrackFile,
  type TrackFragment,
} from './fragmented-file.ts';
export { createInitSegment } from './init-segment.ts';
export { createProgressiveHead } from './progressive.ts';
export { type ReadFragment, readFragments, readInitSegment } from './segment-reader.ts';
export { parseSps, type SpsInfo } from './sps.ts';
export type { AudioTrack, Av1Track, OpusTrack, Sample, Track, VideoTrack } from './track.ts';
