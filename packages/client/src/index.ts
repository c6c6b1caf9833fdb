export { type AuthTokenClaims, decodeAuthToken } from './auth-token.ts';
export { browserEnvironment } from './browser/browser-environment.ts';
export { watchLevel } from './browser/level-meter.ts';
export { showTrack } from './browser/video-sink.ts';
export type { CaptureState, CaptureStatus } from './devices/capture-device.ts';
export type { ScreenState } from './devices/screen-capture.ts';
export type * from './environment.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export {
  derived,
  derivedFrom,
  isCapturing,
  levelOfPeer,
  peerCount,
  peersInOrder,
  trackOfPeer,
  viewerCount,
} from './selectors.ts';
export {
  type Access,
  createSession,
  INVITATION_DECLINED,
  type JoinOptions,
  Session,
  type SessionEvents,
  type SessionOptions,
  type TokenKeeper,
} from './session.ts';
export type * from './state.ts';
export { HAND_RAISED, initialState, MESSAGES_KEPT } from './state.ts';
export { bitrateBps, type SessionStats, summarizeStats, type TrackStats } from './stats.ts';
