export * from './client-feedback.ts';
export * from './client-report.ts';
export * from './composition.ts';
export * from './diagnostics.ts';
export * from './egress.ts';
export * from './errors.ts';
export * from './frame-rate.ts';
export * from './ingest.ts';
export * from './init.ts';
export * from './outputs.ts';
export * from './platform.ts';
export * from './quality.ts';
export * from './read-json.ts';
export * from './recorded-stream.ts';
export * from './rest.ts';
export * from './rest-polls.ts';
export * from './role.ts';
export * from './room-look.ts';
export * from './room-palette.ts';
export * from './shared-values.ts';
export {
  type BoardElement,
  type BoardPage,
  type BoardRoles,
  type BoardUpdate,
  boardOpened,
  boardPage,
  MAX_BOARD_CHANGES,
} from './signaling/board.ts';
export { compositionInfo } from './signaling/composition-info.ts';
export * from './signaling/methods.ts';
export * from './signaling/notifications.ts';
export * from './signaling/objects.ts';
export * from './signaling/plain-media.ts';
export {
  type PollInfo,
  type PollQuestion,
  type PollResponse,
  pollInfo,
  pollQuestion,
  pollResponse,
  pollResult,
} from './signaling/polls.ts';
export * from './simulcast.ts';
export * from './template.ts';
export * from './template-bodies.ts';
export * from './timed-metadata.ts';
export * from './tokens.ts';
export * from './ui-layout.ts';
export * from './web-page.ts';
export * from './webhook.ts';
export { boardRolesOf } from './whiteboard.ts';
