import type { Millis } from '@amphi/base';
import type { Ending, Fact, FactPeer, LeaveReason } from '@amphi/rooms';
import type { LiveStreamRow, RoomContext } from '@amphi/store';
import type { RecordedFact } from '../sessions/ports/records.ts';
import { ingestEvents } from './ingest-events.ts';
import { beamEvents, type LinkOf, recordedEvents, trackEvent } from './recording-events.ts';
import type { About, WebhookEvent } from './webhook-event.ts';

/** `peer.leave.success` knows fewer reasons than we do (server API, 5.6). */
const LEAVE_REASONS: Readonly<Record<LeaveReason, string>> = {
  left: 'client request',
  removed: 'peer kicked',
  lost: 'websocket closed',
  replaced: 'server removed peer',
  yielded: 'server removed peer',
  flooded: 'server removed peer',
  sessionEnded: 'peer kicked',
};

/**
 * The events of one fact, in order. Pure.
 * @param opened the session was not known before
 * @param context.about what the fact is about
 * @param context.linkOf by which back ends get a file
 */
export function eventsOf(
  happened: RecordedFact,
  context: { readonly room: RoomContext; readonly opened: boolean; readonly about: About; readonly linkOf: LinkOf },
): WebhookEvent[] {
  const { fact, at } = happened;
  const base = { ...ofRoom(context.room), ...ofSession(happened) };
  const event = (type: string, data: object): WebhookEvent => ({ type, at, data: { ...base, ...data } });
  const opening = context.opened ? [event('session.open.success', {})] : [];
  return [...opening, ...ownEventsOf(fact, at, event, happened, context)];
}

function ownEventsOf(
  fact: Fact,
  at: Millis,
  event: (type: string, data: object) => WebhookEvent,
  { startedAt }: RecordedFact,
  { room, about, linkOf }: { readonly room: RoomContext; readonly about: About; readonly linkOf: LinkOf },
): WebhookEvent[] {
  switch (fact.type) {
    case 'peerJoined':
      return [event('peer.join.success', { ...ofPeer(fact), joined_at: iso(fact.joinedAt), type: 'regular' })];
    case 'peerLeft':
      return [
        event('peer.leave.success', {
          ...ofPeer(fact),
          joined_at: iso(fact.joinedAt),
          left_at: iso(at),
          duration: seconds(at - fact.joinedAt),
          type: 'regular',
          reason: LEAVE_REASONS[fact.why],
          message: fact.message ?? '',
        }),
      ];
    case 'roleChanged':
      return [
        event('role.change.success', {
          ...ofPeer(fact),
          previous_role: fact.from,
          joined_at: iso(fact.joinedAt),
          role_changed_at: iso(at),
          ...(fact.by === '' ? {} : { role_change_requested_by: fact.by }),
        }),
      ];
    case 'streamChanged':
      return about.stream ? streamEvents(fact, at, event, about.stream) : [];
    case 'outputChanged':
      return about.beam ? beamEvents(fact, at, event, about.beam) : [];
    case 'recordingFinished':
      return recordedEvents(about, event, linkOf);
    case 'trackRecordingStarted':
    case 'trackRecordingFailed':
      return [trackEvent(fact, event)];
    case 'sessionEnded':
      return [
        ...(fact.ending ? [event('room.end.success', ofEnding(fact.ending))] : []),
        closing(event, startedAt, at),
      ];
    case 'joinRefused':
      return [
        event('peer.join.failure', {
          ...ofPeer(fact),
          joined_at: ZERO_TIME,
          type: 'regular',
          error_message: 'role not allowed',
        }),
      ];
    case 'leaveRefused':
      return [
        event('peer.leave.failure', {
          ...ofPeer(fact),
          joined_at: ZERO_TIME,
          left_at: ZERO_TIME,
          duration: 0,
          type: 'regular',
          error_message: 'peer not joined',
        }),
      ];
    case 'roleRefused':
      return [
        event('role.change.failure', {
          ...ofPeer(fact),
          joined_at: iso(fact.joinedAt),
          error_message: 'role limit reached',
          ...(fact.by === '' ? {} : { role_change_requested_by: fact.by }),
        }),
      ];
    case 'endRefused':
      return [
        event('room.end.failure', {
          ...ofEnding({ ...fact, by: '' }),
          error_code: 404,
          error_message: 'session not found',
        }),
      ];
    case 'ingestStarted':
    case 'ingestEnded':
    case 'ingestRefused':
      return ingestEvents(fact, at, room);
    // Those are for who asks (server API, 5.5).
    case 'trackAdded':
    case 'trackUpdated':
    case 'trackRemoved':
    case 'clientFailed':
    case 'messageSent':
    case 'pollStarted':
    case 'pollStopped':
    case 'roomLocked':
      return [];
  }
}

/** The end of a session that nobody was left to tell of: its server was killed, and did not take it up again. */
export function closingOf(
  session: { readonly id: string; readonly startedAt: Date; readonly endedAt: Date | null },
  room: RoomContext,
): WebhookEvent {
  const at = (session.endedAt ?? session.startedAt).getTime();
  const startedAt = session.startedAt.getTime();
  const base = { ...ofRoom(room), ...ofSession({ sessionId: session.id, startedAt }) };
  return closing((type, data) => ({ type, at, data: { ...base, ...data } }), startedAt, at);
}

function closing(event: (type: string, data: object) => WebhookEvent, startedAt: Millis, at: Millis): WebhookEvent {
  return event('session.close.success', { session_duration: seconds(at - startedAt), session_stopped_at: iso(at) });
}

function streamEvents(
  fact: Extract<Fact, { type: 'streamChanged' }>,
  at: Millis,
  event: (type: string, data: object) => WebhookEvent,
  stream: LiveStreamRow,
): WebhookEvent[] {
  const startedAt = stream.startedAt?.getTime();
  const common = {
    beam_id: stream.id,
    job_id: stream.id,
    peer_id: stream.startedBy,
    meeting_url: stream.pageUrl ?? '',
    recording_single_file_per_layer_enabled: stream.isRecorded,
    recording_vod_playlist_enabled: stream.hasVod,
  };
  const duration = startedAt === undefined ? 0 : seconds(at - startedAt);
  switch (fact.phase) {
    case 'initialised':
      return [];
    case 'started':
      return [
        event('hls.started.success', {
          ...common,
          url: stream.playbackUrl,
          started_at: iso(at),
          start_delay: seconds(at - stream.createdAt.getTime()),
        }),
      ];
    case 'stopped':
      return [
        event('hls.stopped.success', {
          ...common,
          url: stream.playbackUrl,
          ...(startedAt === undefined ? {} : { started_at: iso(startedAt) }),
          stopped_at: iso(at),
          duration,
          reason: fact.why ?? 'client request',
        }),
      ];
    case 'failed':
      return [
        event('hls.failure', {
          ...common,
          duration,
          error_type: fact.errorType ?? 'INTERNAL_ERROR',
          error_message: fact.why ?? 'internal error',
          error_code: 1,
        }),
      ];
  }
}

/** The whole body (server API, 5.4). */
export function envelopeOf(event: WebhookEvent, options: { readonly id: string; readonly room: RoomContext }): object {
  const { room } = options;
  return {
    version: '2.0',
    id: options.id,
    account_id: room.workspaceId,
    app_id: room.appId,
    template_id: room.templateId,
    timestamp: iso(event.at),
    type: event.type,
    data: event.data,
  };
}

function ofRoom({ roomId, name, templateId }: RoomContext): object {
  return { room_id: roomId, room_name: name, template_id: templateId };
}

function ofSession({ sessionId, startedAt }: Pick<RecordedFact, 'sessionId' | 'startedAt'>): object {
  return { session_id: sessionId, session_started_at: sessionId === '' ? ZERO_TIME : iso(startedAt) };
}

function ofPeer({ peerId, userId, name, data, role }: FactPeer): object {
  return { peer_id: peerId, user_id: userId, user_name: name, user_data: data, role };
}

/** Who it was is in the events of its joining and leaving, too. */
function ofEnding({ by, reason, lock }: Ending): object {
  return { peer_id: by, lock_room: lock, reason, source: by === '' ? 'api' : 'peer' };
}

/** Of what has not happened (server API, 0.2). */
const ZERO_TIME = '0001-01-01T00:00:00Z';

function iso(at: Millis): string {
  return new Date(at).toISOString();
}

function seconds(ms: Millis): number {
  return Math.max(0, Math.round(ms / 1000));
}
