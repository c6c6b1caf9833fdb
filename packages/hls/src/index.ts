export {
  advancePartLimit,
  decideReload,
  isReached,
  type ReloadDecision,
  type ReloadTarget,
} from './blocking-reload.ts';
export { type Directives, parseDirectives } from './directives.ts';
export { HlsError, type HlsErrorCode } from './errors.ts';
export { hasIFrames, iFrameOf, iFramePlaylist } from './i-frame-playlist.ts';
export {
  addDateRange,
  appendGap,
  appendPart,
  closeOpenSegment,
  createLiveWindow,
  endLiveWindow,
  hasPart,
  interrupt,
  type LiveWindow,
  type LiveWindowOptions,
  type NewPart,
  type OpenSegment,
  setInit,
  type WindowChange,
  type WindowSegment,
} from './live-window.ts';
export { lastMsnOf, type MediaPlaylist, type Segment, type SegmentHead } from './media-playlist.ts';
export {
  type MultivariantPlaylist,
  parseMultivariantPlaylist,
  serializeMultivariantPlaylist,
  type Variant,
} from './multivariant-playlist.ts';
export { roundSecondsUp } from './numbers.ts';
export { parseMediaPlaylist } from './parse-media-playlist.ts';
export { findUpdateViolations } from './playlist-update.ts';
export {
  IFRAMES_NAME,
  initName,
  MULTIVARIANT_NAME,
  PLAYLIST_NAME,
  parsePartName,
  partName,
  segmentName,
  sheetName,
  THUMBNAILS_DATA_ID,
  THUMBNAILS_FOLDER,
  THUMBNAILS_NAME,
} from './resource-names.ts';
export {
  serializeLiveEdge,
  serializeMediaPlaylist,
  serializePlaylistEnd,
  serializePlaylistStart,
  serializeSegments,
} from './serialize-media-playlist.ts';
export { findViolations, parseStrict, type Violation } from './strict.ts';
export type { ByteRange } from './tags/byte-range.ts';
export type { DateRange } from './tags/date-range.ts';
export type { IFrameStreamInf } from './tags/i-frame-stream-inf.ts';
export type { MediaInitialization } from './tags/map.ts';
export type { MediaRendition } from './tags/media.ts';
export type { Part } from './tags/part.ts';
export type { PlaylistType } from './tags/playlist-type.ts';
export type { PreloadHint } from './tags/preload-hint.ts';
export type { RenditionReport } from './tags/rendition-report.ts';
export type { ServerControl } from './tags/server-control.ts';
export type { SessionData } from './tags/session-data.ts';
export type { Skip } from './tags/skip.ts';
export type { StreamInf } from './tags/stream-inf.ts';
export { parseThumbnails, serializeThumbnails, type ThumbnailCue } from './thumbnail-track.ts';
export { isPlayable, liveEdgeOf, windowPlaylist } from './window-playlist.ts';
export {
  sheetNameOf,
  type ThumbnailImage,
  type ThumbnailSheet,
  thumbnailsOf,
  windowThumbnails,
} from './window-thumbnails.ts';
