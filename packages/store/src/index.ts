export type { Admissions, CodeAdmission, Place, TokenAdmission } from './admissions.ts';
export { ensureDatabaseTemplate } from './database-template.ts';
export type { DumpedRows, DumpHead } from './dump.ts';
export { describeDatabaseError, isUnstorableValue, StoreError, type StoreErrorCode } from './errors.ts';
export { newObjectId } from './object-id.ts';
export { openDatabase, openStore, type Repositories, type Store, type StoreOptions } from './open-store.ts';
export { ReadCache } from './read-cache.ts';
export type { AnalyticsEvent, EventFilter, EventPage, NewAnalyticsEvent } from './repositories/analytics.ts';
export type { App, NewApp, Template } from './repositories/apps.ts';
export { type Beam, type BeamKind, type BeamSettings, isBeamWanted } from './repositories/beams.ts';
export type { ChatMessageRow } from './repositories/chat-messages.ts';
export type {
  Joined,
  PeerChange,
  SessionPage,
  SessionPeerRow,
  SessionRow,
  SessionWithPeers,
} from './repositories/history.ts';
export type { LiveStreamChange, LiveStreamPage, LiveStreamRow, NewLiveStream } from './repositories/live-streams.ts';
export type { Invitation } from './repositories/members.ts';
export type { Owner, OwnerSession } from './repositories/owners.ts';
export type { PeerQualityRow } from './repositories/peer-quality.ts';
export type { Poll, PollPage, PollResponseRow, PollSession } from './repositories/polls.ts';
export type { NewRecordingAsset, RecordingAsset } from './repositories/recording-assets.ts';
export { MAX_CODES_PER_ROOM, type RoomCode, type RoomCodePage } from './repositories/room-codes.ts';
export type { NewRoom, Room, RoomChange, RoomPage } from './repositories/rooms.ts';
export type { LivePeer, LiveSessionWithPeers, LiveStateRecord } from './repositories/sessions.ts';
export type { StreamKey } from './repositories/stream-keys.ts';
export type { UsageDay, UsageQuery } from './repositories/usage.ts';
export type { ReplayProgress, ReplayRequest, WebhookReplay } from './repositories/webhook-replays.ts';
export type {
  DeliveryFilter,
  NewDelivery,
  RoomContext,
  Settled,
  Webhook,
  WebhookDelivery,
  WebhookTarget,
} from './repositories/webhooks.ts';
export type { AccessKey, Workspace } from './repositories/workspaces.ts';
export { restoreStore } from './restore.ts';
export type { StoredAt } from './schema.ts';
