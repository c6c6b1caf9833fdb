export {
  BLOCKED_USERS,
  CHAT_STATE,
  type ChatState,
  type Composition,
  type CompositionWish,
  HIDDEN_MESSAGES,
  INVITATION_DECLINED,
  moderatesChat,
  PINNED_MESSAGES,
  type PinnedMessage,
  type RecordedStream,
  type RoleLook,
  SPOTLIGHT,
  type UiLayout,
} from '@amphi/protocol';
export { type AuthTokenClaims, decodeAuthToken } from './auth-token.ts';
export type * from './board-state.ts';
export { browserEnvironment } from './browser/browser-environment.ts';
export { watchLevel } from './browser/level-meter.ts';
export { showTrack } from './browser/video-sink.ts';
export type { CaptureState, CaptureStatus } from './devices/capture-device.ts';
export type { ScreenState } from './devices/screen-capture.ts';
export type { SharedScreen } from './devices/screen-shares.ts';
export type { ProcessedTrack, TrackProcessor } from './devices/track-processor.ts';
export * from './diagnostics/index.ts';
export type { Feedback } from './endpoints.ts';
export type * from './environment.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { Board } from './features/board.ts';
export type { ChatRules } from './features/chat-rules.ts';
export type { MuteSelection } from './features/moderation.ts';
export type * from './features/people.ts';
export type { Polls } from './features/polls.ts';
export type { RecordingChoice } from './features/recording-control.ts';
export { readValue, type ValueKey } from './features/values.ts';
export { type JoinLink, readJoinLink } from './join-link.ts';
export type { NetworkScore } from './network-score.ts';
export type * from './poll-state.ts';
export {
  boardRights,
  derived,
  derivedFrom,
  isCapturing,
  levelOfPeer,
  mayAnswer,
  peerCount,
  peersInOrder,
  pollsInOrder,
  raisedHands,
  screensOfPeer,
  trackOfPeer,
  viewerCount,
} from './selectors.ts';
export { createSession, Session } from './session.ts';
export type * from './session-types.ts';
export type * from './state.ts';
export { HAND_RAISED, initialState, MESSAGES_KEPT } from './state.ts';
export { bitrateBps, type SessionStats, summarizeStats, type TrackStats } from './stats.ts';
export { MAX_SCREEN_SHARES, type ScreenId } from './tracks/encodings.ts';
