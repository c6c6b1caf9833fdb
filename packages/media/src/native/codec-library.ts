/**
 * The one door to the codec library (FFmpeg through node-av). Everything here is synchronous and meant for worker
 * threads: asynchronous calls would take libuv's threads, and terminating a worker during one aborts the process.
 *
 * Native memory has no bounds: every offset is computed by `planes.ts` and asserted there.
 */

export type { AVPixelFormat, AVProfile, FFEncoderCodec } from 'node-av/constants';
export {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_OPUS,
  AV_LOG_FATAL,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AV_PROFILE_H264_BASELINE,
  AV_PROFILE_H264_CONSTRAINED,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  FF_DECODER_AAC,
  FF_DECODER_H264,
  FF_DECODER_VP8,
  FF_DECODER_VP9,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBOPUS,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBX264,
  FF_ENCODER_MJPEG,
  SWS_AREA,
  SWS_BILINEAR,
} from 'node-av/constants';
export {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  SoftwareResampleContext,
  SoftwareScaleContext,
} from 'node-av/lib';
