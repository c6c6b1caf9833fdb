import type { Millis } from '@amphi/base';
import type { Fact, IngestEnd } from '@amphi/rooms';
import type { RoomContext } from '@amphi/store';
import type { WebhookEvent } from './webhook-event.ts';

export type IngestFact = Extract<Fact, { type: 'ingestStarted' | 'ingestEnded' | 'ingestRefused' }>;

/** `ingest.end.success` knows these reasons (server API, 5.6). */
const REASONS: Readonly<Record<IngestEnd, string>> = {
  closed: 'stream closed',
  lost: 'reconnection window expired',
  failed: 'internal error',
};

/** An encoder that sends in, as it comes and goes; after a fault of ours that comes first. They name no session. */
export function ingestEvents(fact: IngestFact, at: Millis, room: RoomContext): WebhookEvent[] {
  const { workspaceId, appId, roomId, templateId } = room;
  const event = (type: string, data: object): WebhookEvent => ({
    type,
    at,
    data: { account_id: workspaceId, app_id: appId, room_id: roomId, template_id: templateId, ...data },
  });
  switch (fact.type) {
    case 'ingestStarted':
      return [event('ingest.start.success', { ...idsOf(fact), started_at: iso(at) })];
    case 'ingestEnded':
      return [
        ...(fact.why === 'failed'
          ? [event('ingest.failure', { ingest_id: fact.ingestId, error_message: REASONS.failed })]
          : []),
        event('ingest.end.success', {
          ...idsOf(fact),
          started_at: iso(fact.startedAt),
          completed_at: iso(at),
          last_disconnected_at: iso(fact.lostAt ?? at),
          duration: Math.max(0, Math.round((at - fact.startedAt) / 1000)),
          reason: REASONS[fact.why],
        }),
      ];
    case 'ingestRefused':
      return [event('ingest.start.failure', { error_message: fact.why })];
  }
}

function idsOf({ ingestId, streamId }: { readonly ingestId: string; readonly streamId: string }): object {
  return { ingest_id: ingestId, stream_id: streamId };
}

function iso(at: Millis): string {
  return new Date(at).toISOString();
}
