export { type AmfValue, readAmf, writeAmf } from './amf0.ts';
export { ChunkReader, ChunkWriter, type RtmpMessage } from './chunks.ts';
export { RtmpError, type RtmpErrorCode } from './errors.ts';
export { aacBody, aacHeader, avcBody, avcHeader, streamMetadata } from './flv.ts';
export {
  type AudioTag,
  type AvcConfig,
  readAudioTag,
  readVideoTag,
  splitAvcConfig,
  toAnnexB,
  type VideoTag,
} from './flv-reader.ts';
export { HANDSHAKE_BYTES, MESSAGE, VERSION } from './message-types.ts';
export { RtmpPublisher } from './publisher.ts';
export { MAX_MEDIA_BYTES, type Publication, type PublishRefusal, RtmpReceiver } from './receiver.ts';
export { parseRtmpTarget, type RtmpTarget } from './target.ts';
