export { announce, type BackEndTarget, changePeer, endSession, peersMatching, removePeers } from './back-end.ts';
export {
  BOARD_KEPT_MS,
  BOARD_LIMITS,
  closeBoard,
  closeDesertedBoard,
  drawOnBoard,
  openBoard,
  readBoard,
  tendBoard,
  viewerIds,
} from './board.ts';
export { chatHistory, HISTORY_LIMITS, type HistoryPage, recallMessages } from './chat-history.ts';
export * from './effects.ts';
export type * from './facts.ts';
export { factPeer } from './facts.ts';
export { changeGroup, type GroupChange, HAND_RAISED, MAX_GROUPS } from './groups.ts';
export type { KeptMessage } from './history-state.ts';
export { type KeptContent, type KeptRecord, keptRecords, restoreKept } from './keeping.ts';
export { pollLeaderboard } from './leaderboard.ts';
export { isListed, isOnStage, listersOf, mayCall, toldOfGroups, toldOfNewcomer } from './listing.ts';
export {
  checkJoin,
  endRoom,
  expireAway,
  factsOfEnd,
  type JoinRequest,
  joinPeer,
  type Leaving,
  leavePeer,
  nextExpiryAt,
  peerDisconnected,
  restorePeer,
  resumePeer,
  updatePeer,
} from './membership.ts';
export * from './messages.ts';
export { FREE_METADATA_BYTES, metadataBytes } from './metadata.ts';
export { requestMuteOfMany, requestTrackMute } from './mute-requests.ts';
export * from './output-state.ts';
export {
  type BeamRequest,
  checkBeamStart,
  checkBeamStop,
  checkRecordingPause,
  handleOutputEvent,
  isBeamRunning,
  type RecordingKind,
} from './outputs.ts';
export * from './peer-search.ts';
export {
  endPolls,
  expirePolls,
  getPollQuestions,
  listPolls,
  MAX_ANSWER_BYTES,
  MAX_POLLS,
  MAX_QUESTIONS,
  nextPollEndAt,
  pollResponses,
  pollResult,
  pollStats,
  respondToPoll,
  setPollInfo,
  setPollQuestions,
  startPoll,
  stopPoll,
} from './polls.ts';
export { type PresetPoll, presetPolls } from './preset-polls.ts';
export { removePeer, sendAway } from './removal.ts';
export { acceptRoleChange, MAX_TOLD, requestRoleChange } from './role-changes.ts';
export * from './role-limits.ts';
export { MAX_OPEN_REQUESTS } from './role-offers.ts';
export * from './roles.ts';
export * from './room.ts';
export { NoSeatError } from './seats.ts';
export {
  ABSENCE_TOLD_MS,
  composedBy,
  countsOf,
  createSession,
  type Destinations,
  type Ending,
  GRACE_MS,
  isRoleOfTemplate,
  type Member,
  memberOf,
  type Presence,
  SEAT_KEPT_MS,
  type Session,
  type SessionSettings,
  sees,
  visibleMember,
  visibleMembers,
} from './session.ts';
export { getValue, listenersOf, listenTo, STORE_LIMITS, setValue } from './session-store.ts';
export * from './speakers.ts';
export type { StopReason } from './stop-reason.ts';
export * from './stream-state.ts';
export * from './streams.ts';
export { changeRolesOfTemplate, type RenamedRole } from './template-change.ts';
export * from './tracks.ts';
