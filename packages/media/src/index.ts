export { AudioRing } from './audio/audio-ring.ts';
export type { DecodedAudio } from './audio/decoded-audio.ts';
export { CEILING, Limiter, LOOK_AHEAD_SAMPLES } from './audio/limiter.ts';
export { OpusDecoder } from './audio/opus-decoder.ts';
export { AacDecoder } from './native/aac-decoder.ts';
export { AAC_FRAME_SAMPLES, AacEncoder, SAMPLE_RATE } from './native/aac-encoder.ts';
export { Av1Encoder } from './native/av1-encoder.ts';
export { H264Encoder, type H264EncoderOptions } from './native/h264-encoder.ts';
export { type MediaErrorCode, quietCodecLibrary } from './native/media-error.ts';
export { copyPicture } from './native/native-picture.ts';
export { OPUS_PACKET_SAMPLES, OpusEncoder } from './native/opus-encoder.ts';
export type { PictureEncoder } from './native/picture-encoder.ts';
export { fillPicture, type Picture, pictureBytes, pictureOver, subPicture, type Yuv } from './native/planes.ts';
export { Scaler } from './native/scaler.ts';
export { ThumbnailPainter } from './native/thumbnail-painter.ts';
export { DecodedPicture, MAX_PICTURE_PIXELS, type VideoCodecName, VideoDecoder } from './native/video-decoder.ts';
export { type EncodedVp8, Vp8Encoder, type Vp8EncoderOptions } from './native/vp8-encoder.ts';
export { WhipSender, type WhipTracks } from './native/whip-sender.ts';
export {
  Compositor,
  type CompositorItem,
  type Corner,
  DEFAULT_BACKGROUND,
  DEFAULT_STAND_BY,
  type PictureOf,
  type SceneOptions,
} from './picture/compositor.ts';
export { drawLettering, type Lettering } from './picture/drawing.ts';
export type { Letterer } from './picture/letters.ts';
export { blend, type Overlay, overlayFromRgba } from './picture/overlay.ts';
