import { randomUUID } from 'node:crypto';
import type { Fact, FactPeer } from '@amphi/rooms';
import type { NewAnalyticsEvent, RoomContext } from '@amphi/store';
import type { RecordedFact } from '../sessions/ports/records.ts';
import type { WebhookEvent } from '../webhooks/webhook-event.ts';

const TRACK_TYPES = {
  trackAdded: 'track.add.success',
  trackUpdated: 'track.update.success',
  trackRemoved: 'track.remove.success',
} as const;

/**
 * What of a fact is kept for back ends that ask (server API, 2.12).
 * @param told what back ends are told of it unasked, in whole: of recordings the same is kept
 */
export function analyticsOf(
  happened: RecordedFact,
  room: RoomContext,
  told: readonly WebhookEvent[],
): NewAnalyticsEvent[] {
  const { fact } = happened;
  switch (fact.type) {
    case 'trackAdded':
    case 'trackUpdated':
    case 'trackRemoved':
      return [{ ...common(happened, fact), type: TRACK_TYPES[fact.type], data: trackData(happened, fact, room) }];
    case 'clientFailed':
      return [
        { ...common(happened, fact), type: `client.${fact.failure.name}`, data: failureData(happened, fact, room) },
      ];
    case 'recordingFinished':
      return told.flatMap(({ type, data }) =>
        type === 'beam.recording.success' ? [recordingEvent(happened, data)] : [],
      );
    default:
      return [];
  }
}

function common({ roomId, sessionId, at }: RecordedFact, { peerId, userId }: Pick<FactPeer, 'peerId' | 'userId'>) {
  return { id: randomUUID(), roomId, sessionId, peerId, userId, beamId: null, at: new Date(at) };
}

function trackData(
  { sessionId, at }: RecordedFact,
  { type, track, ...peer }: Extract<Fact, { type: keyof typeof TRACK_TYPES }>,
  { roomId, name }: RoomContext,
): Readonly<Record<string, unknown>> {
  return {
    room_id: roomId,
    session_id: sessionId,
    room_name: name,
    peer_id: peer.peerId,
    user_id: peer.userId,
    user_name: peer.name,
    joined_at: new Date(peer.joinedAt).toISOString(),
    role: peer.role,
    track_id: track.trackId,
    stream_id: track.streamId,
    type: track.kind,
    source: track.source,
    mute: track.muted,
    started_at: new Date(track.startedAt).toISOString(),
    ...(type === 'trackRemoved' ? { stopped_at: new Date(at).toISOString() } : {}),
  };
}

function failureData(
  { sessionId }: RecordedFact,
  { failure, ...peer }: Extract<Fact, { type: 'clientFailed' }>,
  { roomId, name, workspaceId, templateId }: RoomContext,
): Readonly<Record<string, unknown>> {
  return {
    user_id: peer.userId,
    user_name: peer.name,
    peer_id: peer.peerId,
    account_id: workspaceId,
    room_id: roomId,
    ...(sessionId === '' ? {} : { session_id: sessionId }),
    room_name: name,
    template_id: templateId,
    role: peer.role,
    ...failure.details,
    agent: failure.agent,
  };
}

/** Its link is signed anew whenever somebody asks: it works for a time only. */
function recordingEvent(happened: RecordedFact, told: object): NewAnalyticsEvent {
  const { recording_presigned_url: _, ...data } = told as Readonly<Record<string, unknown>>;
  const [peerId, beamId] = [String(data.peer_id), String(data.beam_id)];
  return { ...common(happened, { peerId, userId: '' }), beamId, type: 'beam.recording.success', data };
}
